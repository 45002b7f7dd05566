"""The shop as the bench serves it: without the limits on how often one address may check out."""

from __future__ import annotations

from flask import Flask

import storefront
from storefront.web.limits import limiter


def create_app() -> Flask:
    """The shop from the environment's settings."""
    app = storefront.create_app()
    limiter.enabled = False
    return app
