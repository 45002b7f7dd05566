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
