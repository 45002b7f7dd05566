"""The demo is refused to everybody but this machine, and its accounts to every other shop."""

from __future__ import annotations

import pytest
from conftest import PRODUCTION
from people import add_user

from storefront import doctoring
from storefront.commands import demo, running
from storefront.config import Settings
from storefront.web.loopback import is_loopback


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True), ("localhost:5000", True), ("127.0.0.1:5000", True), ("127.8.9.1", True), ("::1", True),
        ("[::1]:5000", True), ("", False), ("0.0.0.0", False), ("::", False), ("192.168.1.7:5000", False),
        ("demo.example", False), ("localhost.evil.example", False), ("127.0.0.1.nip.io", False), ("[", False),
    ],
)  # fmt: skip
def test_this_machine_is_known_by_its_own_names_alone(host, here):
    assert is_loopback(host) is here


class TestInTheDemo:
    @pytest.fixture
    def app_settings(self, monkeypatch):
        monkeypatch.setattr("storefront.web.logging.configure", lambda _level: None)
        return {"shop_env": "demo", "base_url": "http://demo.example", "trusted_hosts": "demo.example"}

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5000"])
    def test_this_machine_gets_its_pages(self, client, host):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/mail", "/sign-in", "/static/css/shop.css", "/nothing-here"])
    @pytest.mark.parametrize(
        "sent",
        [
            {"headers": {"Host": "demo.example"}},
            {"headers": {"Host": "192.168.1.7:5000"}},
            {"environ_base": {"REMOTE_ADDR": "192.168.1.8"}},
            {"headers": {"X-Forwarded-For": "203.0.113.5"}},
            {"headers": {"X-Forwarded-Host": "demo.example"}},
            {"headers": {"Forwarded": "for=203.0.113.5"}},
        ],
    )
    def test_everybody_else_is_refused_in_words(self, client, path, sent):
        response = client.get(path, **sent)
        assert response.status_code == 403
        assert "everyone knows its passwords" in response.text

    def test_it_listens_on_this_machine_alone(self, app, monkeypatch):
        served: list[str] = []

        class Server:
            def __init__(self, *_target, address, **_more):
                self.address = address

            def serve(self):
                served.append(self.address)

        monkeypatch.setattr(running, "Granian", Server)
        runner = app.test_cli_runner()
        refused = runner.invoke(running.serve, ["--host", "0.0.0.0"])
        assert refused.exit_code == 1
        assert "127.0.0.1 alone" in refused.output
        assert runner.invoke(running.serve, []).exit_code == 0
        assert served == ["127.0.0.1"]


class TestInProduction:
    @pytest.fixture
    def app_settings(self, monkeypatch):
        monkeypatch.setattr("storefront.web.logging.configure", lambda _level: None)
        return PRODUCTION

    def test_nothing_of_the_demo_is_filled_in(self, app):
        refused = app.test_cli_runner().invoke(demo.seed)
        assert refused.exit_code == 1
        assert "not in production" in refused.output


def test_a_shop_for_tests_listens_on_this_machine_alone(app):
    refused = app.test_cli_runner().invoke(running.serve, ["--host", "0.0.0.0"])
    assert refused.exit_code == 1
    assert "127.0.0.1 alone" in refused.output


def test_the_doctor_names_the_accounts_of_the_demo(context):
    production = Settings(shop_env="production")
    assert list(doctoring._demo_accounts(production)) == []
    add_user("stranger@example.org", proven=False)
    assert list(doctoring._demo_accounts(production)) == []
    add_user("admin@example.org")
    assert "password everyone knows" in "".join(doctoring._demo_accounts(production))
