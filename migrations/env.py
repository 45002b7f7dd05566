"""How Alembic finds the database and the models."""

from __future__ import annotations

from alembic import context
from flask import current_app

from storefront.core.db import db

# Made and kept by hand in the migrations, since SQLAlchemy's metadata has no word for them.
BY_HAND = ("search_",)


def include_object(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave tables that are made by hand alone."""
    return not (kind == "table" and name is not None and name.startswith(BY_HAND))


def run() -> None:
    """Migrate the database of the running application."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
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


run()
