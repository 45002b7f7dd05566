"""The command that starts a sandbox as a process of its own."""

from __future__ import annotations

import argparse

from .options import Options
from .server import serve


def main() -> None:
    """Read the options and serve."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m storefront.stripe_sandbox", description="A stand-in for Stripe.")
    parser.add_argument("--host", default=usual.host, help="a loopback address")
    parser.add_argument("--port", type=int, default=usual.port)
    parser.add_argument(
        "--database", default=usual.database, help="SQLite file; without it all is forgotten at the end"
    )
    parser.add_argument("--webhook-url", default="", help="where events are sent")
    parser.add_argument("--webhook-secret", default="", help="whsec_...; several, comma separated")
    parser.add_argument("--settle-seconds", type=float, default=usual.settle_seconds)
    given = parser.parse_args()
    serve(
        Options(
            host=given.host,
            port=given.port,
            database=given.database,
            webhook_url=given.webhook_url,
            webhook_secret=given.webhook_secret,
            settle_seconds=given.settle_seconds,
        )
    )


if __name__ == "__main__":
    main()
