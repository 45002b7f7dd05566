"""Awkward moments for money, stock and letters: what two people do at once, and what one bad row must not stop."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cast import World
from flask import Flask
from flask.testing import FlaskClient
from ordering import place_order
from paying import at_once, stock
from people import add_user
from sqlalchemy import func, select

from storefront import backups, config, doctoring
from storefront.cart import filling, finding
from storefront.cart.models import Cart
from storefront.checkout import expiring, pending
from storefront.checkout.models import OrderLine, OrderStatus
from storefront.core import clock, mail
from storefront.core.db import session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.giving import maturing, pledges
from storefront.giving.models import Pledge


def guests_order(key: str, sku: str) -> str:
    """An unpaid order of a guest whose cart has this key."""
    ref = place_order({sku: 1})
    with unit_of_work():
        session().get_one(Cart, order_of_now(ref).cart_id).key_hash = finding.key_hash(key)
    return ref


def order_of_now(ref: str) -> Any:
    """The order inside the running unit of work."""
    from storefront.checkout.models import Order

    return session().scalars(select(Order).where(Order.ref == ref)).one()


def test_an_unpaid_order_follows_its_cart_into_the_account(world: World) -> None:
    ref, user = guests_order("guest", "SCARF-RED"), add_user()
    with unit_of_work():
        own = finding.open_cart(None, user.id, clock.now()).cart
        filling.add(own, "SOAP", 1, clock.now())
    with unit_of_work():
        filling.merge("guest", user, clock.now())
    cart = finding.find(None, user.id)
    assert cart is not None
    assert pending.of_cart(cart.id).ref == ref
    with unit_of_work():
        filling.empty_after(SimpleNamespace(payment=SimpleNamespace(order=order_of_now(ref))))
    cart = finding.find(None, user.id)
    assert cart is not None
    assert [line.variant.sku for line in cart.lines] == ["SOAP"]


def test_two_late_payments_at_once_stay_under_a_cap(app: Flask, world: World) -> None:
    with unit_of_work():
        pledge = session().scalars(select(Pledge).where(Pledge.product_id == world.coffee.id)).one()
        pledge.cap_minor, pledge_id = 120, pledge.id
    refs = []
    for _number in range(2):  # Each owes all of the cap, as the one before has expired.
        refs.append(place_order({"COFFEE": 1}))
        with unit_of_work():
            expiring.expire(order_of_now(refs[-1]), clock.now())
    first_looked = threading.Event()

    def pay_late(ref: str, first: bool) -> None:
        if not first:
            first_looked.wait(10)
        with unit_of_work():
            order = order_of_now(ref)
            order.status, order.paid_at = OrderStatus.PAID, clock.now()
            session().flush()
            pledges.hold_to_cap(SimpleNamespace(payment=SimpleNamespace(order=order)))  # type: ignore[arg-type]
            if first:
                first_looked.set()
                threading.Event().wait(1)

    assert at_once(app, lambda: pay_late(refs[0], True), lambda: pay_late(refs[1], False)) == [None, None]
    session().rollback()
    owed = session().scalar(select(func.sum(OrderLine.pledge_minor)).where(OrderLine.pledge_id == pledge_id))
    assert owed == 120


def test_a_letter_that_cannot_be_written_keeps_no_other_waiting(context: Flask) -> None:
    now = clock.now()
    for to in ("bad\nBcc: all@example.org", "good@example.org"):
        with unit_of_work():
            mail.queue(mail.Email(to=to, subject="Hello", text="Hello", html="<p>Hello</p>", kind="test"), now)
    assert mail.send_due("", "shop@example.org") == 1
    bad, good = session().scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
    assert good.sent_at is not None
    assert bad.sent_at is None
    assert bad.attempts == 1
    assert "ValueError" in (bad.error or "")


def test_an_order_wholly_refunded_is_not_looked_at_for_ever(world: World) -> None:
    ref = place_order({"COFFEE": 1})
    with unit_of_work():
        order = order_of_now(ref)
        order.status, order.paid_at = OrderStatus.PAID, clock.now() - timedelta(days=40)
    from storefront.giving.posting import Posting, post

    for kind, minor in (("sale", -120), ("refund", 120)):
        with unit_of_work():
            sides = [Posting("stripe", -minor), Posting("charity:open-bench-foundation:pledged", minor)]
            post(kind, ref, currency="USD", at=clock.now(), postings=sides, order_id=order_of_now(ref).id)
    assert maturing.mature_pledges() == 0


def test_a_backup_counts_what_it_holds_and_not_what_came_after(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = backups._dump

    def dump_and_sell(target: Path) -> int:
        rows = dump(target)
        place_order({"COFFEE": 1})
        return rows

    monkeypatch.setattr(backups, "_dump", dump_and_sell)
    file = tmp_path / "shop.tar.gz"
    backups.write(file)
    backups.read(file, force=True)
    assert stock("COFFEE") == 10


def test_a_backup_is_for_its_owners_eyes_alone(world: World, tmp_path: Path) -> None:
    backups.write(tmp_path / "shop.tar.gz")
    assert (tmp_path / "shop.tar.gz").stat().st_mode & 0o077 == 0


def test_a_restore_that_fails_leaves_the_old_database(
    world: World, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database != "sqlite":
        pytest.skip("pg_restore does it in one transaction")
    backups.write(tmp_path / "shop.tar.gz")

    def full(*_args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("storefront.backups.shutil.copyfile", full)
    with pytest.raises(OSError, match="No space"):
        backups.read(tmp_path / "shop.tar.gz", force=True)
    assert stock("COFFEE") == 10


def test_the_doctor_names_what_makes_production_unsafe(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    unsafe = config.Settings(shop_env="production", stripe_webhook_secret="whsec_own,whsec_sandbox_demo")
    said = " ".join([*doctoring._proxies(unsafe), *doctoring._mail(unsafe), *doctoring._webhooks(unsafe)])
    assert "PROXIES" in said
    assert "MAIL_URL" in said
    assert "STRIPE_WEBHOOK_SECRET" in said


def test_voucher_codes_cannot_be_guessed_without_end(app: Flask) -> None:
    app.test_client_class = FlaskClient
    client = app.test_client()
    answers = {client.post("/cart/voucher", data={"code": f"GUESS{number}"}).status_code for number in range(31)}
    assert 429 in answers
