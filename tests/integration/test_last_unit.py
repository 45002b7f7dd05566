"""The last unit is sold once: many processes place orders at the same moment for too few goods.

Each process is a shop of its own over the same database, as in production. Carts hold their lines in any
order and share stock with every other cart. The controls take the guards away and must oversell.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from storefront.cart.models import Cart, CartLine
from storefront.catalog.models import Variant
from storefront.checkout import holding
from storefront.checkout.models import Hold, HoldStatus, Order
from storefront.core import clock
from storefront.core.db import db, session, unit_of_work
from storefront.core.refs import key_hash, new_ref

PROCESSES = 8
# Tries of each process; thousands in all where the whole suite runs, fewer while one works on it.
TRIES = int(os.environ.get("LAST_UNIT_TRIES", "260" if os.environ.get("CI") else "80"))
STOCK = {"COFFEE": 60, "COFFEE-DARK": 40, "SOAP": 25, "SCARF-RED": 1}
READ_BEFORE: dict[int, Any] = {}


def hammer(number: int, settings: dict, tries: int, guard: str, start, results) -> None:
    """A process: one cart after another, each placed once; says what it got, and every error that it met."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from conftest import make_app

    app = make_app(Path(settings.pop("data_dir")), **settings)
    got: Counter[str] = Counter()
    try:
        with app.app_context():
            if guard != "there":
                take_guard_away()
            start.wait()
            for at in range(tries):
                try_once(random.Random(number * 10_000 + at), number, at, got)
            db.session.remove()
            db.engine.dispose()
    except BaseException as error:
        got[f"error: {type(error).__name__}: {error}"[:300]] += 1
    results.put(dict(got))


def try_once(chance: random.Random, number: int, at: int, got: Counter[str]) -> None:
    """A cart with one to three goods in any order is placed, or refused because they are gone."""
    from storefront.cart.viewing import view
    from storefront.checkout.comparing import fingerprint
    from storefront.checkout.placing import CartChanged, Details, OutOfStock, place, price_view

    skus = chance.sample(sorted(STOCK), chance.randint(1, 3))
    with unit_of_work() as current:
        ids = dict(current.execute(select(Variant.sku, Variant.id)).all())
        now = clock.now()
        cart = Cart(key_hash=key_hash(f"{number}-{at}"), checkout={}, notes=[], created_at=now, expires_at=now)
        cart.lines = [
            CartLine(ref=new_ref(), variant_id=ids[sku], quantity=chance.randint(1, 2), seen_minor=1, added_at=now)
            for sku in skus
        ]
        current.add(cart)
        current.flush()
        cart_id = cart.id
    cart = session().get_one(Cart, cart_id)
    shown = view(cart)
    saw = fingerprint(shown, price_view(shown, None))
    details = Details("ada@example.org", "Ada Lark", "12 Long Lane", "Ghent", "", "9000", "BE")
    read_stock()
    try:
        with unit_of_work():
            cart = session().get_one(Cart, cart_id)
            order = place(cart, details, user=None, now=clock.now(), fingerprint=saw)
            units = {line.sku: line.quantity for line in order.lines}
    except (OutOfStock, CartChanged) as refused:
        got[f"refused: {type(refused).__name__}"] += 1
    else:
        got.update(units)
        got["orders"] += 1


def take_guard_away() -> None:
    """The control: write what should be left by what was read before, as one would without thinking."""

    def read_then_write(variant_id: int, quantity: int) -> holding._Moved | None:
        seen = READ_BEFORE[variant_id]
        if seen.stock < quantity:
            return None
        session().execute(
            update(Variant).where(Variant.id == variant_id).values(stock=seen.stock - quantity),
            execution_options={"synchronize_session": False},
        )
        return holding._Moved(seen.product_id, seen.stock - quantity)

    holding._take_off = read_then_write


def read_stock() -> None:
    """What the control goes by."""
    rows = session().execute(select(Variant.id, Variant.product_id, Variant.stock)).all()
    READ_BEFORE.update({row.id: row for row in rows})


def set_stock() -> None:
    with unit_of_work() as current:
        for sku, stock in STOCK.items():
            current.execute(update(Variant).where(Variant.sku == sku).values(stock=stock))


def run(app, tries: int, guard: str = "there") -> Counter[str]:
    """Let all processes loose at once and add up what they got."""
    settings = {"data_dir": str(app.instance_path), "database_url": app.config["SQLALCHEMY_DATABASE_URI"]}
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=hammer, args=(number, dict(settings), tries, guard, start, results), daemon=True)
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    total: Counter[str] = Counter()
    for _ in processes:
        total.update(results.get(timeout=240))
    for process in processes:
        process.join(30)
    session().rollback()
    return total


def left() -> dict[str, int]:
    return dict(session().execute(select(Variant.sku, Variant.stock).where(Variant.sku.in_(STOCK))).all())


@pytest.mark.slow
def test_last_unit_exactly_the_stock_is_sold_whatever_the_rush(world, app):
    set_stock()
    got = run(app, TRIES)
    errors = [name for name in got if name.startswith("error")]
    assert errors == []
    remaining = left()
    assert {sku: got[sku] + remaining[sku] for sku in STOCK} == STOCK
    assert remaining["SCARF-RED"] == 0
    assert remaining["COFFEE"] <= 1, "whoever wanted one unit got it while there was one"
    held = dict(
        session().execute(
            select(Variant.sku, func.sum(Hold.quantity))
            .join(Hold, Hold.variant_id == Variant.id)
            .where(Hold.status == HoldStatus.HELD)
            .group_by(Variant.sku)
        ).all()
    )  # fmt: skip
    assert {sku: held[sku] for sku in STOCK} == {sku: got[sku] for sku in STOCK}
    assert session().scalar(select(func.count(Order.id))) == got["orders"]
    assert got["orders"] + got["refused: OutOfStock"] + got["refused: CartChanged"] == TRIES * PROCESSES


@pytest.mark.slow
def test_last_unit_control_without_the_guard_the_same_rush_oversells(world, app):
    set_stock()
    got = run(app, 12, guard="away")
    remaining = left()
    assert any(got[sku] + remaining[sku] > STOCK[sku] for sku in STOCK), dict(got)


def test_last_unit_the_database_itself_refuses_stock_below_zero(world):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), unit_of_work() as current:
        current.execute(text("UPDATE variant SET stock = stock - 3 WHERE sku = 'SCARF-RED'"))


def test_last_unit_two_lines_of_a_cart_cannot_share_one_stock(world):
    from sqlalchemy.exc import IntegrityError

    now = clock.now()
    variant = session().scalar(select(Variant.id).where(Variant.sku == "SCARF-RED"))
    cart = Cart(key_hash="x", checkout={}, notes=[], created_at=now, expires_at=now)
    cart.lines = [
        CartLine(ref=new_ref(), variant_id=variant, quantity=1, seen_minor=4800, added_at=now) for _ in range(2)
    ]
    with pytest.raises(IntegrityError), unit_of_work() as current:
        current.add(cart)
