"""`storefront receipts …`: checking receipts without the shop's pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from storefront import config
from storefront.core import signing
from storefront.receipts.credential import did
from storefront.receipts.verifying import NotAuthentic, verify


@click.group()
def receipts() -> None:
    """Check impact receipts."""


@receipts.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The shop's public keys (its /.well-known/jwks.json); default: those of this installation.",
)
@click.option("--issuer", help="The did:web of the shop that must have issued it; default: this installation's.")
@with_appcontext
def verify_file(file: Path, keys: Path | None, issuer: str | None) -> None:
    """Check the receipt in FILE (`.jwt` or `.json`, `-` for standard input) offline; exits 0 or 1 and says why."""
    settings = config.current()
    try:
        text = (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode()
        verified = verify(text, jwks=_keys(keys), issuer=issuer or did(settings.base_url))
    except UnicodeDecodeError:
        click.echo("Not verified. The file is no text, so it is no receipt.", err=True)
        sys.exit(1)
    except NotAuthentic as error:
        click.echo(f"Not verified. {error}", err=True)
        sys.exit(1)
    subject = verified.subject
    click.echo(
        f"Verified: unchanged since {verified.credential['issuer']} signed it on {verified.credential['validFrom']}."
    )
    click.echo(f"Revision {subject['revision']}, {subject['currency']} {subject['paid']} (minor units) paid.")
    for given in subject["given"]:
        click.echo(f"  {given['minor']} owed to {given['charity']}")
    if "test" in subject:
        click.echo(subject["test"])


def _keys(path: Path | None) -> dict[str, Any]:
    if path is None:
        pem = config.current().signing_pem
        return signing.known_jwks(signing.load_key(pem) if pem else None)
    try:
        keys = json.loads(path.read_text())
        if not isinstance(keys["keys"], list):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise click.BadParameter(f"{path} holds no JWK set", param_hint="--keys") from error
    return dict(keys)
