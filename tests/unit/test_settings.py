"""Settings: every one is documented, and an unsafe shop does not start."""

from __future__ import annotations

from dataclasses import fields

import pytest

from storefront.config import ROOT, Settings, UnsafeSettings, load, problems
from storefront.core import signing

SAFE = {
    "BASE_URL": "https://shop.example",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef-own",
    "SIGNING_KEY": signing.generate_key(),
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
}


def table_row(setting) -> str:
    default = str(setting.default).replace(str(ROOT), "<project>")
    return f"| `{setting.name.upper()}` | {f'`{default}`' if default else ''} | {setting.metadata['meaning']} |"


def test_every_setting_stands_in_the_docs_with_its_default_and_meaning():
    documented = (ROOT / "docs" / "settings.md").read_text().splitlines()
    assert [row for row in documented if row.startswith("| `")] == [table_row(setting) for setting in fields(Settings)]


def test_a_safe_production_shop_starts():
    assert problems(load(SAFE)) == []


@pytest.mark.parametrize("missing", SAFE)
def test_production_refuses_to_start_without_what_it_needs(missing):
    with pytest.raises(UnsafeSettings, match=missing):
        load({name: value for name, value in SAFE.items() if name != missing})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"BASE_URL": "http://shop.example"}, "https"),
        ({"SECRET_KEY": "short"}, "32 random"),
        ({"STRIPE_SECRET_KEY": "sk_test_sandbox_x"}, "sandbox"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:5010"}, "sandbox"),
        ({"HOLD_MINUTES": "5"}, "30 to 1440"),
        ({"HOLD_MINUTES": "soon"}, "whole number"),
        ({"FEE_BEARER": "charity"}, "FEE_BEARER must be shop or producer"),
        ({"REFUND_FEE_BEARER": ""}, "REFUND_FEE_BEARER must be shop or producer"),
        ({"SHOP_ENV": "prod"}, "production, demo or test"),
    ],
)
def test_production_refuses_what_is_unsafe_and_says_what_to_do(change, says):
    with pytest.raises(UnsafeSettings, match=says):
        load(SAFE | change)


def test_secrets_do_not_show_when_settings_are_printed():
    assert "0123456789" not in repr(load(SAFE))


def test_the_demo_needs_no_settings():
    assert load({"SHOP_ENV": "demo"}).base_url == "http://127.0.0.1:5000"
