"""Every setting, its default and its meaning; the only reader of the environment.

In production (the default) the shop refuses to start when a setting is missing or unsafe;
`SHOP_ENV=demo` and `SHOP_ENV=test` have defaults that need no preparation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

ROOT = Path(__file__).resolve().parent.parent


def _setting(default: Any, meaning: str, secret: bool = False) -> Any:
    return field(default=default, metadata={"meaning": meaning, "secret": secret}, repr=not secret)


class UnsafeSettings(RuntimeError):
    """The shop must not start like this; `problems` says what to set and to what."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("these settings need attention:\n" + "\n".join(f"  - {line}" for line in problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """All settings. The environment variable of each is its name in capitals."""

    shop_env: str = _setting("production", "`production`, `demo` or `test`")
    shop_name: str = _setting("Hands & Homes", "the name on every page, letter and receipt")
    base_url: str = _setting("", "the shop's own address, `https://shop.example`; all absolute links begin with it")
    trusted_hosts: str = _setting(
        "", "host names that requests may name, comma separated; default: the host of BASE_URL"
    )
    proxies: int = _setting(0, "how many proxies stand before the shop and set X-Forwarded-For/Proto")
    secret_key: str = _setting("", "at least 32 random characters; signs cookies and links", secret=True)
    signing_key: str = _setting("", "Ed25519 private key (PEM, or a path to one) that signs receipts", secret=True)
    database_url: str = _setting("", "SQLAlchemy address; default: SQLite at DATA_DIR/shop.sqlite")
    data_dir: str = _setting(str(ROOT / "var"), "folder for the database, media and queue where these are local")
    redis_url: str = _setting("", "Redis for the job queue and request limits; default: local files and memory")
    media_url: str = _setting("/media", "where pictures are served from: a path of the shop, or a CDN's address")
    stripe_secret_key: str = _setting(
        "", "Stripe's secret key; a sandbox key only with the sandbox's address", secret=True
    )
    stripe_api_base: str = _setting("https://api.stripe.com", "Stripe's API, or the sandbox's address")
    stripe_webhook_secret: str = _setting(
        "", "webhook signing secrets, comma separated while one is rotated", secret=True
    )
    mail_url: str = _setting("", "`smtp://user:password@host:587`; empty: letters stay in the outbox", secret=True)
    mail_from: str = _setting("", "sender of all letters; default: shop@ the host of BASE_URL")
    currency: str = _setting("USD", "ISO 4217 code that all prices are in")
    time_zone: str = _setting("UTC", "IANA zone in which dates are shown")
    hold_minutes: int = _setting(30, "how long a payment may take before its stock is released; 30 to 1440")
    shop_pledge_rate: str = _setting("0.003", "share of revenue that the shop itself sets aside")
    shop_share: str = _setting(
        "0.15", "what the shop keeps of each price after the pledge, for listings from the studio"
    )
    fee_bearer: str = _setting("shop", "who bears Stripe's fee of a sale: `shop`, or `producer` by their parcels")
    card_fee_rate: str = _setting("0.029", "what Stripe usually keeps of a payment, for worked examples in the studio")
    card_fee_minor: int = _setting(30, "what it usually keeps of each payment besides, in minor units, for the same")
    refund_fee_bearer: str = _setting(
        "shop", "who bears the fee, which Stripe keeps, on what is refunded: `shop` or `producer`"
    )
    second_step: str = _setting(
        "", "`required`: admins and reviewers do nothing without an authenticator app; always so in production"
    )
    log_level: str = _setting("INFO", "lowest level that is logged")
    metrics_token: str = _setting(
        "", "bearer token that /metrics asks for; empty: no metrics in production", secret=True
    )

    @property
    def database(self) -> str:
        """The SQLAlchemy address, with psycopg 3 as PostgreSQL's driver."""
        url = self.database_url or f"sqlite:///{self.data_path / 'shop.sqlite'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        )

    @property
    def data_path(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data_dir).resolve()

    @property
    def engine_options(self) -> dict[str, Any]:
        """What SQLAlchemy's engine is made with; PgBouncer needs psycopg not to prepare statements."""
        # What a statement was given stays out of errors and so out of logs: it is people's names and addresses.
        if self.database.startswith("sqlite"):
            return {"hide_parameters": True}
        return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}

    @property
    def queue(self) -> str:
        """Where the job queue lives."""
        return self.redis_url or str(self.data_path / "queue.sqlite")

    @property
    def media_dir(self) -> Path:
        """Where pictures are kept."""
        return self.data_path / "media"

    @property
    def documents_dir(self) -> Path:
        """Where private documents are kept; no address leads into it."""
        return self.data_path / "documents"

    @property
    def sheets_dir(self) -> Path:
        """Where spreadsheets wait to be imported; no address leads into it."""
        return self.data_path / "sheets"

    @property
    def host(self) -> str:
        """The host of BASE_URL."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def secure(self) -> bool:
        """Whether the shop is reached over HTTPS, so that cookies can insist on it."""
        return self.base_url.startswith("https://")

    @property
    def signing_pem(self) -> str:
        """The signing key itself, read from its file if the setting names one."""
        if self.signing_key and not self.signing_key.startswith("-----BEGIN"):
            return Path(self.signing_key).read_text()
        return self.signing_key

    @property
    def second_step_required(self) -> bool:
        """Whether those who answer for the shop need more than a password."""
        return self.shop_env == "production" or self.second_step == "required"

    @property
    def webhook_secrets(self) -> list[str]:
        """Every webhook secret that is accepted now."""
        return [secret.strip() for secret in self.stripe_webhook_secret.split(",") if secret.strip()]

    @property
    def sender(self) -> str:
        """The sender of all letters."""
        return self.mail_from or f"{self.shop_name} <shop@{self.host}>"

    @property
    def help_address(self) -> str:
        """Where people write to us: the address of all letters, without its name."""
        return self.sender.rpartition("<")[2].rstrip(">")


DEMO_DEFAULTS = {
    "base_url": "http://127.0.0.1:5000",
    "secret_key": "a-key-that-everyone-knows-for-the-demo-only",
    "stripe_secret_key": "sk_test_sandbox_demo",
    "stripe_api_base": "http://127.0.0.1:5010",
    "stripe_webhook_secret": "whsec_sandbox_demo",
}


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from the environment, then `overrides`; raises UnsafeSettings in production.

    Numbers are checked here; everything else that makes an installation unsafe is in `problems`.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for setting in fields(Settings):
        raw = environ.get(setting.name.upper())
        if raw is None:
            continue
        if isinstance(setting.default, int):
            if not raw.isdigit():
                wrong.append(f"{setting.name.upper()} must be a whole number, not {raw!r}")
                continue
            values[setting.name] = int(raw)
        else:
            values[setting.name] = raw
    settings = Settings(**{**values, **overrides})
    if settings.shop_env in {"demo", "test"}:
        missing = {name: value for name, value in DEMO_DEFAULTS.items() if not getattr(settings, name)}
        if not environ.get("STRIPE_API_BASE") and "stripe_api_base" not in overrides:
            missing["stripe_api_base"] = DEMO_DEFAULTS["stripe_api_base"]
        settings = replace(settings, **missing)
    wrong += problems(settings)
    if wrong:
        raise UnsafeSettings(wrong)
    return settings


def problems(settings: Settings) -> list[str]:
    """What keeps the shop from starting, each as a sentence that says what to do."""
    found: list[str] = []
    if settings.shop_env not in {"production", "demo", "test"}:
        found.append("SHOP_ENV must be production, demo or test")
    if not 30 <= settings.hold_minutes <= 1440:
        found.append("HOLD_MINUTES must be 30 to 1440: Stripe's sessions live no shorter and no longer")
    for name in ("fee_bearer", "refund_fee_bearer"):
        if getattr(settings, name) not in {"shop", "producer"}:
            found.append(f"{name.upper()} must be shop or producer")
    for name in ("shop_share", "card_fee_rate"):
        if not re.fullmatch(r"0(\.\d{1,4})?", getattr(settings, name)):
            found.append(f"{name.upper()} must be a share below 1 with at most four decimals, such as 0.15")
    if settings.shop_env != "production":
        return found
    if not settings.secure:
        found.append("BASE_URL must be the shop's https:// address")
    if len(settings.secret_key) < 32 or settings.secret_key in DEMO_DEFAULTS.values():
        found.append("SECRET_KEY must be at least 32 random characters of your own")
    for name in ("signing_key", "stripe_secret_key", "stripe_webhook_secret"):
        if not getattr(settings, name):
            found.append(f"{name.upper()} is missing: {Settings.__dataclass_fields__[name].metadata['meaning']}")
    sandbox_key = settings.stripe_secret_key.startswith("sk_test_sandbox_")
    sandbox_base = "api.stripe.com" not in settings.stripe_api_base
    if settings.stripe_secret_key and sandbox_key != sandbox_base:
        found.append("STRIPE_SECRET_KEY and STRIPE_API_BASE must both be the sandbox's or both Stripe's")
    return found


def current() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["storefront.settings"]
    return settings
