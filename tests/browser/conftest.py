"""A whole demo shop and a browser: `storefront demo` as a newcomer starts it, and Chromium to visit it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from backstage import Backstage, Person
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from storefront import config, create_app
from storefront.core.db import db

CI = os.environ.get("CI", "").lower() in {"1", "true"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VISITORS = ({"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"} for number in count())
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one shop and one browser, so they run in one process."""
    for item in items:
        if "browser" in str(item.path.parent.name):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Shop:
    """A running demo."""

    url: str
    stripe: str
    data: Path
    environment: dict[str, str]

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `storefront …` against this shop."""
        return subprocess.run(
            [sys.executable, "-m", "storefront", *words],
            env=self.environment,
            text=True,
            capture_output=True,
            check=check,
        )

    def stripe_control(self, path: str, **facts: Any) -> Any:
        """Ask the sandbox's control API something."""
        request = urllib.request.Request(
            f"{self.stripe}/_sandbox/{path}",
            data=json.dumps(facts).encode(),
            headers={"Authorization": "Bearer sk_test_sandbox_demo", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float = 15, what: str = "it") -> None:
    """Wait for something that the worker does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """`storefront demo` on ports of its own, with all its processes and data."""
    data = tmp_path_factory.mktemp("demo")
    port, stripe_port = free_port(), free_port()
    log = (data / "demo.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "storefront", "demo", "--proxies=1", f"--port={port}", f"--stripe-port={stripe_port}"],
        env=os.environ | {"DATA_DIR": str(data)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "SHOP_ENV": "demo",
        "DATA_DIR": str(data),
        "BASE_URL": url,
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_port}",
        "SIGNING_KEY": str(data / "signing-key.pem"),
    }
    try:
        wait_until(lambda: answers(f"{url}/readyz") or process.poll() is not None, 120, "the demo's start")
        assert process.poll() is None, (data / "demo.log").read_text()
        yield Shop(url, f"http://127.0.0.1:{stripe_port}", data, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        log.close()


@pytest.fixture(scope="session")
def backstage(shop: Shop) -> Iterator[Backstage]:
    """The inside of the shop that the browsers visit."""
    app = create_app(config.load(shop.environment))
    yield Backstage(app)
    with app.app_context():
        db.engine.dispose()


def answers(address: str) -> bool:
    """Whether a GET of this address succeeds."""
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it, skipped (in CI: failed)."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if CI:
            pytest.fail("Chromium is missing")
        pytest.skip("Chromium is missing: install it to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(shop: Shop, chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; each fails its test on a script error, a blocked resource or a foreign request."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def make(**options: Any) -> BrowserContext:
        # Each context is a visitor from a network of their own, so that limits count them apart.
        options = {"viewport": {"width": 1280, "height": 900}, "extra_http_headers": next(VISITORS), **options}
        context = chromium.new_context(base_url=shop.url, **options)
        context.set_default_timeout(15_000)
        context.on("weberror", lambda error: _hear(str(error.error), wrong))
        context.on("console", lambda message: _note(message, wrong))
        context.on("request", lambda request: _know(request.url, shop, wrong))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def _hear(error: str, wrong: list[str]) -> None:
    # Chromium's own word, when a test changes the preference for motion while a page follows another.
    if "ViewTransition opt-in disabled" not in error:
        wrong.append(f"script error: {error}")


def _note(message: Any, wrong: list[str]) -> None:
    # A page that answers with an error status is no fault of the page; a policy violation is.
    if message.type == "error" and "Failed to load resource" not in message.text:
        wrong.append(f"console: {message.text}")


def _know(address: str, shop: Shop, wrong: list[str]) -> None:
    # Nothing is fetched from anybody but the shop, and Stripe where the shopper is sent there.
    if not address.startswith((f"{shop.url}/", f"{shop.stripe}/", "data:", "blob:")):
        wrong.append(f"a request to somebody else: {address}")


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def phone(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Makes pages of a phone, each of another visitor; with an argument, signed in."""

    def make(person: Person | None = None) -> Page:
        screen = {"viewport": {"width": 360, "height": 780}, "java_script_enabled": request.param}
        page = new_context(reduced_motion="reduce", **screen).new_page()
        if person:
            person.enter(page)
        return page

    return make


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A desktop page with scripts on."""
    return new_context().new_page()


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext]) -> Page:
    """A phone's page with scripts off."""
    return new_context(java_script_enabled=False, viewport={"width": 360, "height": 780}).new_page()


def assert_accessible(page: Page, what: str, rules: list[str] | None = None) -> None:
    """No violation of WCAG 2.2 AA or axe's best practices (or only of these rules) on the page as it stands."""
    # Style sheets are not fetched once more (`preload`), and only what is wrong is worked out in detail.
    options = {"runOnly": rules or AXE_RULES, "resultTypes": ["violations"], "preload": False}
    results = Axe().run(page, options=options)
    found = [
        f"{violation['id']}: {violation['help']} — {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in results.response["violations"]
    ]
    assert found == [], f"{what}:\n" + "\n".join(found)


def assert_fits(page: Page, what: str, width: int = 320) -> None:
    """The page needs no scrolling sideways at this width."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 800})
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
           [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
           .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""
    )
    if before:
        page.set_viewport_size(before)
    assert wide == [], f"{what} is wider than {width} px: {wide}"
