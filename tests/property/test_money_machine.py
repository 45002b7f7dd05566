"""Whatever shoppers, admins, banks and the clock do, and in whatever order: the money adds up at every step.

The steps go the real way: orders are placed from carts, paid in a running Stripe sandbox, settled,
refunded, disputed, expired, and told of twice.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from cast import build_world
from conftest import make_app
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ordering import place_order
from paying import KEY, SECRET, Stripe, fresh, give_back, payment_of
from sqlalchemy import func, select, update

from storefront.catalog.models import Variant
from storefront.checkout import expiring
from storefront.checkout.holding import OutOfStock
from storefront.checkout.models import Hold, HoldStatus, Order, OrderLine, OrderStatus, Parcel, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import checking as ledger_checking
from storefront.giving import maturing
from storefront.payments import disputing, gateway, handling, reconciling, refunding, settling, starting
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundLine, RefundStatus
from storefront.payments.remaining import TooMany, by_lines, left_of
from storefront.receipts import checking as receipt_checking
from storefront.receipts import issuing, reading
from storefront.receipts.foreseeing import foresee
from storefront.stripe_sandbox import Options, run_in_thread

SKUS = ("COFFEE", "COFFEE-DARK", "SOAP", "SCARF-RED")
STEPS, EXAMPLES = (60, 60) if os.environ.get("DRILL") else (20, 20)
REFUSALS = (refunding.NotRefundable, refunding.NothingToRefund, refunding.OverRefund, TooMany)


class MoneyMachine(RuleBasedStateMachine):
    """A shop, its sandbox and a clock; `refs` are the orders so far."""

    template: Path
    stripe: Stripe

    @initialize()
    def open_the_shop(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "shop.sqlite")
        app = make_app(
            self.folder, stripe_api_base=self.stripe.url, stripe_secret_key=KEY, stripe_webhook_secret=SECRET
        )
        self.context = app.app_context()
        self.context.push()
        build_world()
        self.stripe("clock", reset=True)
        self.time = clock.at(clock.now())
        self.time.__enter__()
        self.refs: list[str] = []
        self.disputed: set[str] = set()
        self.start = self._stock_by_sku()

    def teardown(self) -> None:
        if hasattr(self, "context"):
            session().close()
            session().get_bind().dispose()  # type: ignore[union-attr]
            self.time.__exit__(None, None, None)
            self.context.pop()
            shutil.rmtree(self.folder)

    @rule(
        sku=st.sampled_from(SKUS),
        other=st.sampled_from(SKUS),
        quantity=st.integers(1, 3),
        off=st.sampled_from([0, 0, 333]),
    )
    def buy(self, sku: str, other: str, quantity: int, off: int) -> None:
        try:
            ref = place_order({other: 1, sku: quantity}, discount_minor=off)
        except OutOfStock:
            session().rollback()
            return
        self.refs.append(ref)
        starting.start(ref)

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), told=st.sampled_from(["at once", "twice", "late"]))
    def pay(self, data: st.DataObject, told: str) -> None:
        payment = payment_of(data.draw(st.sampled_from(self.refs)))
        if payment.status != PaymentStatus.OPEN or not self._session_is_open(payment):
            return
        self.stripe.pay(payment)
        for _ in range({"at once": 1, "twice": 2, "late": 0}[told]):
            settling.settle(str(payment.session_id))

    @precondition(lambda self: self.refs)
    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        payment = payment_of(data.draw(st.sampled_from(self.refs)))
        settling.settle(str(payment.session_id))

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), units=st.integers(1, 3), delivery=st.booleans(), restock=st.booleans())
    def refund_some(self, data: st.DataObject, units: int, delivery: bool, restock: bool) -> None:
        payment = payment_of(data.draw(st.sampled_from(self.refs)))
        line = data.draw(st.sampled_from(payment.order.lines))
        try:
            foreseen = foresee(
                payment, by_lines(left_of(payment), {line.ref: units}, delivery=delivery), clock.now()
            ) if payment.bought else None  # fmt: skip
            refund = give_back(payment, {line.sku: units}, delivery=delivery, restock=restock)
        except REFUSALS:
            session().rollback()
            return
        if foreseen and all(one.status in (RefundStatus.DONE, RefundStatus.FAILED) for one in fresh(payment).refunds):
            newest = issuing.newest(reading.by_order(payment.order_id))
            assert refund.amount_minor == foreseen.money.minor
            assert reading.said(newest)["credentialSubject"] == foreseen.would_say

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), restock=st.booleans())
    def refund_all(self, data: st.DataObject, restock: bool) -> None:
        try:
            give_back(payment_of(data.draw(st.sampled_from(self.refs))), restock=restock)
        except REFUSALS:
            session().rollback()

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), minor=st.integers(1, 900))
    def refund_in_the_dashboard(self, data: st.DataObject, minor: int) -> None:
        payment = payment_of(data.draw(st.sampled_from(self.refs)))
        if payment.charge_id is None or payment.ref in self.disputed or self._left(payment) < minor:
            return
        self.stripe(f"charges/{payment.charge_id}/refund", amount=minor)
        self._hear_everything()

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), outcome=st.sampled_from(["won", "lost", "open"]))
    def dispute(self, data: st.DataObject, outcome: str) -> None:
        payment = payment_of(data.draw(st.sampled_from(self.refs)))
        refunded = session().scalar(select(Refund.id).where(Refund.payment_id == payment.id))
        if payment.status != PaymentStatus.PAID or refunded or payment.ref in self.disputed:
            return
        self.disputed.add(payment.ref)
        dispute = self.stripe(f"charges/{payment.charge_id}/dispute", reason="fraudulent")
        disputing.follow(dispute["id"])
        if outcome != "open":
            self.stripe(f"disputes/{dispute['id']}/close", outcome=outcome)
            disputing.follow(dispute["id"])

    @rule()
    def learn_fees(self) -> None:
        for ref in self.refs:
            payment = payment_of(ref)
            if payment.charge_id and payment.fee_minor is None:
                self.stripe(f"charges/{payment.charge_id}/settle")
        reconciling.reconcile(timedelta(0))

    @rule(minutes=st.sampled_from([20, 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        now = clock.now()
        self.time.__exit__(None, None, None)
        self.time = clock.at(now + timedelta(minutes=minutes))
        self.time.__enter__()
        self.stripe("clock", advance=60 * minutes)
        expiring.expire_orders()

    @rule()
    def return_windows_close(self) -> None:
        with unit_of_work() as current:
            waiting = Parcel.status == ParcelStatus.WAITING
            paid = Parcel.order_id.in_(select(Order.id).where(Order.status == OrderStatus.PAID))
            current.execute(update(Parcel).where(waiting, paid).values(status=ParcelStatus.DELIVERED))
        with clock.at(clock.now() + timedelta(days=60)):
            maturing.mature_pledges()

    @invariant()
    def the_ledger_agrees_with_everything(self) -> None:
        if hasattr(self, "context"):
            session().rollback()
            assert ledger_checking.check() == []

    @invariant()
    def the_receipts_agree_with_the_ledger(self) -> None:
        if hasattr(self, "context"):
            session().rollback()
            assert receipt_checking.check() == []

    @invariant()
    def no_unit_is_lost_or_made(self) -> None:
        if not hasattr(self, "context"):
            return
        session().rollback()
        out = dict(
            session()
            .execute(
                select(Variant.sku, func.sum(Hold.quantity))
                .join(Variant, Variant.id == Hold.variant_id)
                .where(Hold.status != HoldStatus.RELEASED)
                .group_by(Variant.sku)
            )
            .all()
        )
        back = dict(
            session()
            .execute(
                select(Variant.sku, func.sum(RefundLine.quantity))
                .join(Refund, Refund.id == RefundLine.refund_id)
                .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
                .join(Variant, Variant.id == OrderLine.variant_id)
                .join(Payment, Payment.id == Refund.payment_id)
                .where(Refund.status == RefundStatus.DONE, Refund.restock, Payment.bought)
                .group_by(Variant.sku)
            )
            .all()
        )
        for sku, left in self._stock_by_sku().items():
            assert left == self.start[sku] - out.get(sku, 0) + back.get(sku, 0), sku

    @invariant()
    def what_is_sold_was_paid_and_what_was_paid_is_sold_or_owed_back(self) -> None:
        if not hasattr(self, "context"):
            return
        for order in session().scalars(select(Order).where(Order.status == OrderStatus.PAID)):
            bought = session().scalars(select(Payment).where(Payment.order_id == order.id, Payment.bought)).all()
            assert [payment.amount_minor for payment in bought] == [order.total_minor]

    def _stock_by_sku(self) -> dict[str, int]:
        session().rollback()
        return dict(session().execute(select(Variant.sku, Variant.stock)).all())

    def _session_is_open(self, payment: Payment) -> bool:
        return self.stripe.get(f"/v1/checkout/sessions/{payment.session_id}")["status"] == "open"

    def _left(self, payment: Payment) -> int:
        given = session().scalar(
            select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
                Refund.payment_id == payment.id, Refund.status != RefundStatus.FAILED
            )
        )
        return fresh(payment).amount_minor - int(given or 0) if payment.paid_at else 0

    def _hear_everything(self) -> None:
        """What the webhook would have told: every event that Stripe has, the newest of them twice."""
        listed = self.stripe.get("/v1/events?limit=3")["data"]
        for event in [*listed, *listed[:1]]:
            handling.replay(event["id"])


def test_the_money_adds_up_whatever_happens(sqlite_template):
    with run_in_thread(Options(port=0, settle_seconds=86400, dispute_seconds=86400)) as sandbox:
        stripe = Stripe(sandbox.url)
        stripe("webhooks/pause")
        MoneyMachine.template = sqlite_template / "shop.sqlite" if sqlite_template.is_dir() else sqlite_template
        MoneyMachine.stripe = stripe
        run_state_machine_as_test(
            MoneyMachine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize="DRILL" not in os.environ,  # The suite tries the same ways each time, a drill new ones.
                database=None,
                phases=(
                    Phase.explicit,
                    Phase.reuse,
                    Phase.generate,
                ),  # A failure is told as found: shrinking takes minutes.
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    gateway.forget_clients()


def test_the_machine_notices_a_ledger_that_forgets_refunds(sqlite_template):
    """The control: with refunds not entered, the same proofs find it."""
    from storefront import reactions
    from storefront.core import events
    from storefront.payments.events import RefundDone

    broken = {**reactions.REACTIONS, RefundDone: []}
    with run_in_thread(Options(port=0, settle_seconds=86400, dispute_seconds=86400)) as sandbox:
        MoneyMachine.template = sqlite_template / "shop.sqlite" if sqlite_template.is_dir() else sqlite_template
        MoneyMachine.stripe = Stripe(sandbox.url)
        machine = MoneyMachine()
        try:
            machine.open_the_shop()
            events.connect(broken)
            ref = place_order({"COFFEE": 2})
            starting.start(ref)
            machine.stripe.pay(payment_of(ref))
            settling.settle(str(payment_of(ref).session_id))
            assert ledger_checking.check() == []
            give_back(payment_of(ref), {"COFFEE": 1})
            session().rollback()
            assert any("not in the ledger" in line for line in ledger_checking.check())
        finally:
            events.connect(reactions.REACTIONS)
            machine.teardown()
    gateway.forget_clients()
