"""`storefront serve` and `storefront worker`: the two kinds of process a shop has."""

from __future__ import annotations

import socket
import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from granian import Granian
from granian.constants import Interfaces

from storefront import config, doctoring
from storefront.web.loopback import is_loopback

PORT = click.IntRange(1, 65_535)


def check_free(host: str, port: int) -> None:
    """Raise ClickException where something listens there: granian would share the port with it, and the requests."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((host, port)) == 0:
            raise click.ClickException(f"port {port} is taken: end what uses it, or choose another (see --help)")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=PORT, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Web processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1), help="Threads in each of them.")
@with_appcontext
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the shop with granian. In production it asks the doctor first; anything else stays on this machine."""
    if config.current().shop_env != "production" and not is_loopback(host):
        raise click.ClickException("everyone knows the secrets of the demo and of tests: serve them on 127.0.0.1 alone")
    if config.current().shop_env == "production":
        findings = doctoring.examine(workers=workers)
        for finding in findings:
            click.echo(f"unsafe: {finding}", err=True)
        if findings:
            click.echo("Not served. `storefront doctor` says the same once these are mended.", err=True)
            sys.exit(1)
    check_free(host, port)
    Granian(
        "storefront:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_access=False,
    ).serve()


@click.command()
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="Chores done at once.")
@with_appcontext
def worker(threads: int) -> None:
    """Do the chores: send mail, handle Stripe's events, release holds, reconcile; every minute and when nudged."""
    consumer = current_app.extensions["storefront.queue"].create_consumer(workers=threads, periodic=True)
    click.echo(f"Worker with {threads} threads. Ctrl-C ends it after the chore at hand.")
    consumer.run()
