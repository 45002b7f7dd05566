"""Whether an answer will do, and what it means: the rules of each kind of question, without a database."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from storefront.core.links import is_https
from storefront.core.money import digits
from storefront.vetting.criteria import Criterion, Question

LONGEST_ANSWER = 5000
LONGEST_EVIDENCE = 2000
AGREED = "yes"


class Wrong(StrEnum):
    """Why an answer won't do."""

    MISSING = "missing"
    LONG_EVIDENCE = "long_evidence"
    TOO_LONG = "too_long"
    NOT_A_YEAR = "not_a_year"
    NOT_A_NUMBER = "not_a_number"
    NOT_DAYS = "not_days"
    NOT_MONEY = "not_money"
    NOT_A_PLACE = "not_a_place"
    NOT_A_LINK = "not_a_link"
    NOT_A_CHOICE = "not_a_choice"


class UnfitAnswer(ValueError):
    """The answer won't do; `why` says what is wrong with it."""

    def __init__(self, key: str, why: Wrong) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


def check(question: Question | Criterion, text: str, *, currency: str, year: int) -> None:
    """Raise UnfitAnswer unless the text answers the question. `year` is the current one."""
    if not text:
        if isinstance(question, Criterion) or question.required:
            raise UnfitAnswer(question.key, Wrong.MISSING)
        return
    if len(text) > (LONGEST_ANSWER if isinstance(question, Criterion) else question.longest):
        raise UnfitAnswer(question.key, Wrong.TOO_LONG)
    if isinstance(question, Question) and (wrong := _wrong(question, text, currency, year)):
        raise UnfitAnswer(question.key, wrong)


def _wrong(question: Question, text: str, currency: str, year: int) -> Wrong | None:
    kind = question.kind
    try:
        if kind == "number":
            number(text)
        elif kind == "year" and not 1000 <= number(text) <= year:
            return Wrong.NOT_A_YEAR
        elif kind == "days":
            days(text)
        elif kind == "money":
            minor(text, currency)
        elif kind == "coordinates":
            coordinates(text)
    except ValueError:
        return {
            "number": Wrong.NOT_A_NUMBER,
            "year": Wrong.NOT_A_YEAR,
            "days": Wrong.NOT_DAYS,
            "money": Wrong.NOT_MONEY,
        }.get(kind, Wrong.NOT_A_PLACE)
    if kind == "link" and not is_https(text):
        return Wrong.NOT_A_LINK
    if kind == "choices" and not set(chosen(text)) <= set(question.options):
        return Wrong.NOT_A_CHOICE
    if kind == "choice" and text not in question.options:
        return Wrong.NOT_A_CHOICE
    if kind == "country" and not re.fullmatch("[A-Z]{2}", text):
        return Wrong.NOT_A_CHOICE
    return Wrong.MISSING if kind == "consent" and text != AGREED else None


def number(text: str) -> int:
    """A whole number of at most six digits; raises ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise ValueError(text)
    return int(text)


def days(text: str) -> tuple[int, int]:
    """`6-10`, or `7` alone: the fewest and the most days; raises ValueError."""
    first, _, last = (part.strip() for part in re.sub("[–—−]", "-", text).partition("-"))
    fewest, most = number(first), number(last or first)
    if not 0 < fewest <= most <= 365:
        raise ValueError(text)
    return fewest, most


def minor(text: str, currency: str) -> int:
    """An amount such as `6.90` or `6,90` in minor units of the currency; raises ValueError."""
    if not re.fullmatch(r"\d{1,6}([.,]\d{1,3})?", text, re.ASCII):
        raise ValueError(text)
    try:
        amount = Decimal(text.replace(",", ".")).scaleb(digits(currency))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if amount != amount.to_integral_value():
        raise ValueError(text)
    return int(amount)


def coordinates(text: str) -> tuple[float, float]:
    """`23.9, 121.6`: latitude and longitude in degrees; raises ValueError."""
    found = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*", text, re.ASCII)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise ValueError(text)
    return float(found[1]), float(found[2])


def chosen(text: str) -> list[str]:
    """The options that were ticked, of an answer to `choices`."""
    return [part.strip() for part in text.split(",") if part.strip()]
