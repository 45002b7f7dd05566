"""The database: one declarative base, one way to write, and the types that columns share.

`unit_of_work()` is the only place that commits. On SQLite it takes the write lock at once
(`BEGIN IMMEDIATE`), so that two writers wait for each other instead of failing half-way; reads outside
of it run in a plain deferred transaction that a writer never blocks (WAL).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 30_000

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite, which knows no zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone; use clock.now()")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names for constraints and aware moments."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime})


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        """The base of every model."""

        __abstract__ = True

else:
    Model = db.Model


def session() -> Session:
    """The session of the current application context."""
    return db.session()


class NestedUnitOfWork(RuntimeError):
    """A unit of work was opened inside another; the outer one must own the commit."""


class WriteOutsideUnitOfWork(RuntimeError):
    """Something was changed before the unit of work began, and would have been lost."""


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Begin, run what `before_commit` collected, commit, then run what `after_commit` did.

    Any exception rolls back and then runs what `after_rollback` collected.

    Entities loaded before it are expired and read again inside, so that no decision rests on an old row.
    """
    current = session()
    if current.info.get("unit_of_work"):
        raise NestedUnitOfWork
    if current.new or current.dirty or current.deleted:
        raise WriteOutsideUnitOfWork
    current.rollback()
    current.info["unit_of_work"] = True
    last: list[Callable[[], object]] = []
    callbacks: list[Callable[[], object]] = []
    undo: list[Callable[[], object]] = []
    current.info["before_commit"], current.info["after_commit"], current.info["after_rollback"] = last, callbacks, undo
    try:
        current.connection(execution_options={"begin_immediate": True})
        yield current
        current.flush()
        for callback in last:
            callback()
        current.commit()
    except BaseException:
        current.rollback()
        for callback in undo:
            callback()
        raise
    finally:
        for name in ("unit_of_work", "before_commit", "after_commit", "after_rollback"):
            current.info.pop(name, None)
    for callback in callbacks:
        callback()


def before_commit(callback: Callable[[], object]) -> None:
    """Run `callback` as the last thing that the current unit of work does: for what locks that all must take last."""
    session().info["before_commit"].append(callback)


def after_commit(callback: Callable[[], object]) -> None:
    """Run `callback` once the current unit of work has committed; not at all if it rolls back."""
    session().info["after_commit"].append(callback)


def after_rollback(callback: Callable[[], object]) -> None:
    """Run `callback` if the current unit of work rolls back: for what was written beside the database."""
    session().info["after_rollback"].append(callback)


def insert_unless_there(model: type[Model], *rows: Mapping[str, Any]) -> list[int]:
    """Insert these rows but for those that a unique index refuses, also when two come at once; the new rows' ids."""
    current = session()
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[current.get_bind().dialect.name]
    made = insert(model).values(list(rows)).on_conflict_do_nothing().returning(model.__table__.c.id)
    return list(current.scalars(made))


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # Transactions are begun by `_begin` below, not by the driver.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "temp_store = MEMORY",
        "cache_size = -32000",
        "mmap_size = 268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        immediate = connection.get_execution_options().get("begin_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def append_only_ddl(table: str) -> dict[str, list[str]]:
    """Statements, by dialect, that make the database itself refuse to change or delete rows of `table`."""
    refuse = f"{table} is append-only"
    sqlite = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{refuse}'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    postgresql = [
        f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refuse}'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}
