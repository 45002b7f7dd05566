"""A shop for goods made by social enterprises: stories, giving, receipts, vetting, selling."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_migrate import Migrate

from storefront import chores, config, models, reactions
from storefront.core import events, jobs, mail
from storefront.core.db import db
from storefront.web import letters, register_web

__all__ = ["create_app", "models"]


def create_app(settings: config.Settings | None = None, **overrides: Any) -> Flask:
    """The whole application, from `settings` or from the environment with `overrides` on top."""
    settings = settings or config.load(**overrides)
    app = Flask(
        "storefront",
        template_folder=str(config.ROOT / "templates"),
        static_folder=None,
        instance_path=str(settings.data_path),
    )
    app.extensions["storefront.settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=settings.engine_options,
        # A form of millions of tiny fields would take seconds to read; a view that takes more says so itself.
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
    )
    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    events.connect(reactions.REACTIONS)
    app.extensions["storefront.queue"] = chores.make_queue(app, settings)
    jobs.connect(chores.nudge)
    mail.connect(letters.render)
    register_web(app, settings)
    return app
