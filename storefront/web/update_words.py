"""The words of updates that the studio and the admins share."""

from __future__ import annotations

from flask_babel import gettext as _

from storefront.updates.models import Update, UpdateState

_TONES = {
    UpdateState.DRAFT: "slate",
    UpdateState.SENT: "honey",
    UpdateState.RETURNED: "rose",
    UpdateState.APPROVED: "leaf",
    UpdateState.WITHDRAWN: "slate",
}


def state_names() -> dict[str, str]:
    """Where an update stands, in words."""
    return {
        UpdateState.DRAFT: _("Draft"),
        UpdateState.SENT: _("Being read"),
        UpdateState.RETURNED: _("To be changed"),
        UpdateState.APPROVED: _("Public"),
        UpdateState.WITHDRAWN: _("Withdrawn"),
    }


def tag(update: Update) -> tuple[str, str]:
    """The same as words and the tone of a status tag."""
    return state_names()[update.state], _TONES[UpdateState(update.state)]
