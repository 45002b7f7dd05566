"""The database refuses what must not be."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from storefront.core import clock, journal
from storefront.core.db import NestedUnitOfWork, after_commit, db, unit_of_work


def test_models_and_migrations_say_the_same(context):
    with db.engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(
                connection,
                opts={"include_object": lambda _o, name, kind, *_: kind != "table" or not name.startswith("search_")},
            ),
            db.metadata,
        )
    assert differences == []


def run(statement: str) -> None:
    with unit_of_work() as session:
        session.execute(text(statement))


def test_a_journal_entry_cannot_be_changed_or_deleted(context):
    with unit_of_work():
        journal.record("tried", subject="order:A", actor="user:B", now=clock.now(), why="a test")
    for statement in ("UPDATE journal_entry SET act = 'other'", "DELETE FROM journal_entry"):
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)
    assert journal.first_break() is None


def test_a_unit_of_work_rolls_back_whole_and_forgets_what_was_to_follow(context):
    followed = []

    def fail() -> None:
        with unit_of_work():
            journal.record("tried", subject="a", actor="b", now=clock.now())
            after_commit(lambda: followed.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert followed == []
    assert db.session.execute(text("SELECT count(*) FROM journal_entry")).scalar() == 0


def test_units_of_work_do_not_nest(context):
    with pytest.raises(NestedUnitOfWork), unit_of_work(), unit_of_work():
        pass


def test_the_cast_can_be_written(world):
    assert world.coffee.variants[0].sku == "COFFEE"
