"""Is this installation safe to serve? What is found is said as a sentence with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from storefront import config
from storefront.accounts.models import User
from storefront.catalog.batches import deciding
from storefront.concerns import finding as concerns
from storefront.core import signing
from storefront.core.db import db, session
from storefront.giving import promising


def examine(*, workers: int = 1) -> list[str]:
    """Everything that is unsafe or missing; empty when the shop may be served with that many `workers`."""
    settings = config.current()
    findings = config.problems(settings)
    looks = (
        _debug,
        _hosts,
        _proxies,
        _mail,
        _webhooks,
        _signing_key,
        _database,
        _demo_accounts,
        _listings,
        _cases,
        _folders,
    )
    for look in (*looks, _limits(workers)):
        findings += look(settings)
    return findings


Look = Callable[[config.Settings], Iterator[str]]


def _debug(_settings: config.Settings) -> Iterator[str]:
    if current_app.debug:
        yield "debug mode shows secrets to anyone who causes an error: start without it"


def _hosts(settings: config.Settings) -> Iterator[str]:
    if settings.shop_env == "production" and not (settings.trusted_hosts or settings.base_url):
        yield "TRUSTED_HOSTS and BASE_URL are empty: name the hosts that requests may ask for"


def _proxies(settings: config.Settings) -> Iterator[str]:
    if settings.shop_env == "production" and settings.proxies == 0:
        yield (
            "PROXIES is 0, but `storefront serve` speaks no TLS, so a proxy stands before it: all shoppers would "
            "share one address, and one of them could use up everybody's tries. Set it to how many there are"
        )


def _mail(settings: config.Settings) -> Iterator[str]:
    if settings.shop_env == "production" and not settings.mail_url:
        yield "MAIL_URL is empty: letters would count as sent and reach nobody, neither receipts nor password resets"


def _webhooks(settings: config.Settings) -> Iterator[str]:
    known = config.DEMO_DEFAULTS["stripe_webhook_secret"]
    if settings.shop_env == "production" and known in settings.webhook_secrets:
        yield "STRIPE_WEBHOOK_SECRET names the demo's, with which anyone can sign: take that of your own endpoint"


def _signing_key(settings: config.Settings) -> Iterator[str]:
    try:
        signing.load_key(settings.signing_pem)
    except (ValueError, OSError) as error:
        yield f"SIGNING_KEY can't be used ({error}): make one with `storefront keys new`"


def _demo_accounts(settings: config.Settings) -> Iterator[str]:
    if settings.shop_env != "production":
        return
    # There are no mailboxes at example.org, so nobody but the demo has proven such an address.
    known = select(User.id).where(User.email.endswith("@example.org"), User.email_proven_at.is_not(None))
    try:
        there = session().scalar(known.limit(1))
    except SQLAlchemyError:
        return  # `_database` says why.
    finally:
        session().rollback()
    if there is not None:
        yield "the database has accounts of the demo, whose password everyone knows: begin with an empty one"


def _database(_settings: config.Settings) -> Iterator[str]:
    try:
        with db.engine.connect() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
    except Exception as error:
        yield f"the database can't be reached ({type(error).__name__}): check DATABASE_URL"
        return
    newest = ScriptDirectory(str(config.ROOT / "migrations")).get_current_head()
    if there != newest:
        yield f"the database is at migration {there}, the code at {newest}: run `storefront db upgrade`"


def _listings(_settings: config.Settings) -> Iterator[str]:
    try:
        wrong = list(islice(chain(promising.unapproved(), deciding.unapproved()), 4))
    except SQLAlchemyError:
        return  # `_database` says why.
    finally:
        session().rollback()
    if wrong:
        named = ", ".join(wrong[:3]) + (" and others" if len(wrong) > 3 else "")
        yield (
            f"shoppers see what no reviewer approved of {named}: restore a backup, or have a reviewer approve "
            "them again in the studio"
        )


def _cases(_settings: config.Settings) -> Iterator[str]:
    try:
        waiting = concerns.without_reader()
    except SQLAlchemyError:
        return  # `_database` says why.
    finally:
        session().rollback()
    if waiting:
        yield (
            f"{waiting} open concern(s) may be read by no admin, since all of them have a stake in the party: make "
            "somebody an admin who has none, with `storefront users create EMAIL --role admin`"
        )


def _folders(settings: config.Settings) -> Iterator[str]:
    folder = settings.data_path
    if not os.access(folder, os.W_OK):
        yield f"DATA_DIR {folder} can't be written to"
    fonts = config.ROOT / "static" / "fonts"
    if not any(Path(fonts).glob("*.woff2")):
        yield "the fonts were not built: run `python -m storefront.fonts`"


def _limits(workers: int) -> Look:
    def look(settings: config.Settings) -> Iterator[str]:
        if workers > 1 and not settings.redis_url:
            yield "request limits are kept in memory, once a process: set REDIS_URL, or serve with one worker"

    return look
