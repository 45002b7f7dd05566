"""What every test stands on: a shop over a real database, emptied between tests, and a cast."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import hypothesis
import pytest
from cast import World, build_world
from client import PageClient
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine, insert, text
from werkzeug.routing import Rule

from storefront import create_app
from storefront.core import signing
from storefront.core.db import db
from storefront.core.journal import GENESIS, JournalHead

CI = os.environ.get("CI", "").lower() in {"1", "true"}
# A suite that fails by chance can't be trusted: in CI every property tries the same examples each time. New ones are
# tried where people work, and in drills.
hypothesis.settings.register_profile("same each time", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("same each time" if CI and "DRILL" not in os.environ else "default")
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
HAND_MADE = ("search_fts", "search_typo", "search_change")  # tables that the migrations make by hand
SIGNING_KEY = signing.generate_key()
# With these a test's shop believes that it is a real one.
PRODUCTION = {
    "shop_env": "production",
    "base_url": "https://localhost",
    "secret_key": "0123456789abcdef0123456789abcdef-own",
    "stripe_secret_key": "sk_live_x",
    "stripe_api_base": "https://api.stripe.com",
    "stripe_webhook_secret": "whsec_x",
}


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once a process, however many shops its tests open."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what was kept, unless the template has changed since."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.code[bucket.key] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """Routes are compiled once a process, too."""

    known: dict[tuple[str, str], Rule] = {}

    def compile(self) -> None:
        """Take over what the same rule came to in an earlier shop."""
        known = self.known.setdefault((self.rule, repr(self.defaults)), self)
        if known is self:
            super().compile()
            return
        for part in ("_parts", "_trace", "_converters", "_build", "_build_unknown", "arguments"):
            setattr(self, part, getattr(known, part))


COMPILED = CompiledTemplates()
Flask.url_rule_class = CompiledRule
MIGRATED: dict[str, Engine] = {}


def make_app(tmp: Path, **overrides: Any) -> Flask:
    """A shop for tests; `overrides` are settings."""
    values: dict[str, Any] = {
        "shop_env": "test",
        "data_dir": str(tmp),
        "base_url": "http://localhost",
        "signing_key": SIGNING_KEY,
        "database_url": "",
        "redis_url": "",
    }
    app = create_app(**{**values, **overrides})
    app.config.update(TESTING=True)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = PageClient
    return app


def migrate(app: Flask) -> None:
    """Bring the database of `app` to the newest schema."""
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
        MIGRATED.setdefault(db.engine.dialect.name, db.engine)


def share_statements(app: Flask) -> None:
    """Statements are compiled once a process: their cache is kept by dialect, and lives and dies with an engine."""
    with app.app_context():
        first = MIGRATED[db.engine.dialect.name]
        db.engine.dialect, db.engine._compiled_cache = first.dialect, first._compiled_cache


def pytest_collection_finish() -> None:
    """What was imported stays: the collector needn't look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers and races of many processes get the machine to themselves: see `tests/run`."""
    for item in items:
        if item.path.parent.name == "browser" or item.path.name == "test_last_unit.py":
            item.add_marker(pytest.mark.alone)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Integration tests run on both databases, everything else on SQLite."""
    if "database" in metafunc.fixturenames:
        both = "integration" in metafunc.module.__file__
        names = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)] if both else ["sqlite"]
        metafunc.parametrize("database", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that tests start from as a copy."""
    folder = tmp_path_factory.mktemp("template")
    migrate(make_app(folder))
    return folder / "shop.sqlite"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this worker's own; skipped (in CI: failed) without a server."""
    name = f"storefront_test_{WORKER}_{os.getpid()}"
    server = create_engine(POSTGRES.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    except Exception as error:
        if CI:
            raise
        pytest.skip(f"no PostgreSQL server to test with: {error}")
    url = POSTGRES.rpartition("/")[0] + f"/{name}"
    yield url
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture(scope="session")
def postgres_app_url(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same database, with the schema in place."""
    migrate(make_app(tmp_path_factory.mktemp("postgres"), database_url=postgres_url))
    return postgres_url


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def app_settings() -> dict[str, Any]:
    """Settings that differ from the test defaults; a test module may override this fixture."""
    return {}


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Opens a shop, with its settings; all that were opened are closed at the end."""
    opened: list[Flask] = []

    def open_one(**settings: Any) -> Flask:
        opened.append(make_app(tmp_path, **settings))
        return opened[-1]

    yield open_one
    for app in opened:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(
    database: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    app_settings: dict[str, Any],
    open_shop: Callable[..., Flask],
) -> Flask:
    """A shop with an empty database."""
    if database == "postgresql":
        app = open_shop(database_url=request.getfixturevalue("postgres_app_url"), **app_settings)
        empty_postgres(app)
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shop.sqlite")
        app = open_shop(**app_settings)
    share_statements(app)
    return app


def empty_postgres(app: Flask) -> None:
    """Empty every table, append-only ones too: only a superuser may switch their triggers off."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        # Deleting a few rows is many times faster than TRUNCATE, which makes every file of every table anew.
        tables = (*db.metadata.tables, *HAND_MADE)
        connection.exec_driver_sql(";".join(f'DELETE FROM "{table}"' for table in tables))
        connection.execute(insert(JournalHead).values(id=1, sequence=0, digest=GENESIS))  # as the migration leaves it


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed, for tests that call domain functions."""
    with app.app_context():
        yield app


@pytest.fixture
def world(context: Flask) -> World:
    """The cast: producers, charities and goods that every test knows by name."""
    return build_world()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without JavaScript that checks every page it gets."""
    return app.test_client()  # type: ignore[return-value]
