"""Migrations go up, all the way down, and up again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from conftest import POSTGRES, make_app
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, text

from storefront.core.db import db


@pytest.fixture
def scratch_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of this test's own: one that fails half-way spoils no other test."""
    if database == "sqlite":
        yield ""
        return
    request.getfixturevalue("postgres_url")  # Skips, or in CI fails, where there is no server.
    name = f"storefront_migrations_{tmp_path.parent.name}_{tmp_path.name}"[:63].lower().replace("-", "_")
    server = create_engine(POSTGRES.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield POSTGRES.rpartition("/")[0] + f"/{name}"
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def schema() -> dict[str, Any]:
    """The tables, their columns, indexes and triggers, as the database has them."""
    found = inspect(db.engine)
    tables = {
        name: (
            sorted(str(column["name"]) for column in found.get_columns(name)),
            sorted(str(index["name"]) for index in found.get_indexes(name)),
        )
        for name in found.get_table_names()
    }
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
    }
    with db.engine.connect() as connection:
        names = list(connection.scalars(text(triggers[connection.dialect.name])))
    return {**tables, "triggers": names}


def revision() -> str | None:
    with db.engine.connect() as connection:
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def test_the_schema_goes_up_and_down_and_comes_back_the_same(scratch_url, tmp_path):
    app = make_app(tmp_path, database_url=scratch_url)
    newest = ScriptDirectory(str(Path(app.root_path).parent / "migrations")).get_current_head()
    with app.app_context():
        flask_migrate.upgrade()
        before = schema()
        assert revision() == newest
        assert {"entry", "receipt", "order"} <= set(before)
        assert len(before["triggers"]) >= 5
        flask_migrate.downgrade(revision="base")
        assert schema() == {"alembic_version": before["alembic_version"], "triggers": []}
        assert revision() is None
        flask_migrate.upgrade()
        assert schema() == before
        assert revision() == newest
        db.session.remove()
        db.engine.dispose()


def test_letters_written_before_they_had_references_get_one_each(scratch_url, tmp_path):
    app = make_app(tmp_path, database_url=scratch_url)
    old = "INSERT INTO outgoing_mail (kind, recipient, subject, text, html, queued_at, due_at, attempts) VALUES {row}"
    row = "('proof', 'a@example.org', 's', 't', 'h', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0)"
    with app.app_context():
        flask_migrate.upgrade(revision="0003")
        with db.engine.begin() as connection:
            connection.execute(text(old.format(row=f"{row}, {row}")))
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            refs = list(connection.scalars(text("SELECT ref FROM outgoing_mail")))
        db.engine.dispose()
    assert len(set(refs)) == 2
    assert {len(ref) for ref in refs} == {12}


def test_addresses_of_old_orders_are_kept_as_those_of_new_ones(scratch_url, tmp_path):
    app = make_app(tmp_path, database_url=scratch_url)
    facts = {
        "ref": "'OLD'", "key": "'k'", "status": "'paid'", "email": "' Éva@Example.org'", "name": "'Éva'",
        "address": "'{}'",
        "gift_message": "''", "terms_accepted_at": "'2026-01-01 00:00:00'", "currency": "'USD'", "items_minor": "0",
        "discount_minor": "0", "delivery_minor": "0", "total_minor": "0", "placed_at": "'2026-01-01 00:00:00'",
        "hold_until": "'2026-01-01 00:00:00'",
    }  # fmt: skip
    with app.app_context():
        flask_migrate.upgrade(revision="0004")
        with db.engine.begin() as connection:
            connection.execute(text(f'INSERT INTO "order" ({", ".join(facts)}) VALUES ({", ".join(facts.values())})'))
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            assert connection.scalar(text('SELECT email FROM "order"')) == "éva@example.org"
        db.engine.dispose()


def add_row(connection: Connection, name: str, **facts: Any) -> None:
    """A row with these facts; what else must not be empty is filled with something."""
    table = Table(name, MetaData(), autoload_with=connection)
    anything = {
        int: 1, str: "x", bool: False, float: 1.0, dict: {}, object: {}, date: date(2026, 1, 1),
        datetime: datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    needed = [column for column in table.columns if not column.nullable and column.default is None]
    connection.execute(table.insert().values({one.name: anything[one.type.python_type] for one in needed} | facts))


def test_delivery_given_back_before_is_spread_over_the_parcels_as_the_ledger_entered_it(scratch_url, tmp_path):
    app = make_app(tmp_path, database_url=scratch_url)
    with app.app_context():
        flask_migrate.upgrade(revision="0016")
        with db.engine.begin() as connection:
            add_row(connection, "producer", status="approved")
            add_row(
                connection, "order", status="paid", items_minor=0, discount_minor=0, delivery_minor=0, total_minor=0
            )
            for number, cost in enumerate([690, 850, 0], 1):
                add_row(connection, "parcel", id=number, ref=f"P{number}", delivery_minor=cost, status="waiting")
            add_row(connection, "payment", status="paid", currency="USD")
            add_row(connection, "refund", status="done", delivery_minor=100)
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT parcel_id, amount_minor FROM refund_delivery ORDER BY parcel_id"))
            assert [tuple(row) for row in rows] == [(1, 45), (2, 55)]
        db.engine.dispose()
