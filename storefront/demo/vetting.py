"""Lets the demo's parties in as the shop does it: applied, judged, voted on by two; and leaves one waiting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from storefront import config
from storefront.accounts import finding as accounts
from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.money import Money
from storefront.demo import people
from storefront.vetting import applying, criteria, deciding, finding
from storefront.vetting.models import Act, Case, Kind, Verdict

REVIEWERS = ("reviewer.one@example.org", "reviewer.two@example.org")
WHY = "Every criterion is met, by papers and by a visit or a call. Thank you for the patience with our questions."


def let_in(kind: Kind, facts: Mapping[str, Any], party_id: int) -> None:
    """Bring a party that has its row already through an application of the day that `facts` name; once."""
    party = {f"{kind}_id": party_id}
    if finding.admitting(**party) is not None:
        return
    one, two = (_user(email) for email in REVIEWERS)
    applicant = people.account_of(facts["slug"], facts["name"])
    decided = datetime.combine(facts["vetted_on"], time(10), UTC)
    with clock.at(decided - timedelta(days=20)), unit_of_work():
        case = applying.start(applicant, kind, clock.now())
        case.producer_id, case.charity_id = party.get("producer_id"), party.get("charity_id")
        _answer(case, applicant, _answers(kind, facts))
        applying.submit(case, applicant, clock.now())
    with clock.at(decided - timedelta(days=6)), unit_of_work():
        _judge(case, one)
        deciding.vote(case, one, Act.APPROVE, WHY, clock.now(), review_due_on=facts["review_due_on"])
    with clock.at(decided), unit_of_work():
        deciding.vote(case, two, Act.APPROVE, WHY, clock.now(), review_due_on=facts["review_due_on"])


def leave_waiting(tell: Callable[[str], object]) -> None:
    """One application in the queue, with a question and its answer in the thread."""
    waiting = _content()["waiting"]
    applicant = people.account(waiting["email"], waiting["person"], Role.SHOPPER)
    if finding.all_of_user(applicant):
        return
    now = clock.now()
    with clock.at(now - timedelta(days=9)), unit_of_work():
        case = applying.start(applicant, Kind.PRODUCER, clock.now())
        _answer(case, applicant, {**_content()["producer"], **waiting["answers"]})
        applying.submit(case, applicant, clock.now())
    with clock.at(now - timedelta(days=5)), unit_of_work():
        for row in waiting["found"]:
            verdict = Verdict(row["verdict"])
            deciding.find(case, _user(row["by"]), row["criterion"], verdict, row.get("note", ""), clock.now())
        for row in waiting["asked"]:
            if "by" in row:
                deciding.take(case, _user(row["by"]), clock.now())
                deciding.say(case, _user(row["by"]), row["text"], clock.now(), key=row["about"])
            else:
                applying.reply(case, applicant, row["text"], clock.now(), key=row["about"])
    tell(f"application of {case.name}, waiting")


def _judge(case: Case, reviewer: User) -> None:
    looked_up = _content()["looked_up"]
    for one in criteria.find(case.kind, case.criteria_version).criteria:
        deciding.find(case, reviewer, one.key, Verdict.MET, looked_up.get(one.key, ""), clock.now())


def _answer(case: Case, applicant: User, answers: Mapping[str, str]) -> None:
    for asked in criteria.find(case.kind, case.criteria_version).asked:
        if text := answers.get(asked.key, ""):
            applying.answer(case, applicant, asked.key, text, clock.now())


def _answers(kind: Kind, facts: Mapping[str, Any]) -> dict[str, str]:
    """What the party's own file says, as answers, and what all of them answered to the criteria."""
    said = {name: str(value) for name, value in facts.items() if isinstance(value, str | int)}
    said |= {"consent": "yes", **_content()[kind]}
    if kind == Kind.CHARITY:
        return said | {"causes": ", ".join(facts["causes"])}
    fewest, most = facts["delivery_days"]
    return said | {
        "register_number": "Shown to the reviewers on paper.",
        "map": f"{facts['latitude']}, {facts['longitude']}",
        "delivery_days": f"{fewest}-{most}",
        "delivery_price": str(Money(facts["delivery_minor"], config.current().currency).amount),
        "payout": "Bank transfer, in the name of the group.",
    }


def _user(email: str) -> User:
    found = accounts.by_email(email)
    assert found is not None, "the staff are there before anybody applies"
    return found


def _content() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "vetting.toml").read_text(encoding="utf-8"))
