"""`storefront ledger check` names what somebody with the whole database in hand has changed."""

from __future__ import annotations

import pytest
from receipts_made import buy, refund
from sqlalchemy import text

from storefront.cli import cli
from storefront.core.db import db, session

GUARDED = ("entry", "entry_group", "revision", "receipt", "signing_key")

# What is done to a sold and partly refunded order, and a word of what the check must say to it.
TAMPERING = {
    "a sale is taken out": (
        [
            "DELETE FROM entry WHERE group_id IN (SELECT id FROM entry_group WHERE kind = 'sale')",
            "DELETE FROM entry_group WHERE kind = 'sale'",
        ],
        "the ledger's sale says None",
    ),
    "a refund is taken out": (
        [
            "DELETE FROM entry WHERE group_id IN (SELECT id FROM entry_group WHERE kind = 'refund')",
            "DELETE FROM entry_group WHERE kind = 'refund'",
        ],
        "is done and not in the ledger",
    ),
    "a pledge is moved to another line of the books": (
        [
            "UPDATE entry SET account = 'shop:revenue' WHERE account LIKE 'charity:%'"
            " AND group_id IN (SELECT id FROM entry_group WHERE kind = 'sale')"
        ],
        "the ledger says",
    ),
    "a cap is lowered afterwards": (["UPDATE pledge SET cap_minor = 1 WHERE rate IS NOT NULL"], "above its cap of 1"),
    "a line's promise is lowered": (["UPDATE order_line SET pledge_minor = 1"], "owes 1, the ledger says"),
    "money is said to have come": (["UPDATE payment SET paid_at = NULL"], "Stripe should hold"),
    "a refund is said to be undone": (["UPDATE refund SET status = 'failed'"], "Stripe should hold"),
    "a receipt is taken out": (["DELETE FROM revision", "DELETE FROM receipt"], "was sold and has no receipt"),
    "the first revision is taken out": (["DELETE FROM revision WHERE number = 1"], "gaps in its revisions"),
    "a revision is put in the other's place": (
        ["UPDATE revision SET number = number + 10", "UPDATE revision SET number = 13 - number"],
        "doesn't name the one it replaces",
    ),
    "the keys are exchanged": (["DELETE FROM signing_key"], "doesn't verify"),
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_the_check_names_it_and_exits_with_one(world, app, tampering):
    refund(buy({"COFFEE": 2}), {"COFFEE": 1})
    assert check(app) == (0, "The ledger is whole: groups balance, and orders, payments, refunds, caps and receipts "
                             "agree with it.\n")  # fmt: skip
    statements, words = TAMPERING[tampering]
    without_guards(statements)
    code, said = check(app)
    assert code == 1
    assert words in said
    assert "Nothing was changed" in said


def check(app) -> tuple[int, str]:
    session().rollback()
    result = app.test_cli_runner().invoke(cli.get_command(None, "ledger"), ["check"])
    return result.exit_code, result.output


def without_guards(statements: list[str]) -> None:
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for table in GUARDED:
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
