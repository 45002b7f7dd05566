"""What a group says of goods that leave: how many of each line, with whom, and how they are followed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from storefront.web.forms.accounts import trimmed

_LONGEST = {"carrier": 60, "tracking": 120}


@dataclass(frozen=True)
class DispatchForm:
    """What was filled in, as text; `quantities` are by the line's ref."""

    quantities: dict[str, str]
    carrier: str = ""
    tracking: str = ""

    @classmethod
    def read(cls) -> DispatchForm:
        """The form in the current request."""
        form, prefix = request.form, "quantity-"
        return cls(
            {name.removeprefix(prefix): form[name].strip() for name in form if name.startswith(prefix)},
            trimmed(form.get("carrier")),
            trimmed(form.get("tracking")),
        )

    def wrong(self) -> dict[str, str]:
        """What makes no sense, in words by the field's name, in the order of the fields."""
        numbers = {f"quantity-{ref}": text for ref, text in self.quantities.items() if text}
        found = {
            name: _("Write a whole number, such as 2")
            for name, text in numbers.items()
            if not (text.isascii() and text.isdecimal() and len(text) < 6)
        }
        if not self.carrier:
            found["carrier"] = _("Say who carries it: “by hand” will do")
        for name, most in _LONGEST.items():
            if len(self.way()[name]) > most:
                found[name] = _("Write at most %(number)s characters", number=most)
        return found

    def way(self) -> dict[str, str]:
        """Who carries it and how it is followed."""
        return {"carrier": self.carrier, "tracking": self.tracking}

    def units(self) -> dict[str, int]:
        """How many of each line, once nothing is `wrong`."""
        return {ref: int(text) for ref, text in self.quantities.items() if text}
