"""Measures the shop: CPU-milliseconds of the server a request, beside a bare Flask and Jinja page.

`python bench/run.py [--products 20000] [--requests 300] [--runs 3]` fills a SQLite shop of its own in a
temporary folder, serves it with granian in one process, asks for each page over loopback, and prints a
table. The figure is the process's CPU time over the requests, the least of the runs, which a noisy machine
disturbs less than elapsed time. Nothing is cached by the client, so every page is rendered afresh.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Answer:
    """What a request gave: status, bytes sent, and the cookie and address that it set."""

    status: int
    size: int
    cookie: str
    location: str


@dataclass
class Server:
    """A granian process group and a connection to it."""

    process: subprocess.Popen[bytes]
    port: int
    connection: http.client.HTTPConnection

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, cookie: str = "") -> Answer:
        """One request on the kept-open connection."""
        headers = {"Host": f"127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}
        if cookie:
            headers["Cookie"] = cookie
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, urllib.parse.urlencode(form) if form is not None else None, headers)
        response = self.connection.getresponse()
        body = response.read()
        cookies = [value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie"]
        return Answer(response.status, len(body), "; ".join(cookies), response.getheader("Location") or "")

    def cpu_ms(self) -> float:
        """CPU time so far of the server's processes, in milliseconds."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_ticks(pid) for pid in pids) * 1000 / TICKS


@contextmanager
def serving(factory: str, environment: dict[str, str]) -> Iterator[Server]:
    """granian with one worker, ended by its pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("granian")),
        "--interface",
        "wsgi",
        "--factory",
        factory,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "1",
        "--no-access-log",
        "--log-level",
        "error",
    ]
    base = {"BASE_URL": f"http://127.0.0.1:{port}", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=os.environ | base | environment, cwd=ROOT / "bench")
    try:
        yield Server(process, port, _connect(port))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def least_cpu(server: Server, request: Callable[[], Answer], requests: int, runs: int) -> tuple[float, int]:
    """CPU-milliseconds a request (the least of the runs) and the bytes of the last answer."""
    for _ in range(20):
        request()
    best, answer = float("inf"), None
    for _ in range(runs):
        before = server.cpu_ms()
        for _ in range(requests):
            answer = request()
            if answer.status >= 400:
                raise SystemExit(f"the shop answered {answer.status}: the bench is out of date")
        best = min(best, (server.cpu_ms() - before) / requests)
    assert answer is not None
    return best, answer.size


def pages(server: Server, products: int) -> dict[str, Callable[[], Answer]]:
    """Each page by its name, with a function that asks for it once."""
    chance = random.Random(3)

    def add() -> Answer:
        return server.ask("POST", "/cart/lines", {"sku": f"B-{1 + chance.randrange(40)}-0", "quantity": "1"})

    def placing_cart() -> str:
        answer = add()
        server.ask("POST", "/checkout", CONTACT, answer.cookie)
        server.ask("POST", "/checkout/delivery", ADDRESS, answer.cookie)
        return answer.cookie

    five = add().cookie
    for n in range(51, 55):
        server.ask("POST", "/cart/lines", {"sku": f"B-{n}-0", "quantity": "1"}, five)
    contact = placing_cart()
    return {
        "home": lambda: server.ask("GET", "/"),
        "list, page 1": lambda: server.ask("GET", "/products"),
        "list, page 50": lambda: server.ask("GET", "/products?page=50"),
        "list, two filters": lambda: server.ask("GET", "/products?cause=women&material=wool"),
        "product": lambda: server.ask("GET", f"/products/product-{1 + chance.randrange(products)}"),
        "search, common word": lambda: server.ask("GET", "/products?q=basket"),
        "search, rare word": lambda: server.ask("GET", "/products?q=bakiba"),
        "add to cart": add,
        "cart of 5 lines": lambda: server.ask("GET", "/cart", cookie=five),
        "checkout step": lambda: server.ask("POST", "/checkout", CONTACT, contact),
    }


CONTACT = {"email": "bench@shop.example", "name": "Bench Shopper"}
ADDRESS = {"street": "1 Quiet Road", "city": "Springfield", "region": "IL", "postcode": "62701", "country": "US"}


def main() -> None:
    """Fill, serve, measure, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--products", type=int, default=20_000)
    options.add_argument("--requests", type=int, default=300)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = _fill(Path(folder), chosen.products)
        with serving("floor:create_app", {}) as floor:
            bare, size = least_cpu(floor, lambda: floor.ask("GET", "/"), chosen.requests * 3, chosen.runs)
        print(f"{chosen.products} products, SQLite, one granian process, least of {chosen.runs} runs\n")
        print(f"{'page':<24}{'CPU ms':>8}{'x floor':>9}{'bytes':>9}")
        print(f"{'bare Flask and Jinja':<24}{bare:>8.2f}{1:>9.1f}{size:>9}")
        with serving("shop:create_app", environment) as shop:
            for name, request in pages(shop, chosen.products).items():
                cost, size = least_cpu(shop, request, chosen.requests, chosen.runs)
                print(f"{name:<24}{cost:>8.2f}{cost / bare:>9.1f}{size:>9}", flush=True)
        cost = _placing(environment, chosen.requests)
        print(f"{'placing (in process)':<24}{cost:>8.2f}{cost / bare:>9.1f}{'':>9}")


def _fill(folder: Path, products: int) -> dict[str, str]:
    from storefront.core import signing

    environment = {"SHOP_ENV": "test", "DATA_DIR": str(folder), "SIGNING_KEY": signing.generate_key()}
    script = (
        "import flask_migrate, goods; from storefront import create_app\n"
        f"with create_app().app_context(): flask_migrate.upgrade(); goods.fill({products})"
    )
    subprocess.run([sys.executable, "-c", script], env=os.environ | environment, cwd=ROOT / "bench", check=True)
    return environment


def _placing(environment: dict[str, str], requests: int) -> float:
    """CPU-milliseconds of placing a one-line order, measured in this process: over HTTP it would call Stripe."""
    os.environ.update(environment)
    import placing

    return placing.measure(requests)


def _connect(port: int) -> http.client.HTTPConnection:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.connect()
        except OSError:
            time.sleep(0.05)
        else:
            return connection
    raise SystemExit("the server did not start")


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()
