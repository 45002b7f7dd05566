"""Everything that knows HTTP: blueprints by door, and what surrounds every request."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from storefront.config import Settings
from storefront.web.assets import init_assets
from storefront.web.letters import init_letters
from storefront.web.rendering import init_rendering

# One blueprint a file; each module names its blueprint `pages`.
BLUEPRINTS: tuple[str, ...] = (
    "shop.home",
    "shop.catalog",
    "shop.history",
    "shop.producers",
    "shop.charities",
    "shop.trace",
    "shop.receipts",
    "shop.cart",
    "shop.checkout",
    "shop.orders",
    "shop.cancellations",
    "shop.returns",
    "shop.reviews",
    "shop.questions",
    "shop.sign_in",
    "shop.account",
    "shop.favourites",
    "shop.second_step",
    "shop.unsubscribing",
    "shop.concerns",
    "shop.waiting",
    "machine.feeds",
    "machine.health",
    "machine.media",
    "machine.well_known",
    "machine.stripe_webhook",
    "admin.journal",
    "admin.concerns",
    "admin.consents",
    "admin.home",
    "admin.listings",
    "admin.batches",
    "admin.mail",
    "admin.orders",
    "admin.payouts",
    "admin.people",
    "admin.returns",
    "admin.money",
    "admin.questions",
    "admin.reviews",
    "admin.updates",
    "admin.vetting",
    "studio.application",
    "studio.dashboard",
    "studio.members",
    "studio.orders",
    "studio.returns",
    "studio.statements",
    "studio.closures",
    "studio.notices",
    "studio.payout_account",
    "studio.consents",
    "studio.listings",
    "studio.listing_moves",
    "studio.listing_stock",
    "studio.batches",
    "studio.batch_parts",
    "studio.pledging",
    "studio.sheets",
    "studio.questions",
    "studio.updates",
    "studio.voices",
)

# What surrounds every request, each with `init_app(app, settings)`, in this order.
SURROUNDINGS: tuple[str, ...] = (
    "typed",
    "logging",
    "sessions",
    "security",
    "limits",
    "errors",
    "machine.health",
    "compression",
)


def register_web(app: Flask, settings: Settings) -> None:
    """Install surroundings, then every blueprint."""
    init_assets(app)
    init_rendering(app)
    init_letters(app)
    for name in SURROUNDINGS:
        import_module(f"storefront.web.{name}").init_app(app, settings)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"storefront.web.{name}").pages)
