"""Does what a plan says: all of it, or nothing.

The photographs' files are made first, so that the database is not held up by them; everything else happens in the
caller's one unit of work, through the same functions as the editor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from storefront.catalog import adjusting, revising
from storefront.catalog.content import Content
from storefront.catalog.models import Product
from storefront.catalog.sheets.pictures import Pictures, Progress
from storefront.catalog.sheets.planning import plan
from storefront.catalog.sheets.steps import NEW, Plan, Setting, Step
from storefront.core import journal, media
from storefront.core.db import session
from storefront.core.media import Prepared
from storefront.core.tables import Table

# By product key and file name: a photograph that two listings show is two, to be described and withdrawn by itself.
Ready = dict[tuple[str, str], Prepared]


class Faulty(ValueError):
    """Something in the file can't be, and nothing was asked to be skipped: the `plan` says what."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"{len(plan.faults)} faults")
        self.plan = plan


class ChangedMeanwhile(ValueError):
    """The file would do other things now than when it was agreed to: the new `plan` says which."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("the listings changed since the file was checked")
        self.plan = plan


@contextmanager
def photographs(plan: Plan, pictures: Pictures, folder: Path, progress: Progress) -> Iterator[Ready]:
    """The new photographs of a plan, their files in place; thrown away again if what follows fails."""
    wanted = [(step.key, name) for step in plan.steps if not step.faults for name in _new_ones(step.content)]
    ready: Ready = {}
    try:
        for done, (key, name) in enumerate(wanted, start=1):
            ready[key, name] = media.prepare(pictures.decoded(name), folder=folder)
            progress(done, len(wanted))
        yield ready
    except BaseException:
        for one in ready.values():
            media.discard(one, folder=folder)
        raise


def carry_out(
    table: Table,
    setting: Setting,
    pictures: Pictures,
    agreed: Plan,
    ready: Ready,
    *,
    skip_bad: bool,
    actor: str,
    now: datetime,
) -> Plan:
    """Do what the table says of every product without a fault; returns what was done.

    Raises Faulty unless faults are to be skipped, and ChangedMeanwhile unless it is still what was `agreed` to. Then
    nothing is changed.
    """
    producer = setting.producer
    # Whoever buys or edits waits, and the plan sees what they did before.
    revising.lock(*session().scalars(select(Product.id).where(Product.producer_id == producer.id)))
    found = plan(table, setting, pictures)
    if found.digest != agreed.digest:
        raise ChangedMeanwhile(found)
    if found.faults and not skip_bad:
        raise Faulty(found)
    for step in found.steps:
        if not step.faults:
            step.draft_of = _do(step, setting, ready, actor, now)
    counts = {kind: found.count(kind) for kind in ("new", "draft", "at_once", "unchanged", "faulty")}
    journal.record("listings imported", subject=f"producer:{producer.slug}", actor=actor, now=now, **counts)
    return found


def _do(step: Step, setting: Setting, ready: Ready, actor: str, now: datetime) -> int | None:
    if step.there is None:
        start = _with_pictures(step, ready, now)
        begun = revising.begin(
            setting.producer, currency=setting.currency, actor=actor, now=now, start=start, stock=step.stock
        )
        return begun.id
    product = step.there.product
    for variant, counted in step.counted:
        adjusting.count_stock(variant, counted, seen_stock=variant.stock, actor=actor, now=now)
    for variant, price in step.lowered:
        adjusting.lower_price(variant, price, setting.pledge_of(product.id), actor=actor, now=now)
    if not step.drafted:
        return None
    what = _with_pictures(step, ready, now)
    revision = revising.open_draft(product, setting.pledge_of(product.id), actor=actor, now=now)
    changes = {name: what[name] for name in step.changed}
    seen, stock = revising.seen(revision, step.changed), {**revision.stock, **step.stock}
    revising.edit(revision, changes, seen_digest=seen, actor=actor, now=now, stock=stock)
    if step.why is not None:
        seen = revising.seen_why(revision)
        revising.explain(revision, step.why, revision.correction, seen_digest=seen, actor=actor, now=now)
    return product.id


def _with_pictures(step: Step, ready: Ready, now: datetime) -> Content:
    refs = {name: media.keep(ready[step.key, name], now=now).ref for name in dict.fromkeys(_new_ones(step.content))}
    rows = [{**one, "ref": refs.get(one["ref"].removeprefix(NEW), one["ref"])} for one in step.content["pictures"]]
    return {**step.content, "pictures": rows}


def _new_ones(what: Content) -> list[str]:
    return [one["ref"].removeprefix(NEW) for one in what["pictures"] if one["ref"].startswith(NEW)]
