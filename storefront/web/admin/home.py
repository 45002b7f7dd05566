"""The back office's front page: what waits, how long, and for whom; and the doors to everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select

from storefront import permissions
from storefront.accounts.models import User
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import ListingRevision, RevisionState
from storefront.concerns import finding as concerns
from storefront.core import clock
from storefront.core.db import session
from storefront.core.mail import CONFIDENTIAL, MAX_ATTEMPTS, OutgoingMail
from storefront.payments import matters
from storefront.payments.return_models import Return, ReturnStatus
from storefront.permissions import may_open_back_office
from storefront.updates.models import Update, UpdateState
from storefront.vetting import reading as vetting
from storefront.vetting.models import Case, CaseState
from storefront.voices.models import Question, Review, WordsState
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_home", __name__, url_prefix="/admin")

Waiting = tuple[int, datetime | None, int | None]


@dataclass(frozen=True)
class Queue:
    """Things that wait for somebody here: `waiting` says how many, since when the eldest, and how many are the asker's
    own, or None where nothing has an owner. One statement each. `narrowed` is the state that its page is to show.
    """

    endpoint: str
    name: Any
    may: Callable[[User], bool]
    waiting: Callable[[User], Waiting]
    narrowed: str = ""


def _count(since: ColumnElement[datetime], *those: ColumnElement[bool], owner: Any = None) -> Callable[[User], Waiting]:
    def waiting(user: User) -> Waiting:
        mine = func.count().filter(owner == user.id) if owner is not None else None
        columns = [func.count(), func.min(since), *([mine] if mine is not None else [])]
        row = session().execute(select(*columns).where(*those)).one()
        return row[0], row[1], row[2] if mine is not None else None

    return waiting


QUEUES: tuple[Queue, ...] = (
    Queue("admin_vetting.queue", later("Applications"), permissions.may_vet,
          _count(Case.submitted_at, Case.state == CaseState.SUBMITTED, owner=Case.owner_id)),
    Queue("admin_vetting.queue", later("Appeals"), permissions.may_vet,
          _count(vetting.appealed_at(), vetting.appealed_at().is_not(None), owner=Case.owner_id), "appealed"),
    Queue("admin_vetting.queue", later("Messages of applicants"), permissions.may_vet,
          _count(vetting.written_at(), vetting.written_at().is_not(None), owner=Case.owner_id), "written"),
    Queue("admin_listings.queue", later("Listings and edits"), permissions.may_review_listings,
          _count(ListingRevision.sent_at, ListingRevision.state == RevisionState.SENT)),
    Queue("admin_batches.queue", later("Batches"), permissions.may_review_listings,
          _count(BatchRevision.sent_at, BatchRevision.state == RevisionState.SENT)),
    Queue("admin_concerns.queue", later("Concerns"), permissions.may_handle_concerns, concerns.waiting),
    Queue("admin_reviews.queue", later("Reviews"), permissions.may_moderate,
          _count(Review.changed_at, Review.state == WordsState.WAITING)),
    Queue("admin_questions.queue", later("Questions"), permissions.may_moderate,
          _count(Question.changed_at, Question.state == WordsState.WAITING)),
    Queue("admin_updates.queue", later("Updates to buyers"), permissions.may_moderate,
          _count(Update.changed_at, Update.state == UpdateState.SENT)),
    Queue("admin_returns.queue", later("Returns"), permissions.may_handle_returns,
          _count(Return.asked_at, Return.status.in_((ReturnStatus.ASKED, ReturnStatus.AGREED, ReturnStatus.RECEIVED)))),
    Queue("admin_money.queue", later("Money to look at"), permissions.may_refund,
          lambda _user: (*matters.waiting(), None)),
    Queue("mail.letters", later("Letters that could not be sent"), permissions.may_read_mail,
          _count(OutgoingMail.queued_at, OutgoingMail.sent_at.is_(None), OutgoingMail.attempts >= MAX_ATTEMPTS,
                 OutgoingMail.kind.not_in(CONFIDENTIAL)),
          "failed"),
)  # fmt: skip


@pages.app_template_global()
def back_office_rooms() -> list[tuple[str, Any]]:
    """The queues that are open to whoever looks, endpoint and name, for the header of these pages; for others none."""
    if not current_user.is_authenticated:
        return []
    return [(queue.endpoint, queue.name) for queue in QUEUES if queue.may(me()) and not queue.narrowed]


@pages.get("")
@require(may_open_back_office)
def home() -> Response:
    """What waits for the asker, and the doors that are open to them."""
    user = me()
    rows = [(queue, *queue.waiting(user)) for queue in QUEUES if queue.may(user)]
    unread = concerns.without_reader() if permissions.may_handle_concerns(user) and concerns.hidden_from(user) else 0
    return private_page(
        render_template("admin/home.html", rows=rows, unread=unread, doors=_doors(user), now=clock.now())
    )


def _doors(user: User) -> list[tuple[str, str, str]]:
    """Pages that are no queues: endpoint, name, what is behind it."""
    if not permissions.is_admin(user):
        return []
    return [
        ("admin_orders.orders", _("Orders"), _("Find an order, see its money, and give money back.")),
        (
            "admin_consents.everyone",
            _("Consents"),
            _("Who agreed to be recognised in pictures and stories."),
        ),
        (
            "admin_payouts.everyone",
            _("Payouts"),
            _("What is owed to producers, was paid to them, or is held back."),
        ),
        ("admin_people.people", _("People"), _("Accounts, their roles, and where they are signed in.")),
        ("admin_journal.journal", _("Journal"), _("Who did what, when and why.")),
        ("mail.letters", _("Letters"), _("What the shop has written to whom.")),
    ]
