"""The letters about what people said. Each carries the words themselves, not only a link to them.

Letters to buyers go where all letters about their order go, and greet nobody by a name that was only typed.
"""

from __future__ import annotations

from storefront import config
from storefront.core.mail import Email, compose
from storefront.producers import members
from storefront.producers.models import Member, MemberRole, Producer
from storefront.voices.models import Review

# Who in a group writes its public words, and hears when something becomes of them.
WRITERS = (MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)


def review_refused(review: Review) -> Email:
    """Tells the writer why their review is not shown, and how to change it."""
    order, line = review.line.order, review.line
    link = f"{_base()}/orders/{order.ref}/lines/{line.ref}/review?key={order.key}"
    return compose("words_refused", order.email, what="review", about=line.title, reason=review.reason, link=link)


def review_answered(review: Review) -> Email:
    """Brings the writer of a review what the producer answered."""
    producer, line = review.product.producer, review.line
    return compose(
        "answer", line.order.email, what="review", group=producer.name, about=line.title, question="",
        text=review.answer, link=f"{_base()}/products/{review.product.slug}#reviews",
    )  # fmt: skip


def answer_hidden(review: Review, reason: str) -> list[Email]:
    """Tells those who write for the group why its answer is not shown any more."""
    product = review.product
    link = f"{_base()}/studio/{product.producer.slug}/voices"
    return [
        compose("words_refused", one.user.email, what="answer", about=product.title, reason=reason, link=link)
        for one in writers(product.producer)
    ]


def writers(producer: Producer) -> list[Member]:
    """Those who write for the group."""
    return [member for member in members.of_group(producer.id) if member.role in WRITERS]


def _base() -> str:
    return config.current().base_url.rstrip("/")
