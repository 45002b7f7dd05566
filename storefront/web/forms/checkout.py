"""What the checkout asks for: nine answers in three steps, each with what is said when one doesn't do.

The names of the fields are those of `checkout.placing.Details`. Nothing about money is ever asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from babel import Locale
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, Form, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Email, Length

from storefront.web.rendering import language

# Territories of CLDR that are no countries with a post of their own.
_NO_COUNTRY = "AC AQ BV CP CQ DG EA EU EZ HM IC QO TA UN XA XB ZZ"
# Countries whose post uses no codes, two letters each.
_NO_POSTCODE = (
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK IE JM KI KM KN KP LC ML MO "
    "MR MW NR NU PA QA RW SB SC SL SR SS ST SY TD TF TG TK TL TO TT TV TZ UG VU WS YE ZW"
)
_NEEDS_REGION = frozenset(["AU", "BR", "CA", "IN", "MX", "US"])


def _trimmed(value: str | None) -> str:
    """One line without what can't be seen: it ends up in letters' headers and on labels."""
    return " ".join("".join(one if one.isprintable() else " " for one in value or "").split())


def _gift(value: str | None) -> str:
    lines = [_trimmed(line) for line in (value or "").strip().splitlines()]
    return "\n".join(lines)


def _line(missing: Any, longest: int) -> StringField:
    validators = [DataRequired(missing)] if missing else []
    too_long = _("Write at most %(number)s characters", number=longest)
    return StringField(filters=[_trimmed], validators=[*validators, Length(max=longest, message=too_long)])


class ContactForm(Form):  # type: ignore[misc]
    """The first step: to whom the confirmation goes, and for whom the parcel is."""

    email = StringField(
        filters=[_trimmed],
        validators=[
            DataRequired(_("Enter your e-mail address")),
            Length(max=254, message=_("Enter an e-mail address of at most 254 characters")),
            Email(_("Enter an e-mail address like name@example.org")),
        ],
    )
    name = _line(_("Enter the name that goes on the parcel"), 200)


class DeliveryForm(Form):  # type: ignore[misc]
    """The second step: where the parcels go, and what is put in with them."""

    street = _line(_("Enter the street and house number"), 200)
    city = _line(_("Enter the town or city"), 100)
    region = _line(None, 100)
    postcode = _line(None, 20)
    country = SelectField(validate_choice=False, filters=[lambda value: (value or "").strip().upper()])
    gift_message = TextAreaField(
        filters=[_gift],
        validators=[Length(max=500, message=_("Write at most %(number)s characters", number=500))],
    )

    def validate_country(self, field: Field) -> None:
        """One of the list."""
        if field.data not in dict(countries()):
            raise ValidationError(_("Choose the country"))

    def validate_region(self, field: Field) -> None:
        """Where the post needs it."""
        if self.country.data in _NEEDS_REGION and not field.data:
            raise ValidationError(_("Enter the state or province: the post of this country needs it"))

    def validate_postcode(self, field: Field) -> None:
        """Everywhere but in the countries whose post has none."""
        if not field.data and self.country.data not in _NO_POSTCODE.split():
            raise ValidationError(_("Enter the postcode"))


class PaymentForm(Form):  # type: ignore[misc]
    """The third step: agreed to what was seen. `fingerprint` and `giving` are compared, never believed."""

    terms = BooleanField()
    fingerprint = HiddenField()
    giving = HiddenField()

    def validate_terms(self, field: Field) -> None:
        """Must be ticked."""
        if not field.data:
            raise ValidationError(_("Tick the box if you accept the terms of sale"))


def countries() -> list[tuple[str, str]]:
    """Every country by ISO code and name in the language of the page, in the order of the names."""
    return _countries(language.get())


@lru_cache(maxsize=16)
def _countries(tongue: str) -> list[tuple[str, str]]:
    names = Locale.parse(tongue).territories
    found = [(code, str(name)) for code, name in names.items() if re.fullmatch("[A-Z]{2}", code)]
    return sorted((pair for pair in found if pair[0] not in _NO_COUNTRY.split()), key=lambda pair: pair[1])


def errors(form: Form) -> list[tuple[str, str]]:
    """What is wrong, for the summary on top: (id of the field, message), in the order of the fields."""
    return [(name, str(messages[0])) for name, messages in form.errors.items() if name]
