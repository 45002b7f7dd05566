"""Migrations go up, all the way down, and up again, on both databases."""

from __future__ import annotations

import flask_migrate
from sqlalchemy import inspect, text

from storefront.core.db import db


def test_the_schema_goes_down_and_comes_back(context):
    before = sorted(inspect(db.engine).get_table_names())
    flask_migrate.downgrade(revision="base")
    assert [name for name in inspect(db.engine).get_table_names() if name != "alembic_version"] == []
    flask_migrate.upgrade()
    assert sorted(inspect(db.engine).get_table_names()) == before
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0003"
