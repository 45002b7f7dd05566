"""Every letter that the shop can write has samples, and every sample renders in all its forms."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from jinja2 import StrictUndefined

from storefront import config
from storefront.core.mail import compose
from storefront.web import letter_samples
from storefront.web.letter_samples import samples
from storefront.web.letters import _PLAIN

LONG = "चौतारी फेल्ट <b>समूह</b> & सहकारी संस्था " * 5
KINDS = sorted(one.name for one in (config.ROOT / "templates" / "email").iterdir() if one.is_dir())


@pytest.fixture
def strict(app):
    """A shop that renders no name which it was not given."""
    for environment in (app.jinja_env, app.extensions[_PLAIN]):
        environment.undefined = StrictUndefined
    with app.test_request_context("/"):
        yield app


def test_no_letter_is_without_a_sample():
    assert sorted(samples()) == KINDS


@pytest.mark.parametrize("names", [{}, dict.fromkeys(("person", "group", "thing", "words"), LONG[:200])],
                         ids=["names", "long names"])  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_says_the_same_as_text_and_as_html(strict, kind, names):
    for variant, facts in samples(**names)[kind].items():
        made = compose(kind, letter_samples.TO, **facts)
        assert made.subject, variant
        assert "\n" not in made.subject, variant
        assert "<html" in made.html, variant
        assert not re.search(r"</?(p|a|html|strong|br)\b|&(amp|lt|#39);", made.text), variant
        assert "<b>समूह" not in made.html, "what people typed is no HTML"
        assert "%(" not in made.text + made.html, variant
        shown = unescape(made.html)
        for line in told(facts):
            in_words = line in flat(re.sub("<(?!b>|/b>)[^>]*>", " ", shown))
            assert (line in flat(made.text)) == (in_words or f'"{line}' in shown), line
        assert facts.get("unsubscribe_url", "") in made.text, variant


def flat(words):
    return " ".join(words.split())


def told(facts):
    """Every line of what a letter was given to say."""
    for value in facts.values():
        if isinstance(value, str):
            yield from filter(None, map(flat, value.splitlines()))


def test_they_are_there_to_be_looked_at(app, client):
    page = client.get("/mail/templates").text
    links = re.findall(r'href="(/mail/templates/[^"]+)"', page)
    assert len(links) == sum(map(len, samples().values()))
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200
    html = FlaskClient(app).get("/mail/templates/vetting_decision?variant=reject&html=1")
    assert html.mimetype == "text/html"
    assert "not to approve Palpa Weavers" in html.text
    assert client.get("/mail/templates/vetting_decision?variant=nothing").status_code == 404


def test_a_template_that_names_what_it_was_not_given_is_noticed(strict):
    with pytest.raises(Exception, match="undefined"):
        compose("payout_sent", letter_samples.TO, name="Maya")
