"""What the studio calls things."""

from __future__ import annotations

from flask_babel import gettext as _


def role_names() -> dict[str, str]:
    """A member's role by its key, in words, those with the most to say first."""
    return {
        "owner": _("Owner"),
        "editor": _("Editor"),
        "fulfilment": _("Packing and sending"),
        "finance": _("Money"),
        "agent": _("Field agent"),
    }


def role_choices() -> list[dict[str, str]]:
    """The roles as rows of a form, each with what it allows."""
    notes = {
        "owner": _("everything, and who belongs to the group"),
        "editor": _("listings, stories and pictures"),
        "fulfilment": _("orders: whom to send what, and that it was sent"),
        "finance": _("statements and payouts"),
        "agent": _("not of the group: writes and packs on its behalf, and every act shows both names"),
    }
    return [{"value": role, "label": name, "note": notes[role]} for role, name in role_names().items()]
