"""Where a case and its party may go from where they are: tables, and the errors that name what may not be."""

from __future__ import annotations

from collections.abc import Mapping

from storefront.vetting.models import Act, CaseState


class NotNow(ValueError):
    """The act isn't possible in this state: of the case, or of the party's standing."""

    def __init__(self, act: Act, state: str) -> None:
        super().__init__(f"{act} is not possible while {state}")
        self.act = act
        self.state = state


# Two different reviewers must agree on these. Asking and suspending can't wait for a second one.
VOTED = frozenset({Act.APPROVE, Act.REJECT, Act.REINSTATE})

CASE_STEPS: Mapping[Act, Mapping[str, str]] = {
    Act.SUBMIT: {CaseState.DRAFT: CaseState.SUBMITTED, CaseState.CHANGES_ASKED: CaseState.SUBMITTED},
    Act.WITHDRAW: {
        CaseState.DRAFT: CaseState.WITHDRAWN,
        CaseState.SUBMITTED: CaseState.WITHDRAWN,
        CaseState.CHANGES_ASKED: CaseState.WITHDRAWN,
    },
    Act.ASK: {CaseState.SUBMITTED: CaseState.CHANGES_ASKED},
    Act.APPROVE: {CaseState.SUBMITTED: CaseState.APPROVED},
    Act.REJECT: {CaseState.SUBMITTED: CaseState.REJECTED, CaseState.CHANGES_ASKED: CaseState.REJECTED},
    # A granted appeal brings a rejected application back before two reviewers.
    Act.GRANT_APPEAL: {CaseState.REJECTED: CaseState.SUBMITTED},
}

# The values are those of `ProducerStatus` and of `CharityStatus`, which share all but the first.
STANDING_STEPS: Mapping[Act, Mapping[str, str]] = {
    # A new approval of a suspended party doesn't lift the suspension: that is an act of its own.
    Act.APPROVE: {
        "applying": "approved",
        "pending": "approved",
        "approved": "approved",
        "lapsed": "approved",
        "suspended": "suspended",
    },
    Act.SUSPEND: {"approved": "suspended", "lapsed": "suspended"},
    Act.REINSTATE: {"suspended": "approved"},
    Act.LAPSE: {"approved": "lapsed"},
    Act.GRANT_APPEAL: {"suspended": "approved"},
}


def next_state(act: Act, state: str) -> CaseState:
    """Where the act brings a case; raises NotNow."""
    after = CASE_STEPS.get(act, {}).get(state)
    if after is None:
        raise NotNow(act, state)
    return CaseState(after)


def next_standing(act: Act, standing: str) -> str:
    """Where the act brings a party; raises NotNow."""
    after = STANDING_STEPS.get(act, {}).get(standing)
    if after is None:
        raise NotNow(act, standing)
    return after
