"""What a group says of goods that leave: how many of each line, with whom, and how they are followed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from storefront.web.forms.accounts import trimmed


class NotUnderstood(ValueError):
    """A field of the form makes no sense."""


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

    def way(self) -> dict[str, str]:
        """Who carries it and how it is followed; raises NotUnderstood where the first is missing or one too long."""
        if not 0 < len(self.carrier) <= 60 or len(self.tracking) > 120:
            raise NotUnderstood
        return {"carrier": self.carrier, "tracking": self.tracking}

    def units(self) -> dict[str, int]:
        """How many of each line; raises NotUnderstood."""
        numbers = [text for text in self.quantities.values() if text]
        if not all(text.isascii() and text.isdecimal() and len(text) < 6 for text in numbers):
            raise NotUnderstood
        return {ref: int(text) for ref, text in self.quantities.items() if text}
