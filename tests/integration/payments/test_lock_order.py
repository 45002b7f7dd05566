"""Proving a mailbox claims orders, paying settles them, and both write the journal: at once, they must not lock up."""

from __future__ import annotations

from functools import partial

import pytest
from ordering import DETAILS, order_of, place_order
from paying import at_once
from people import PASSWORD, add_user
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from storefront.accounts import links, signing_in, signing_up
from storefront.accounts.links import Purpose
from storefront.accounts.models import User
from storefront.catalog import adjusting
from storefront.catalog.models import Variant
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.payments import settling

ROUNDS = 12


@pytest.mark.parametrize(
    ("purpose", "follow"),
    [(Purpose.EMAIL_PROOF, signing_up.prove_email), (Purpose.PASSWORD_RESET, signing_in.reset_password)],
    ids=["proof", "reset"],
)
def test_settling_and_claiming_at_once_never_wait_for_each_other(app, buy, stripe, purpose, follow):
    user_id = add_user(DETAILS.email, proven=False).id
    with unit_of_work() as current:
        current.execute(update(Variant).values(stock=1000))
    for _round in range(ROUNDS):
        payments = [buy({"COFFEE": 1}) for _ in range(3)]
        for payment in payments:
            stripe.pay(payment)
        refs, sessions = [one.order.ref for one in payments], [one.session_id for one in payments]
        with unit_of_work() as current:
            user = current.get_one(User, user_id)
            user.email_proven_at = None
            token = links.make(purpose, user)
        ended = at_once(
            app, *(partial(settling.settle, one) for one in sessions), partial(follow, token, PASSWORD, clock.now())
        )
        assert [type(one) for one in ended] == [str, str, str, User], ended
        assert {(order_of(ref).status, order_of(ref).user_id) for ref in refs} == {("paid", user_id)}
    session().rollback()
    assert journal.first_break() is None


def test_buying_the_last_and_lowering_its_price_at_once_never_wait_for_each_other(app, world):
    sku = "SOAP"
    for price in range(1790, 1790 - ROUNDS, -1):
        with unit_of_work() as current:
            current.execute(update(Variant).where(Variant.sku == sku).values(stock=1))
        ended = at_once(app, partial(place_order, {sku: 1}), partial(lower, sku, price))
        assert [one for one in ended if isinstance(one, OperationalError)] == []
        session().rollback()


def lower(sku: str, price: int) -> None:
    with unit_of_work() as current:
        variant = current.scalars(select(Variant).where(Variant.sku == sku)).one()
        adjusting.lower_price(variant, price, None, actor="user:EDITOR", now=clock.now())
