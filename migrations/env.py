"""How Alembic finds the database and the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from storefront.core.db import db

# Made and kept by hand in the migrations, since SQLAlchemy's metadata has no word for them.
BY_HAND = ("search_",)


def include_object(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave tables that are made by hand alone."""
    return not (kind == "table" and name is not None and name.startswith(BY_HAND))


def run() -> None:
    """Migrate the database of the running application."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, without_references(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


@contextmanager
def without_references(connection: Connection) -> Iterator[None]:
    """SQLite can make a table again that others refer to only while it doesn't look at references.

    The pragma does nothing inside a transaction, so it goes around SQLAlchemy, which would begin one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise RuntimeError(f"a migration left rows that refer to nothing: {broken}")
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


run()
