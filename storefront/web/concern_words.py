"""The words of concerns that reporters and admins share."""

from __future__ import annotations

from flask_babel import gettext as _

from storefront.concerns import subjects
from storefront.concerns.models import Concern, ConcernState, Outcome


def state_names() -> dict[str, str]:
    """A case's state, in words."""
    return {
        ConcernState.OPEN: _("Being looked into"),
        ConcernState.ASKED: _("Waits for the reporter"),
        ConcernState.CLOSED: _("Closed"),
    }


def outcome_names() -> dict[str, str]:
    """What came of a case, in words."""
    return {
        Outcome.UPHELD: _("The concern was right"),
        Outcome.NOT_UPHELD: _("We found nothing wrong"),
        Outcome.ELSEWHERE: _("It is not ours to decide"),
    }


TONES = {ConcernState.OPEN: "honey", ConcernState.ASKED: "slate", ConcernState.CLOSED: "leaf"}


def about(subject: str, *, public: bool = False) -> tuple[str, str]:
    """What `producer:…` and the like stand for, as words and the path of its page; both empty for nothing.

    `public` names only what has a page that anyone may read.
    """
    found = subjects.find(subject, public=public)
    if found is None:
        return "", ""
    key = subject.partition(":")[2]
    if found.kind == "order":
        return _("order %(ref)s", ref=found.name), ""
    return found.name, {"producer": "/producers/", "charity": "/charities/", "product": "/products/"}[found.kind] + key


def tag(concern: Concern) -> tuple[str, str]:
    """Its state or outcome, as words and the tone of a status tag."""
    state = ConcernState(concern.state)
    words = outcome_names()[concern.outcome] if concern.outcome else state_names()[state]
    return words, TONES[state]
