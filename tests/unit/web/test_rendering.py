"""Filters and page headers: money in its own decimals, dates, percentages, Markdown that can do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, Response, render_template_string
from jinja2 import UndefinedError
from markupsafe import Markup

from storefront.config import load
from storefront.core.money import Money
from storefront.web.assets import init_assets
from storefront.web.rendering import (
    day,
    day_text,
    init_rendering,
    language,
    markdown,
    money,
    money_code,
    percent,
    private_page,
    public_page,
    sources_of,
    unbroken,
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    templates = Path(__file__).resolve().parents[3] / "templates"
    app = Flask("rendering", static_folder=None, template_folder=str(templates))
    app.extensions["storefront.settings"] = load({"SHOP_ENV": "test"}, data_dir=str(tmp_path))
    init_assets(app)
    init_rendering(app)
    with app.test_request_context("/"):
        yield app


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(2400, "USD"), "$24.00"),
        (Money(-2405, "USD"), "−$24.05"),
        (Money(2400, "JPY"), "¥2,400"),
        (Money(1234567, "EUR"), "€12,345.67"),
        (Money(12345, "KWD"), "KWD\N{NO-BREAK SPACE}12.345"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: Money, text: str) -> None:
    assert money(amount) == text


def test_a_total_names_its_currency_once() -> None:
    assert money_code(Money(2400, "USD")) == "$24.00\N{NO-BREAK SPACE}USD"
    assert money_code(Money(1000, "KWD")).count("KWD") == 1


def test_another_language_writes_money_and_dates_its_own_way() -> None:
    token = language.set("de")
    try:
        assert money(Money(123456, "EUR")) == "1.234,56\N{NO-BREAK SPACE}€"
    finally:
        language.reset(token)


@pytest.mark.parametrize(("rate", "text"), [("0.05", "5%"), ("0.035", "3.5%"), ("0.003", "0.3%"), ("1", "100%")])
def test_a_rate_is_told_without_idle_zeros(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text


def test_a_day_is_readable_for_people_and_machines(app: Flask) -> None:
    assert day(date(2026, 8, 3)) == '<time datetime="2026-08-03">3 August 2026</time>'
    assert day_text(date(2026, 8, 3), "short") == "3 Aug 2026"
    assert "3 August" in day(datetime(2026, 8, 3, 12, tzinfo=UTC))


def test_markdown_keeps_prose_and_drops_everything_that_could_act() -> None:
    assert markdown("One *word*.\n\n> said") == "<p>One <em>word</em>.</p>\n<blockquote>\n<p>said</p>\n</blockquote>\n"
    for hostile in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://else.example/p.gif)",
        '<a href="https://x" style="color:red" onclick="x()">x</a>',
    ):
        html = markdown(hostile).lower()
        assert "<script" not in html
        assert "<img" not in html
        assert 'href="javascript' not in html
        assert "<a " not in html
    assert markdown(None) == ""


def test_a_public_page_can_be_kept_and_asked_for_again(app: Flask) -> None:
    answer = public_page("<p>same for everybody</p>")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    with app.test_request_context("/", headers={"If-None-Match": answer.headers["ETag"]}):
        assert public_page("<p>same for everybody</p>").status_code == 304
        assert public_page("<p>changed</p>").status_code == 200


def test_a_private_page_is_kept_by_nobody(app: Flask) -> None:
    assert private_page("mine").headers["Cache-Control"] == "private, no-store"


def test_a_name_that_is_missing_stops_the_page(app: Flask) -> None:
    with pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nothing }}").render()


def test_every_component_compiles(app: Flask) -> None:
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(("components/", "layouts/"))):
        app.jinja_env.get_template(name)


def _answer(app: Flask, template: str) -> Response:
    app.secret_key = "for this test"
    app.add_url_rule("/page", view_func=lambda: render_template_string(template))
    return app.test_client().get("/page")


def test_the_shops_frame_does_not_open_the_session(app: Flask) -> None:
    answer = _answer(app, '{% extends "layouts/shop.html" %}{% block title %}A{% endblock %}')
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "style=" not in answer.text
    assert answer.text.count("<script") == 1


def test_flashed_messages_open_the_session_and_so_belong_to_private_pages(app: Flask) -> None:
    answer = _answer(app, "{{ get_flashed_messages() }}")
    assert "Cookie" in answer.headers["Vary"]


def test_the_addresses_of_a_picture_cover_all_its_widths() -> None:
    at = sources_of("/media")("abc", "320,640,960")
    assert at.avif == "/media/abc-320.avif 320w, /media/abc-640.avif 640w, /media/abc-960.avif 960w"
    assert (at.src, at.largest) == ("/media/abc-640.webp", "/media/abc-960.webp")


def test_short_words_with_hyphens_stay_whole_and_titles_stay_escaped(app):
    whole = '<span class="unbroken">{}</span>'.format
    assert unbroken("Grow-with-me sandals") == f"{whole('Grow-with-me')} sandals"
    assert unbroken("A “Tie-dye” & <b>") == f"A “{whole('Tie-dye')}” &amp; &lt;b&gt;"
    for title in ("A very-much-longer-word", "Soap - plain", "Soap", "O'Neil’s -x"):
        assert "span" not in unbroken(title)


def test_a_notice_breaks_no_short_word_at_its_hyphen_and_leaves_markup_alone(app):
    call = '{% from "components/notice.html" import notice %}{{ notice(text, title="A pull-along boat") }}'
    shown = render_template_string(call, text="Your grow-with-me shoes & more")
    assert 'Your <span class="unbroken">grow-with-me</span> shoes &amp; more' in shown
    assert 'A <span class="unbroken">pull-along</span> boat' in shown
    linked = Markup('<a class="with-icon" href="/a-b">Go</a>')
    assert f"<p>{linked}</p>" in render_template_string(call, text=linked)
