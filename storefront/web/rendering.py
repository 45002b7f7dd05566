"""How pages are made: the Jinja environment, its filters and globals, and the caching headers of a page.

Filters that cost something (money, dates, Markdown) keep their results, because a list page calls them
dozens of times with the same few values.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

import nh3
from babel.dates import format_date
from babel.numbers import format_currency, format_percent
from flask import Flask, Response, abort, current_app, make_response, request
from flask_babel import Babel, gettext, ngettext, to_user_timezone
from jinja2 import StrictUndefined, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from storefront import config
from storefront.config import Settings
from storefront.core.documents import Document
from storefront.core.media import srcset
from storefront.core.money import Money
from storefront.web.acting import who
from storefront.web.assets import Assets
from storefront.web.fragments import drawer

babel = Babel()

_HYPHENATED = re.compile(r"(?<![\w&#;-])(?=[\w-]{3,16}(?![\w-]))\w+(?:-\w+)+")
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Z]{3})(?=\d)")

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": True, "linkify": False})
_MARKDOWN.enable(["replacements", "smartquotes", "table"])
_ALLOWED_TAGS = {"p", "em", "strong", "ul", "ol", "li", "blockquote", "br", "a"}
_PATTERNS = {"long": "d MMMM y", "short": "d MMM y", "month": "MMMM y"}


class Sources(NamedTuple):
    """Where the renditions of one picture are: two `srcset` values, a middle and the largest address."""

    avif: str
    webp: str
    src: str
    largest: str


DayStyle = Literal["long", "short", "month"]


# The language of the page being made. Flask-Babel asks here too; asking Flask-Babel for every word and every
# price of a list page would cost more than the page.
language: ContextVar[str] = ContextVar("language", default="en")
SOURCE_LANGUAGE = "en"


def money(value: Money) -> str:
    """`$24.00`, `¥2,400`: symbol and amount in the reader's language, decimals as the currency has them."""
    return _money(value.minor, value.currency, language.get())


def money_code(value: Money) -> str:
    """`$24.00 USD`: for totals, where the currency must not be guessed."""
    text = money(value)
    return text if value.currency in text else f"{text}\N{NO-BREAK SPACE}{value.currency}"


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, language: str) -> str:
    text: str = format_currency(Money(minor, currency).amount, currency, locale=language)
    # A currency without a sign is written by its code, which must not run into the number.
    return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text.replace("-", "−"))


def percent(rate: Decimal | float) -> str:
    """`3.5%` for a rate of 0.035, with at most two decimals."""
    return _percent(Decimal(str(rate)), language.get())


@lru_cache(maxsize=1024)
def _percent(rate: Decimal, language: str) -> str:
    text: str = format_percent(rate, format="#,##0.##%", locale=language)
    return text


def day_text(value: date | datetime, style: DayStyle = "long") -> str:
    """`3 August 2026`, without markup: for attributes and plain-text mail."""
    return _day(_local(value), style, language.get())


def day(value: date | datetime, style: DayStyle = "long") -> Markup:
    """`<time datetime="2026-08-03">3 August 2026</time>`; styles are long, short and month."""
    moment = _local(value)
    text = _day(moment, style, language.get())
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)


def _local(value: date | datetime) -> date:
    """The day in the shop's time zone."""
    return to_user_timezone(value).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _day(value: date, style: str, language: str) -> str:
    pattern = _PATTERNS[style] if language.startswith("en") else {"month": "MMMM y"}.get(style, style)
    text: str = format_date(value, pattern, locale=language)
    return text


def unbroken(title: str) -> Markup:
    """A title whose short words with hyphens, such as `grow-with-me`, stay on one line where they fit there."""
    return _unbroken(title)


@lru_cache(maxsize=4096)
def _unbroken(title: str) -> Markup:
    return Markup(_HYPHENATED.sub(r'<span class="unbroken">\g<0></span>', str(escape(title))))  # noqa: S704 - escaped


def markdown(text: str | None) -> Markup:
    """Simple Markdown as safe HTML: paragraphs, emphasis, lists, quotes and links, nothing else."""
    return _markdown(text or "")


@lru_cache(maxsize=1024)
def _markdown(text: str) -> Markup:
    html = nh3.clean(
        _MARKDOWN.render(text),
        tags=_ALLOWED_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    # nh3 is the one place that decides what is safe, and it has just decided.
    return Markup(html)  # noqa: S704


def public_page(page: str | Response) -> Response:
    """A page that is the same for everybody: an ETag, revalidated each time, 304 when nothing changed.

    The caller must not have touched the session, or a shared cache would be told to keep a person's page.
    """
    response = make_response(page)
    response.headers["Cache-Control"] = "public, no-cache"
    response.set_etag(hashlib.blake2b(response.get_data(), digest_size=12).hexdigest(), weak=True)
    response.make_conditional(request)
    return response


def private_page(page: str | Response) -> Response:
    """A page about one person: no cache anywhere keeps it, not even the browser's."""
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def attachment(document: Document) -> Response:
    """A document as a file to keep, never as a page of ours, or 404; the caller has asked who wants it."""
    try:
        data = (config.current().documents_dir / document.ref).read_bytes()
    except FileNotFoundError:
        current_app.logger.exception("the file of document %s is not there", document.ref)
        abort(404)
    file = Response(data, mimetype=document.kind)
    file.headers["Content-Disposition"] = f'attachment; filename="{document.filename}"'
    return file


def sources_of(media_url: str) -> Callable[[str, str], Sources]:
    """A function from a picture's reference and widths to the addresses of its renditions, kept once made."""

    @lru_cache(maxsize=4096)
    def picture_sources(ref: str, widths: str) -> Sources:
        sizes = widths.split(",")
        middle = min(sizes, key=lambda width: abs(int(width) - 640))
        return Sources(
            avif=srcset(ref, widths, media_url, "avif"),
            webp=srcset(ref, widths, media_url, "webp"),
            src=f"{media_url}/{ref}-{middle}.webp",
            largest=f"{media_url}/{ref}-{sizes[-1]}.webp",
        )

    return picture_sources


def _translated(message: str, /, **named: object) -> Markup:
    """`_()` and `gettext()` of templates; Jinja's own makes three calls for each word of a page."""
    return _words(message, language.get()) % named


def _translated_number(singular: str, plural: str, num: int, /, **named: object) -> Markup:
    one_language = language.get() == SOURCE_LANGUAGE
    text = (singular if num == 1 else plural) if one_language else ngettext(singular, plural, num)
    return Markup(text) % {"num": num, **named}  # noqa: S704 - messages are ours, what they name is escaped


@lru_cache(maxsize=4096)
def _words(message: str, language: str) -> Markup:
    return Markup(message if language == SOURCE_LANGUAGE else gettext(message))  # noqa: S704 - as above


class _Template(Template):
    """Components need no variables of the page that imports them, so one module of each serves every page."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def _keeper() -> Callable[[str, Callable[[], Markup]], Markup]:
    """`kept(name, macro)`: a part that is the same on every page, such as the footer, made once a language."""
    made: dict[tuple[str, str], Markup] = {}

    def kept(name: str, make: Callable[[], Markup]) -> Markup:
        key = (name, language.get())
        if key not in made:
            made[key] = make()
        return made[key]

    return kept


def init_rendering(app: Flask) -> None:
    """Set up Jinja and Flask-Babel; call it after `init_assets`."""
    settings: Settings = app.extensions["storefront.settings"]
    babel.init_app(
        app,
        default_locale=SOURCE_LANGUAGE,
        default_timezone=settings.time_zone,
        locale_selector=language.get,
    )
    assets: Assets = app.extensions["assets"]
    environment = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.undefined = StrictUndefined
    fonts = [name for name in ("fonts/figtree.woff2", "fonts/fraunces.woff2") if name in assets]
    environment.globals.update(
        asset_url=assets.url,
        drawn=drawer(language.get),
        kept=_keeper(),
        picture_sources=sources_of(settings.media_url),
        preload_fonts=[assets.url(name) for name in fonts],
        shop_name=settings.shop_name,
        base_url=settings.base_url.rstrip("/"),
        sandbox_notice=not settings.stripe_secret_key.startswith(("sk_live_", "rk_live_")),
    )
    environment.template_class = _Template
    environment.globals.update(_=_translated, gettext=_translated, ngettext=_translated_number)
    environment.filters.update(
        money=money,
        money_code=money_code,
        percent=percent,
        day=day,
        day_text=day_text,
        markdown=markdown,
        unbroken=unbroken,
        who=who,
    )
