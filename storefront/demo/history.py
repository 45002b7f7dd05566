"""The demo's past: orders that were placed, paid in the sandbox, partly refunded and reviewed.

Every one goes the way that a shopper's would, at a clock set back, so that each total on the pages is a
sum of real ledger rows.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from storefront import config
from storefront.accounts.models import Role, User
from storefront.cart import filling, finding, viewing
from storefront.checkout import comparing, placing
from storefront.checkout.models import Order
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.demo import deliveries
from storefront.demo.people import SHOPPER, account
from storefront.giving import maturing
from storefront.payments import reconciling, refunding, settling, starting
from storefront.payments.finding import payment_of
from storefront.payments.models import Payment
from storefront.producers import members
from storefront.voices import answering, moderating, reviewing

ARRIVED_DAYS = 10  # what was bought so long ago has come by now
ADDRESS = ("1 Quiet Road", "Springfield", "IL", "62701", "US")


@dataclass(frozen=True)
class Opinion:
    """A review of the first line of an order, what the group answered, and whether it still waits to be read."""

    stars: int
    text: str
    signed_as: str
    answer: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Past:
    """An order `days` ago: goods by SKU, who bought, what went back, and what was said of it."""

    days: int
    email: str
    name: str
    goods: dict[str, int]
    back: dict[str, int] | None = None  # SKU and how many were refunded; an empty one means all of the order
    why: str = ""
    opinion: Opinion | None = None


PASTS = (
    Past(61, SHOPPER, "Robin Reader", {"SB-DRIP-MIX": 2, "TW-DHAKA-RED": 1}, opinion=Opinion(
        5, "The berry one divided us as promised. The little card says which bench packed the box, and I like "
        "that the coffee is simply good.", "Robin")),
    Past(59, "f.rossi@example.org", "F. Rossi", {"MC-KIO-M": 1, "MG-HON-350": 2}, opinion=Opinion(
        5, "Holds eleven kilos of potatoes and looks better than anything else in the pantry. The handles are "
        "bound so tightly that they creak.", "F. R.")),
    Past(57, "a.okafor@example.org", "A. Okafor", {"JT-TRUCK-1": 1}, opinion=Opinion(
        5, "Two years old, thrown down the stairs daily, not a crack. The wheels are louder than the pictures say.",
        "A parent in Leeds", "The wheels are milled from caps, which are harder than the body. A rubber band around "
        "each makes it a night truck; our own children taught us.")),
    Past(52, "m.lindqvist@example.org", "M. Lindqvist", {"BP-SET": 1, "BL-NOTE-IND": 2}, opinion=Opinion(
        4, "The glaze is quieter than on the screen and better for it. The bowl is smaller than I had thought: "
        "read the measures.", "M. L.", "You are right about the bowl: the picture had nothing beside it. There is an "
        "apple in it now, and the measures stand in the first line.")),
    Past(47, "sato@example.org", "H. Sato", {"IG-SABAI-BEAN": 2}, opinion=Opinion(
        5, "Clean and sweet, and fresh. I looked up the batch and found the day it was washed.", "H. S.")),
    Past(45, "b.owusu@example.org", "B. Owusu", {"KD-TRIO": 2, "TA-SHEA-1": 1}, opinion=Opinion(
        4, "The ginger bar is the one to fight over. I would have liked to know which of the villages.", "B. O.")),
    Past(44, "paz@example.org", "Paz Rivas", {"TW-FELT-40": 3, "SB-SOAP-3": 1}, {"TW-FELT-40": 1},
         "One garland had a broken thread"),
    Past(39, SHOPPER, "Robin Reader", {"LS-SAND-S": 1}, opinion=Opinion(
        4, "Third button already. They are stiff for the first week, then they aren't.", "Robin")),
    Past(35, "j.meyer@example.org", "J. Meyer", {"TW-DHAKA-WHT": 1, "TW-TOTE-1": 1}, opinion=Opinion(
        5, "Heavier than I expected of cotton, in the good way. The fringe is finished by hand and it shows.",
        "J. M.")),
    Past(34, "i.kovac@example.org", "I. Kovac", {"KL-KIK-BLU": 2, "OH-SERV-PAIR": 1}, opinion=Opinion(
        5, "Thin, quick to dry, and it has stopped shedding after two washes, as the page said it would.", "I. K.")),
    Past(33, "dufour@example.org", "C. Dufour", {"SB-DRIP-WASH": 1}, {}, "Sent to an old address and returned"),
    Past(26, "k.adeyemi@example.org", "K. Adeyemi", {"SB-SOAP-3": 2, "BL-NOTE-GRN": 1}, opinion=Opinion(
        5, "Smells of a garden and not of a shop. It lasts.", "K.")),
    Past(24, "g.larsen@example.org", "G. Larsen", {"FL-LANT-GRN": 1, "HD-TEA-TIN": 1}, opinion=Opinion(
        4, "Six hours of light on the second setting, measured. The strap is the weakest part.", "G. L.")),
    Past(21, "n.bauer@example.org", "N. Bauer", {"BP-MUG": 2}, {"BP-MUG": 1}, "One mug arrived chipped"),
    Past(17, SHOPPER, "Robin Reader", {"IG-SABAI-FILT": 1, "TW-FELT-40": 1}),
    Past(12, "t.novak@example.org", "T. Novak", {"JT-TRUCK-1": 1, "LS-SAND-M": 1}, opinion=Opinion(
        5, "Bought for the truck, stayed for the story of the bottle-cap roof.", "T. N.")),
    Past(10, "p.quispe@example.org", "P. Quispe", {"KY-WHT-500": 3, "CC-RING-5": 1}, {"KY-WHT-500": 1},
         "One bag was torn in the post"),
    Past(8, "l.santos@example.org", "L. Santos", {"TW-DHAKA-RED": 1, "SB-DRIP-MIX": 1}),
    Past(6, "d.murphy@example.org", "D. Murphy", {"SP-CAN-GRN": 1, "LL-CAN-COC": 1}),
    Past(5, "w.chen@example.org", "W. Chen", {"SB-SOAP-3": 1}, opinion=Opinion(
        5, "Three bars, and one was gone to a neighbour within the day.", "", waits=True)),
    Past(2, "e.haugen@example.org", "E. Haugen", {"BL-NOTE-IND": 1, "IG-SABAI-PEAB": 1, "TW-TOTE-1": 1}),
)  # fmt: skip


def seed_history(tell: Callable[[str], object]) -> None:
    """Make the past, unless there is one already; needs the Stripe sandbox to answer."""
    if session().scalar(select(Order.id).limit(1)) is not None:
        return
    now = clock.now()
    with _sandbox_clock():
        for past in PASTS:
            _control("clock", advance=-past.days * 86400)
            with clock.at(now - timedelta(days=past.days)):
                order_ref = buy(past)
                _control("clock", advance=3600)
                reconciling.reconcile(timedelta(0))
                _give_back(past, order_ref)
            if past.days >= ARRIVED_DAYS:
                deliveries.bring(order_ref, now - timedelta(days=past.days))
            _control("clock", reset=True)
            tell(f"order {order_ref}, {past.days} days ago")
        _control("clock", reset=True)
    deliveries.ask_back(now)
    _opinions(now)
    maturing.mature_pledges()


def buy(past: Past) -> str:
    """The whole way of one purchase; returns the order's reference."""
    now = clock.now()
    with unit_of_work():
        user = session().scalar(select(User).where(User.email == past.email))
        cart = finding.open_cart(None, user.id if user else None, now).cart
        session().flush()
        for sku, quantity in past.goods.items():
            filling.add(cart, sku, quantity, now)
    with unit_of_work():
        view = viewing.view(cart)
        details = placing.Details(past.email, past.name, *ADDRESS)
        seen = comparing.fingerprint(view, placing.price_view(view, None))
        order_ref = placing.place(cart, details, user=user, now=now, fingerprint=seen).ref
    starting.start(order_ref)
    payment = session().scalars(select(Payment).join(Order).where(Order.ref == order_ref)).one()
    session_id = payment.session_id
    _control(f"sessions/{session_id}/pay", card="4242424242424242", name=past.name, email=past.email)
    return settling.settle(str(session_id))


def _give_back(past: Past, order_ref: str) -> None:
    if past.back is None:
        return
    now = clock.now() + timedelta(days=1)
    with unit_of_work():
        order = session().scalars(select(Order).where(Order.ref == order_ref)).one()
        payment = payment_of(order.id)
        assert payment is not None
        if past.back:
            lines = {line.ref: past.back[line.sku] for line in order.lines if line.sku in past.back}
            refund = refunding.ask(
                payment, lines, delivery=False, reason=past.why, asked_by="system", restock=False, now=now
            )
        else:
            refund = refunding.ask_whole(payment, reason=past.why, asked_by="system", now=now, restock=True)
        refund_ref = refund.ref
    refunding.send(refund_ref)


def _opinions(now: datetime) -> None:
    """Each opinion belongs to the first line of its order, a fortnight after it, and was read the day after."""
    admin = account("admin@example.org", "Ada Admin", Role.ADMIN)
    for past in PASTS:
        if past.opinion is None:
            continue
        said = now - timedelta(days=max(past.days - 14, 1))
        with unit_of_work() as current:
            order = current.scalars(select(Order).where(Order.email == past.email).order_by(Order.placed_at)).all()[
                [one.days for one in PASTS if one.email == past.email].index(past.days)
            ]
            opinion, line = past.opinion, order.lines[0]
            review = reviewing.write(
                line, by=None, stars=opinion.stars, text=opinion.text, signed_as=opinion.signed_as, now=said
            )
            if opinion.waits:
                continue
            moderating.show(review, seen=1, by=admin, now=said + timedelta(hours=20))
            if opinion.answer:
                member = members.of_group(line.parcel.producer_id)[0]
                answering.answer(review, opinion.answer, seen=review.version, by=member, now=said + timedelta(days=2))


@contextmanager
def _sandbox_clock() -> Iterator[None]:
    """Whatever happens, the sandbox's clock is right again afterwards."""
    try:
        yield
    finally:
        _control("clock", reset=True)


def _control(path: str, **facts: Any) -> Any:
    """Ask the sandbox's control API; only a demo has one."""
    settings = config.current()
    request = urllib.request.Request(  # noqa: S310 - the address of the sandbox, from the settings
        f"{settings.stripe_api_base}/_sandbox/{path}",
        data=json.dumps(facts).encode(),
        headers={"Authorization": f"Bearer {settings.stripe_secret_key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return json.load(answer)
