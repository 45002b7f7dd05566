"""`storefront seed` and `storefront demo`: a shop with goods in it, and all of its processes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import with_appcontext

from storefront import config
from storefront.commands.running import PORT, check_free
from storefront.core import signing

SHOP_PORT = 5000
SANDBOX_STEP = 10  # the sandbox answers so many ports above the shop


@click.command()
@with_appcontext
def seed() -> None:
    """Fill the shop with the demo's producers, goods, accounts and past orders; twice does no harm."""
    if config.current().shop_env == "production":
        raise click.ClickException("the demo's accounts have a password that everyone knows: not in production")
    from storefront.demo import concerns, history, people, questions, seeding, updates, vetting

    people.seed_staff()
    seeding.seed_content(lambda words: click.echo(f"  {words}"))
    people.seed_members()
    vetting.leave_waiting(lambda words: click.echo(f"  {words}"))
    try:
        history.seed_history(lambda words: click.echo(f"  {words}"))
    except urllib.error.URLError as error:
        words = (
            "past orders are paid at the Stripe sandbox, which doesn't answer: `storefront demo` starts it and seeds"
        )
        raise click.ClickException(words) from error
    questions.seed_questions()
    concerns.seed_concern()
    updates.seed_updates()
    click.echo(people.introduction())


@click.command()
@click.option(
    "--port",
    default=SHOP_PORT,
    show_default=True,
    type=click.IntRange(1, 65_535 - SANDBOX_STEP),
    help="Port of the shop.",
)
@click.option(
    "--stripe-port", type=PORT, help=f"Port of the Stripe sandbox; {SANDBOX_STEP} above the shop's unless told."
)
@click.option("--proxies", default=0, help="How many proxies stand before it, whose X-Forwarded-For is believed.")
@click.option("--fresh", is_flag=True, help="Forget the demo's data and begin anew.")
def demo(port: int, stripe_port: int | None, proxies: int, fresh: bool) -> None:
    """Open a whole demo shop on this machine: shop, worker, Stripe sandbox and data. Ctrl-C ends all of it."""
    stripe_port = stripe_port or port + SANDBOX_STEP
    for wanted in (port, stripe_port):
        check_free("127.0.0.1", wanted)
    environment = _environment(port, stripe_port, fresh) | {"PROXIES": str(proxies)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with Ctrl-C ignored
    running: list[subprocess.Popen[bytes]] = []
    try:
        _run(environment, "db", "upgrade")
        running.append(_start(environment, *_sandbox(environment, stripe_port)))
        _wait_for(f"http://127.0.0.1:{stripe_port}/", running)
        _run(environment, "seed")
        running.append(_start(environment, "-m", "storefront", "worker"))
        running.append(_start(environment, "-m", "storefront", "serve", "--port", str(port)))
        _wait_for(f"http://127.0.0.1:{port}/readyz", running)
        click.secho(f"\nThe shop is open: http://127.0.0.1:{port}   (letters: /mail; Ctrl-C ends all of it)", bold=True)
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        raise click.ClickException("a process of the demo ended by itself; the lines above say why")
    except KeyboardInterrupt:
        click.echo("\nThe demo has ended. Its data stays in var/demo; --fresh begins anew.")
    finally:
        _end(running)


def _environment(port: int, stripe_port: int, fresh: bool) -> dict[str, str]:
    data = Path(os.environ.get("DATA_DIR", config.ROOT / "var" / "demo")).resolve()
    if fresh:
        _forget(data)
    data.mkdir(parents=True, exist_ok=True)
    key = data / "signing-key.pem"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(signing.generate_key())
    # The demo is whole in itself: settings of another shop in the environment must not leak into it.
    kept = {
        name: value for name, value in os.environ.items() if name.lower() not in config.Settings.__dataclass_fields__
    }
    return kept | {
        "SHOP_ENV": "demo",
        "DATA_DIR": str(data),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_port}",
        "SIGNING_KEY": str(key),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }


def _forget(data: Path) -> None:
    for path in [*data.glob("*.sqlite*"), *data.glob("media/*")]:
        path.unlink()


def _sandbox(environment: Mapping[str, str], port: int) -> list[str]:
    return [
        "-m", "storefront.stripe_sandbox",
        "--port", str(port),
        "--database", str(Path(environment["DATA_DIR"]) / "stripe.sqlite"),
        "--webhook-url", f"{environment['BASE_URL']}/stripe/webhook",
        "--webhook-secret", config.load(environment).stripe_webhook_secret,
    ]  # fmt: skip


def _run(environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", "storefront", *command], env=dict(environment))  # noqa: S603
    if done.returncode:
        raise click.ClickException(f"`storefront {' '.join(command)}` failed; the lines above say why")


def _start(environment: Mapping[str, str], *command: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the demo alone, which then ends its processes in order.
    return subprocess.Popen([sys.executable, *command], env=dict(environment), start_new_session=True)  # noqa: S603


def _wait_for(address: str, running: list[subprocess.Popen[bytes]]) -> None:
    for _ in range(300):
        if any(process.poll() is not None for process in running):
            raise click.ClickException("a process of the demo did not start; the lines above say why")
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - loopback, our own address
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)
    raise click.ClickException(f"{address} did not answer within 30 seconds")


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(running):
        process.send_signal(signal.SIGTERM)
    for process in running:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
