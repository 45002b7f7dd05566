"""The chores that the worker does, and how often at the least: the scheduler of the whole shop.

A chore reads its work from tables, does it in units of work of its own and returns how much it did.
"""

from __future__ import annotations

from flask import Flask, current_app
from huey import Huey, crontab
from huey.api import TaskWrapper

from storefront import config, noticing
from storefront.accounts import sessions
from storefront.cart import finding
from storefront.catalog import favourites, shelf, waiting
from storefront.catalog.sheets import uploads
from storefront.checkout import expiring
from storefront.concerns import raising
from storefront.core import jobs, mail, media
from storefront.core.jobs import Chore
from storefront.giving import maturing, sheets
from storefront.payments import handling, reconciling, unselling
from storefront.provenance import consenting
from storefront.updates import sending
from storefront.vetting import expiring as vetting
from storefront.voices import asking


def send_mail() -> int:
    """Send the letters that are due."""
    settings = config.current()
    return mail.send_due(settings.mail_url, settings.sender)


def make_renditions() -> int:
    """Make the sizes of uploaded pictures that are still to be made."""
    return media.make_renditions(config.current().media_dir)


def import_listings() -> int:
    """Check and import the spreadsheets that wait."""
    return uploads.run_waiting(sheets.shop())


# Every chore runs once a minute, and at once when something nudges it.
CHORES: dict[str, Chore] = {
    "drop_carts": finding.drop_expired,
    "drop_favourites": favourites.drop_expired,
    "end_approvals": vetting.end_approvals,
    "end_consents": consenting.end_expired,
    unselling.CHORE: unselling.end_suspended_orders,
    "expire_orders": expiring.expire_orders,
    "forget_askers": asking.forget_addresses,
    "forget_letters": mail.forget_passing,
    "forget_reporters": raising.forget_addresses,
    "forget_sessions": sessions.forget_dead,
    "handle_events": handling.handle_events,
    uploads.CHORE: import_listings,
    "make_renditions": make_renditions,
    "mature_pledges": maturing.mature_pledges,
    "prune_changes": shelf.prune_changes,
    "reconcile": reconciling.reconcile,
    "tell_members": noticing.tell,
    "tell_waiting": waiting.tell,
    "send_updates": sending.send_due,
    "send_mail": send_mail,
}


def make_queue(app: Flask, settings: config.Settings) -> Huey:
    """The queue with every chore as a task that runs inside an application context."""
    settings.data_path.mkdir(parents=True, exist_ok=True)
    queue = jobs.make_queue(settings.queue)
    app.extensions["storefront.tasks"] = {name: _task(queue, app, name, chore) for name, chore in CHORES.items()}
    return queue


def nudge(name: str) -> None:
    """Put a chore into the queue of the running application."""
    current_app.extensions["storefront.tasks"][name]()


def run_all() -> dict[str, int]:
    """Do every chore once, here and now, in the order of the table; returns how much each did."""
    return {name: chore() for name, chore in CHORES.items()}


def _task(queue: Huey, app: Flask, name: str, chore: Chore) -> TaskWrapper:
    def run() -> None:
        with app.app_context():
            chore()

    queue.periodic_task(crontab(minute="*"), name=f"{name}_on_time")(run)
    task: TaskWrapper = queue.task(name=name)(run)
    return task
