"""The shop's own words for the values that stand in addresses: causes, orders, countries, materials."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

from storefront.catalog.filters import Sort
from storefront.charities.models import Cause
from storefront.web.rendering import language
from storefront.web.wording import gettext

# Languages that groups write and speak, each in its own name.
LANGUAGES = [
    ("en", "English"), ("ne", "नेपाली"), ("zh-Hant", "繁體中文"), ("sw", "Kiswahili"), ("ar", "العربية"),
    ("es", "Español"), ("fr", "Français"), ("hi", "हिन्दी"),
]  # fmt: skip
_OWN_NAMES = dict(LANGUAGES)


def language_name(tag: str) -> str:
    """The language's name in itself; the tag where we don't know it."""
    return _OWN_NAMES.get(tag, tag)


def cause_name(cause: str) -> str:
    """The cause's name."""
    return _causes(language.get())[cause][0]


def cause_summary(cause: str) -> str:
    """What the cause is about, in one line."""
    return _causes(language.get())[cause][1]


@lru_cache(maxsize=16)
def _causes(_language: str) -> dict[str, tuple[str, str]]:
    return {
        Cause.EDUCATION: (gettext("Education"), gettext("Schools, running tracks and books where the road ends.")),
        Cause.POVERTY: (gettext("Poverty alleviation"), gettext("Fair pay for work that markets pass by.")),
        Cause.YOUTH: (gettext("Youth"), gettext("A first wage, and someone to learn from.")),
        Cause.ENVIRONMENT: (gettext("Environment"), gettext("Cleaner coasts, standing forests, less waste.")),
        Cause.WOMEN: (gettext("Women"), gettext("Groups in which women own, decide and are paid.")),
    }


def sort_name(sort: Sort) -> str:
    """The order's name in the sort field."""
    return _sorts(language.get())[sort]


@lru_cache(maxsize=16)
def _sorts(_language: str) -> dict[Sort, str]:
    return {
        Sort.BEST: gettext("Best match"),
        Sort.NEWEST: gettext("Newest"),
        Sort.PRICE: gettext("Price, low to high"),
        Sort.PRICE_DOWN: gettext("Price, high to low"),
        Sort.DONATION: gettext("Largest donation"),
        Sort.NAME: gettext("Name"),
    }


def material_name(material: str) -> str:
    """A material as a word."""
    return material.replace("-", " ").capitalize()


def country_name(code: str) -> str:
    """The country's name in the reader's language."""
    return _country(code, language.get())


@lru_cache(maxsize=512)
def _country(code: str, locale: str) -> str:
    return str(Locale.parse(locale).territories.get(code.upper(), code))


def place_name(place: str, country: str) -> str:
    """`Hualien County, Taiwan`; the country once only."""
    name = country_name(country)
    return place if place.endswith(name) else f"{place}, {name}"
