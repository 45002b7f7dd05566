"""The ledger says of every sale and refund what a bookkeeper would have written by hand."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from cast import add_charity
from ordering import order_of, place_order
from receipts_made import buy, refund
from selling import send_off
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from storefront.charities.models import CharityStatus
from storefront.checkout import dispatching
from storefront.checkout.models import Order
from storefront.cli import cli
from storefront.core import clock
from storefront.core.db import db, session, unit_of_work
from storefront.core.money import Money
from storefront.giving import checking, entering, maturing, pledges, posting, totals
from storefront.giving.models import Entry, EntryGroup, Pledge
from storefront.payments.events import OrderPaid
from storefront.payments.finding import payment_of
from storefront.receipts import reading


def entries(kind: str) -> dict[str, int]:
    """What the newest group of this kind did to each account."""
    session().rollback()
    group = session().scalars(select(EntryGroup).where(EntryGroup.kind == kind).order_by(EntryGroup.id.desc())).first()
    sums: dict[str, int] = {}
    for entry in group.entries if group else ():
        sums[entry.account] = sums.get(entry.account, 0) + entry.minor
    return sums


def balances() -> dict[str, int]:
    """Every account that is not at zero."""
    session().rollback()
    names = session().scalars(select(Entry.account).distinct()).all()
    return {name: minor for name in names if (minor := posting.balance(name, "USD"))}


def test_a_sale_owes_everyone_their_part(world):
    # Coffee 2 x 24.00: 5 % is 2.40; of the rest 45.60, makers, materials and freight get 50, 20 and 15 %,
    # the shop 15 %. Scarf 48.00: fixed 1.00; of the rest 47.00 the same. Delivery 6.90 and 8.50.
    buy({"COFFEE": 2, "SCARF-RED": 1})
    assert entries("sale") == {
        "stripe": 4800 + 4800 + 690 + 850,
        "charity:open-bench-foundation:pledged": -240,
        "charity:hill-schools-trust:pledged": -100,
        "producer:sunlit-bench:payable": -(2280 + 912 + 684 + 690),
        "producer:tehrathum-weavers:payable": -(2350 + 940 + 705 + 850),
        "shop:revenue": -(684 + 705),
    }
    assert entries("shop-pledge") == {"shop:pledge-cost": 5, "shop:pledge": -5}  # 0.3 % of 13.89, rounded up
    assert checking.check() == []


def test_the_shop_alone_bears_a_voucher(world):
    buy({"SOAP": 1}, discount_minor=500)
    # Soap 18.00 pledges nothing: makers 9.00, materials 3.60, freight 2.70, the shop 2.70 less 5.00.
    assert entries("sale") == {
        "stripe": 1300 + 690,
        "producer:sunlit-bench:payable": -(900 + 360 + 270 + 690),
        "shop:revenue": 230,
    }
    assert checking.check() == []


def test_makers_keep_what_they_were_paid_before_when_goods_come_back(world):
    ref = buy({"COFFEE": 2})
    refund(ref, {"COFFEE": 1})
    assert entries("refund") == {
        "stripe": -2400,
        "charity:open-bench-foundation:pledged": 120,
        "producer:sunlit-bench:payable": 456 + 342,
        "shop:revenue": 342,
        "shop:returns": 1140,
    }
    assert checking.check() == []


def test_steps_of_a_refund_end_where_one_refund_of_all_ends(world):
    stepped = buy({"COFFEE": 3, "SCARF-RED": 1})
    for lines in ({"COFFEE": 1}, {"COFFEE": 1}, {"COFFEE": 1, "SCARF-RED": 1}):
        refund(stepped, lines, delivery="SCARF-RED" in lines)
    once = balances()
    assert not [account for account in once if account.startswith("charity:")]
    assert set(once) == {"shop:returns", "producer:sunlit-bench:payable", "producer:tehrathum-weavers:payable"}
    refund(buy({"COFFEE": 3, "SCARF-RED": 1}))
    assert balances() == {account: 2 * minor for account, minor in once.items()}
    assert checking.check() == []


def test_a_sale_is_entered_once_however_often_it_is_told(world):
    ref = buy({"COFFEE": 1})
    before = balances()
    with unit_of_work():
        order = session().scalars(select(Order).where(Order.ref == ref)).one()
        entering.enter_sale(OrderPaid(payment_of(order.id), clock.now()))
    assert balances() == before


@pytest.mark.parametrize("late", ["sent late", "not sent at all", "a part not sent"])
def test_a_pledge_is_not_payable_while_something_can_still_be_returned(world, late):
    order = order_of(buy({"COFFEE": 2}))
    closes = clock.now() + (dispatching.window_closes(order) - clock.today())
    if late != "not sent at all":
        with clock.at(closes - timedelta(days=10)):
            send_off(order, units={"COFFEE": 1 if late == "a part not sent" else 2})
    with clock.at(closes + timedelta(days=5)):
        assert maturing.mature_pledges() == 0
    with clock.at(closes + timedelta(days=21)):
        assert maturing.mature_pledges() == (late == "sent late")
        assert reading.lifecycle(reading.by_order(order.id)).is_payable == (late == "sent late")


def test_pledges_become_payable_when_the_return_window_closes(world):
    ref = buy({"COFFEE": 2})
    send_off(order_of(ref))
    closes = dispatching.window_closes(order_of(ref)) - clock.today()
    with clock.at(clock.now() + closes - timedelta(days=1)):
        assert maturing.mature_pledges() == 0, "it can be returned until 30 days after it should have come"
    with clock.at(clock.now() + closes):
        assert maturing.mature_pledges() == 1
        assert maturing.mature_pledges() == 0
    given = totals.by_charity("open-bench-foundation", "USD")
    assert (given.set_aside.minor, given.payable.minor) == (0, 240)
    refund(ref, {"COFFEE": 1})
    assert totals.by_charity("open-bench-foundation", "USD").total.minor == 120
    assert checking.check() == []


def test_a_later_pledge_never_reaches_back(world):
    ref = buy({"COFFEE": 2})
    with unit_of_work():
        other = add_charity("other-charity", "Other Charity", "women", clock.now())
        pledges.pledge(
            world.coffee.id, other, now=clock.now(), starts_on=clock.today(), currency="USD", rate=Decimal("0.5")
        )
    refund(ref, {"COFFEE": 1})
    assert posting.balance("charity:open-bench-foundation:pledged", "USD") == -120
    assert posting.balance("charity:other-charity:pledged", "USD") == 0
    assert session().scalar(select(Pledge).where(Pledge.superseded_at.is_not(None))) is not None


def test_a_suspended_charity_gets_no_new_pledge_and_none_can_name_it(world):
    with unit_of_work():
        charity = session().merge(world.open_bench)
        charity.status = CharityStatus.SUSPENDED
    assert order_of(place_order({"COFFEE": 1})).lines[0].pledge_minor == 0
    with unit_of_work():
        charity = session().merge(world.open_bench)
        with pytest.raises(pledges.CharityNotApproved):
            pledges.pledge(
                world.soap.id, charity, now=clock.now(), starts_on=clock.today(), currency="USD", amount=Money(1, "USD")
            )


def test_a_cap_is_never_passed_by_orders_placed_at_once(world, app):
    with unit_of_work():
        charity = session().merge(world.open_bench)
        pledges.pledge(
            world.coffee.id,
            charity,
            now=clock.now(),
            starts_on=clock.today(),
            currency="USD",
            rate=Decimal("0.05"),
            cap=Money(300, "USD"),
        )
    wrong: list[Exception] = []

    def place() -> None:
        with app.app_context():
            try:
                place_order({"COFFEE": 1})
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=place) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    session().rollback()
    owed = session().scalars(text("SELECT pledge_minor FROM order_line ORDER BY pledge_minor")).all()
    assert owed == [0, 0, 60, 120, 120]


@pytest.mark.parametrize("table", ["entry", "entry_group", "revision", "receipt", "signing_key"])
def test_the_database_refuses_to_change_or_delete_what_was_entered(world, table):
    buy({"COFFEE": 1})
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)


def run(statement: str) -> None:
    with unit_of_work() as current:
        current.execute(text(statement))


TAMPERING = {
    "UPDATE entry SET minor = minor + 1 WHERE account = 'stripe'": "sum to 1",
    "DELETE FROM entry WHERE account = 'shop:revenue'": "group sale/",
    "UPDATE entry SET account = 'charity:hill-schools-trust:pledged' WHERE account LIKE 'charity:open%'": "receipt",
    "UPDATE entry SET currency = 'JPY' WHERE account = 'shop:revenue'": "has an entry in JPY",
    'UPDATE "order" SET paid_at = NULL': "was never paid",
    "UPDATE payment SET amount_minor = amount_minor + 5": "Stripe should hold",
    "DELETE FROM revision": "gaps in its revisions",
    "UPDATE revision SET jwt = replace(jwt, 'a', 'b')": "doesn't verify",
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_the_check_names_what_was_tampered_with(world, app, tampering):
    buy({"COFFEE": 2})
    command = cli.get_command(None, "ledger")
    assert app.test_cli_runner().invoke(command, ["check"]).exit_code == 0
    session().rollback()
    without_guards(tampering)
    result = app.test_cli_runner().invoke(command, ["check"])
    assert result.exit_code == 1
    assert TAMPERING[tampering] in result.output


def without_guards(statement: str) -> None:
    """Change rows as only someone with the whole database in hand could."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for table in ("entry", "entry_group", "revision"):
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
                connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))
