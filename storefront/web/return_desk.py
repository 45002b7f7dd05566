"""Answering a return and saying that its goods have come: the same for the group and for an admin in its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext as _

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import return_finding, returning
from storefront.payments.return_models import Return, ReturnStatus
from storefront.payments.returning import IllegalStep
from storefront.web.forms.accounts import trimmed_lines

LONGEST_WORDS = 500


@dataclass
class DeskForm:
    """What was filled in, as text; `wrong` says what is the matter, by the field's id."""

    verdict: str = ""
    send_to: str = ""
    words: str = ""
    reason: str = ""
    sellable: str = ""
    remark: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> DeskForm:
        """The form in the current request."""
        names = ("verdict", "send_to", "words", "reason", "sellable", "remark")
        return cls(**{name: trimmed_lines(request.form.get(name)) for name in names})

    def check(self, *needed: str) -> None:
        """Note what is missing or too long."""
        missing = {
            "send_to": _("Give the whole address that it is to be sent to"),
            "reason": _("Say why: the shopper reads it"),
            "sellable": _("Say whether it can be sold again"),
        }
        for name in needed:
            if not getattr(self, name):
                self.wrong[name] = missing[name]
        for name in ("send_to", "words", "reason", "remark"):
            if len(getattr(self, name)) > LONGEST_WORDS:
                self.wrong[name] = _("Say it in at most %(most)s characters", most=LONGEST_WORDS)


def answer(ref: str, form: DeskForm, actor: str, *, from_states: tuple[ReturnStatus, ...]) -> bool:
    """Agree or refuse as the form says, if the return is in one of these states; False where the form is wrong."""
    agreed = form.verdict == "agree"
    form.check("send_to" if agreed else "reason")
    try:
        with unit_of_work():
            found, now = returning.hold(ref), clock.now()
            if found.status not in from_states:
                raise IllegalStep(ref, found.status, "answered")
            if form.wrong:
                return False
            if agreed:
                returning.agree(found, send_to=form.send_to, words=form.words, actor=actor, now=now)
            else:
                returning.refuse(found, reason=form.reason, actor=actor, now=now)
    except IllegalStep:
        form.wrong = {"": moved_on()}  # the form itself is on the page no longer
    return not form.wrong


def arrive(ref: str, form: DeskForm, actor: str) -> bool:
    """Note that the goods have come; False where the form is wrong."""
    if form.sellable not in ("yes", "no"):
        form.sellable = ""
    form.check("sellable")
    try:
        with unit_of_work():
            found = returning.hold(ref)
            if found.status != ReturnStatus.AGREED:
                raise IllegalStep(ref, found.status, "received")
            if form.wrong:
                return False
            returning.receive(
                found,
                sellable=form.sellable == "yes",
                words=form.remark,
                actor=actor,
                now=clock.now(),
            )
    except IllegalStep:
        form.wrong = {"": moved_on()}  # the form itself is on the page no longer
    return not form.wrong


def moved_on() -> str:
    """What to say where somebody else was faster."""
    return _("This return has moved on since you looked. This is where it stands now.")


def fresh_form(found: Return) -> DeskForm:
    """The form before anybody has filled it in, with the address that the group named the last time."""
    return DeskForm(send_to=return_finding.usual_address(found.parcel.producer_id))
