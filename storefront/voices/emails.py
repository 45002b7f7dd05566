"""The letters about what people said. Each carries the words themselves, not only a link to them.

They go where `Words.mailbox` says, and greet nobody by a name that was only typed.
"""

from __future__ import annotations

from storefront import config
from storefront.core import refusing
from storefront.core.mail import Email, compose
from storefront.core.refusing import Letters
from storefront.producers import members
from storefront.producers.models import Member, MemberRole, Producer
from storefront.voices.models import Question, Review, Words

# Who in a group writes its public words, and hears when something becomes of them.
WRITERS = (MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)
# What `refusing` calls the letters that bring answers.
ANSWERS = "answer"


def answers(email: str) -> Letters:
    """All answers to this address: one link ends them."""
    return refusing.letters(ANSWERS, email)


def refused(words: Words, to: str) -> Email:
    """Tells the writer why their words are not shown, and how to say it otherwise."""
    return compose("words_refused", to, what=words.WHAT, about=words.about, reason=words.reason, link=_anew(words))


def answered(words: Words, to: str) -> Email:
    """Brings the writer what the producer answered, with the question, which may be long ago.

    To an address that was only typed, and may be a stranger's, it brings neither but the link: no one has read the
    answer yet.
    """
    product = words.product
    asked = words if isinstance(words, Question) else None
    typed = asked is not None and asked.user is None
    return compose(
        "answer", to, unsubscribe_url=refusing.link(answers(to)), what=words.WHAT, group=product.producer.name,
        about=words.about, question=asked.text if asked and not typed else "",
        text="" if typed else words.answer,
        link=f"{_base()}/products/{product.slug}#{words.WHAT}s",
    )  # fmt: skip


def answer_hidden(words: Words, reason: str) -> list[Email]:
    """Tells those who write for the group why its answer is not shown any more."""
    product = words.product
    link = f"{_base()}/studio/{product.producer.slug}/voices"
    facts = {"what": f"answer to a {words.WHAT}", "about": product.title, "reason": reason, "link": link}
    return [compose("words_refused", one.user.email, **facts) for one in writers(product.producer)]


def writers(producer: Producer) -> list[Member]:
    """Those who write for the group."""
    return [member for member in members.of_group(producer.id) if member.role in WRITERS]


def _anew(words: Words) -> str:
    if isinstance(words, Review):
        order, line = words.line.order, words.line
        return f"{_base()}/orders/{order.ref}/lines/{line.ref}/review?key={order.key}"
    return f"{_base()}/products/{words.product.slug}/questions/new"


def _base() -> str:
    return config.current().base_url.rstrip("/")
