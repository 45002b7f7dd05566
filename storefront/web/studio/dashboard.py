"""Which groups am I in, and a group's front page: what waits, and the doors that the member's role opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from storefront.catalog import revising
from storefront.catalog.batches import staging
from storefront.core import clock
from storefront.giving import paying_out
from storefront.payments import return_finding, to_send
from storefront.permissions import (
    may_answer,
    may_close_for_holidays,
    may_edit_listings,
    may_enter_studio,
    may_fulfil,
    may_give_payout_account,
    may_see_statements,
    may_speak_for_approval,
)
from storefront.producers import closing, members, payout_accounts
from storefront.producers.models import Member, ProducerStatus
from storefront.vetting import applying, expiring, finding, reading
from storefront.voices import finding as voices
from storefront.web.guards import signed_in
from storefront.web.rendering import day_text, private_page
from storefront.web.shop.account import me
from storefront.web.studio.scope import studio, studio_page
from storefront.web.studio.words import role_names
from storefront.web.vetting_words import state_names

pages = Blueprint("studio", __name__, url_prefix="/studio")


@dataclass(frozen=True)
class Row:
    """One big row: an icon of the sprite, its words, where it leads, and a softer line; `waits` when it is work."""

    icon: str
    text: str
    href: str
    note: str = ""
    waits: bool = False


def _orders(member: Member) -> Iterator[Row]:
    if not may_fulfil(member):
        return
    waiting = to_send.count(member.producer_id)
    text = ngettext("%(num)s order to pack", "%(num)s orders to pack", waiting) if waiting else _("Orders")
    address = url_for("studio_orders.orders", producer_slug=member.producer.slug)
    yield Row("box", text, address, "" if waiting else _("nothing waits to be packed"), waits=waiting > 0)


def _returns(member: Member) -> Iterator[Row]:
    if not may_fulfil(member):
        return
    waiting = return_finding.waiting(member.producer_id)
    text = ngettext("%(num)s return waits", "%(num)s returns wait", waiting) if waiting else _("Returns")
    yield Row("return", text, url_for("studio_returns.returns", producer_slug=member.producer.slug), waits=waiting > 0)


def _statements(member: Member) -> Iterator[Row]:
    if not may_see_statements(member):
        return
    href = url_for("studio_statements.overview", producer_slug=member.producer.slug)
    waiting = sum(payout.awaited for payout in paying_out.of_producer(member.producer_id))
    if waiting:
        text = ngettext("%(num)s payout to confirm", "%(num)s payouts to confirm", waiting)
        yield Row("coin", text, href, waits=True)
    yield Row("receipt", _("Statements"), href, _("what was sold, what was paid out"))


def _payout_account(member: Member) -> Iterator[Row]:
    if may_give_payout_account(member) and payout_accounts.in_use(member.producer_id, clock.now()) is None:
        href = url_for("studio_payout_account.account", producer_slug=member.producer.slug)
        yield Row("coin", _("Say where your money shall go"), href, _("nothing can be paid out before"), waits=True)


def _holidays(member: Member) -> Iterator[Row]:
    if not may_close_for_holidays(member):
        return
    today = clock.today()
    closed = [one for one in closing.coming(member.producer_id, today) if one.starts_on <= today]
    until = max((one.ends_on for one in closed), default=None)
    note = _("closed until %(day)s", day=day_text(until)) if until else ""
    address = url_for("studio_closures.holidays", producer_slug=member.producer.slug)
    yield Row("calendar", _("Holidays"), address, note)


def _approval(member: Member) -> Iterator[Row]:
    case = finding.admitting(producer_id=member.producer_id) if may_speak_for_approval(member) else None
    if case is None:
        return
    href, standing = url_for("studio_application.case", ref=case.ref), member.producer.status
    if standing == ProducerStatus.SUSPENDED:
        yield Row("warning", _("Read why you are suspended, answer or appeal"), href, waits=True)
        return
    if renewal := applying.renewal(case):
        address, state = url_for("studio_application.case", ref=renewal.ref), renewal.state
        yield Row("shield", _("Renewal"), address, state_names()[state], waits=state in applying.WRITABLE)
        return
    summary = reading.summary(clock.today(), producer_id=member.producer_id)
    due = summary.review_due_on if summary else None
    day = day_text(due) if due else ""
    if due and due <= clock.today() + timedelta(days=expiring.REMIND[0]):
        over = due <= clock.today()
        text = _("Approval ran out on %(day)s", day=day) if over else _("Approval ends on %(day)s", day=day)
        yield Row("warning", text, f"{href}#renewal", _("renew it here"), waits=True)
    else:
        yield Row("shield", _("Approval"), href, _("holds until %(day)s", day=day) if day else "")


def _notices(membership: Member) -> Iterator[Row]:
    address = url_for("studio_notices.notices", producer_slug=membership.producer.slug)
    yield Row("mail", _("Notices"), address, _("what you are told by letter, and how often"))


def _members(membership: Member) -> Iterator[Row]:
    address = url_for("studio_members.everyone", producer_slug=membership.producer.slug)
    yield Row("people", _("Members"), address, _("who acts for the group"))


def _listings(member: Member) -> Iterator[Row]:
    if not may_edit_listings(member):
        return
    href = url_for("studio_listings.listings", producer_slug=member.producer.slug)
    asked, drafts = revising.to_do(member.producer_id)
    if asked:
        text = ngettext(
            "A reviewer asks for a change of %(num)s listing", "A reviewer asks for a change of %(num)s listings", asked
        )
        yield Row("warning", text, href, waits=True)
    note = ngettext("%(num)s draft is not sent yet", "%(num)s drafts are not sent yet", drafts) if drafts else ""
    yield Row("leaf", _("Listings"), href, note)
    consents = url_for("studio_consents.everyone", producer_slug=member.producer.slug)
    yield Row("hand", _("Consents"), consents, _("of people in pictures and stories"))


def _batches(member: Member) -> Iterator[Row]:
    if not may_edit_listings(member):
        return
    for one in staging.sent_back(member.producer_id):
        here = {"producer_slug": member.producer.slug, "slug": one.product.slug, "ref": one.ref}
        text = _("A reviewer asks for a change of batch %(code)s", code=one.content["facts"]["code"])
        yield Row("warning", text, url_for("studio_batches.batch", **here), waits=True)


def _voices(member: Member) -> Iterator[Row]:
    if not may_answer(member):
        return
    questions, reviews = voices.without_answer(member.producer_id)
    waiting = questions + reviews
    anchor = "waiting" if waiting else None
    href = url_for("studio_voices.voices", producer_slug=member.producer.slug, _anchor=anchor)
    note = ngettext("%(num)s to answer", "%(num)s to answer", waiting) if waiting else ""
    yield Row("quote", _("Questions and reviews"), href, note, waits=questions > 0)
    told = url_for("studio_updates.updates", producer_slug=member.producer.slug)
    yield Row("mail", _("Updates to buyers"), told, _("what became of what they bought"))


# What may stand on the dashboard, from top to bottom; each yields nothing to those whom it doesn't concern.
ROWS: tuple[Callable[[Member], Iterator[Row]], ...] = (
    _orders,
    _returns,
    _listings,
    _batches,
    _voices,
    _payout_account,
    _statements,
    _holidays,
    _members,
    _approval,
    _notices,
)


@pages.get("")
@signed_in
def groups() -> Response:
    """The groups that the user acts for, the applications that they made, and the way to a new one."""
    return private_page(
        render_template(
            "studio/groups.html",
            memberships=members.of_user(me().id),
            applications=finding.all_of_user(me()),
            roles=role_names(),
            states=state_names(),
        )
    )


@pages.get("/<producer_slug>")
@studio(may_enter_studio)
def dashboard(membership: Member) -> Response:
    """What waits for somebody, first of all; then everything else."""
    rows = [row for part in ROWS for row in part(membership)]
    return studio_page(
        "studio/dashboard.html",
        membership,
        rows=sorted(rows, key=lambda row: not row.waits),
        standing=_standing(membership),
    )


def _standing(membership: Member) -> tuple[str, str, str] | None:
    """Why shoppers can't buy from the group: kind of notice, title, text. Nothing while they can."""
    return {
        "applying": (
            "info", _("Not approved yet"),
            _("Shoppers see the group once two reviewers have approved it. You can prepare everything meanwhile."),
        ),
        "lapsed": (
            "warning", _("The approval has lapsed"),
            _("Shoppers see your pages and can't buy until the group is reviewed again. Orders go on as usual."),
        ),
        "suspended": (
            "error", _("The group is suspended"),
            _("Shoppers can't see your pages or buy. Please send what is already paid. The owners know why."),
        ),
    }.get(membership.producer.status)  # fmt: skip
