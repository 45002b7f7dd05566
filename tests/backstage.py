"""The steps of a journey that no page has to show: done at once by the shop's own code, on a running shop."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import batches
import pyotp
from applying_made import applied, approved, judge
from browsing import sign_in
from flask import Flask
from listings import approve, change, filled, send, start
from ordering import order_of
from people import PASSWORD, add_user
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select

from storefront import chores, config
from storefront.accounts import finding as accounts
from storefront.accounts import second_step
from storefront.accounts.models import Role, User
from storefront.catalog import revising
from storefront.catalog.models import Product
from storefront.core import clock, media
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_ref
from storefront.demo.history import Past, buy
from storefront.giving import statements
from storefront.payments import refunding
from storefront.payments.finding import payment_of
from storefront.producers import payout_accounts
from storefront.producers.models import Member, MemberRole, PayoutWay, Producer
from storefront.vetting import finding
from storefront.vetting.models import CaseState
from storefront.voices import asking, moderating
from storefront.voices.models import Question

CHARITY = "her-own-account"  # one of the demo's
IBAN = "DE89370400440532013000"


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and with the secret of an authenticator where they have one."""

    email: str
    name: str
    secret: str = ""

    def enter(self, page: Page) -> None:
        """Sign in by the form, with the second step where there is one."""
        sign_in(page, self.email, PASSWORD)
        if self.secret:
            page.get_by_label("Code").fill(pyotp.TOTP(self.secret).now())
            page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def user(self) -> User:
        """The account; needs an application context."""
        found = accounts.by_email(self.email)
        assert found is not None
        return found


@dataclass(frozen=True)
class Backstage:
    """The inside of a running shop."""

    app: Flask

    @contextmanager
    def work(self) -> Iterator[None]:
        """An application context that leaves nothing open behind it."""
        with self.app.app_context():
            yield
            session().rollback()

    def person(self, name: str, role: str = Role.SHOPPER, *, second: bool = False) -> Person:
        """A new account; `second` says with a second step."""
        email = f"{name.lower().replace(' ', '.')}.{new_ref(5).lower()}@example.org"
        secret = pyotp.random_base32() if second else ""
        with self.work():
            user = add_user(email, role, name=name)
            # A code opens the door once, so the one of this very moment must not be used up here.
            with clock.at(clock.now() - timedelta(minutes=5)), unit_of_work():
                if secret:
                    code = pyotp.TOTP(secret).at(clock.now())
                    second_step.set_up(user, secret, code, keep=None, now=clock.now())
        return Person(email, name, secret)

    def finish_application(self, person: Person, name: str, *, but: str) -> None:
        """Answer everything in somebody's application, all but one criterion."""
        with self.work():
            applied(person.user(), send=False, name=name, but=but)

    def judge(self, applicant: Person, reviewer: Person) -> None:
        """Every criterion of the newest application is found to be met."""
        with self.work():
            judge(finding.all_of_user(applicant.user())[0], reviewer.user())

    def group(self, owner: Person, name: str) -> str:
        """A group that two reviewers have let in and that has said where its money goes; returns its slug."""
        one, two = (self.person(f"Reviewer {n}", Role.REVIEWER) for n in "AB")
        with self.work():
            case = approved(applied(owner.user(), name=name), one.user(), two.user())
            assert case.state == CaseState.APPROVED
            assert case.producer is not None
            with unit_of_work():
                payout_accounts.enter(case.producer.id, PayoutWay.BANK, name, "First Bank", IBAN, clock.now())
            return case.producer.slug

    def join(self, slug: str, person: Person, role: MemberRole) -> None:
        """Somebody else acts for a group."""
        with self.work(), unit_of_work() as current:
            current.add(
                Member(producer_id=_group(slug).id, user_id=person.user().id, role=role, since=clock.now())
            )  # fmt: skip

    def fill(self, slug: str, **changes: Any) -> None:
        """Answer every question of the group's newest listing but those about its pictures."""
        with self.work():
            draft = revising.open_revision(_newest(slug))
            assert draft is not None
            answers = _answers(slug) | changes
            change(draft, **{name: value for name, value in answers.items() if name not in ("pictures",)})
            with unit_of_work():
                draft.stock = {row["sku"]: 20 for row in draft.content["variants"]}

    def listing(self, slug: str, title: str) -> str:
        """A live listing of the group, with 20 pieces of one kind; returns its own slug."""
        with self.work():
            with unit_of_work():
                product = revising.begin(_group(slug), currency="USD", actor="user:EDITOR", now=clock.now())
                picture = media.take_in(
                    photograph(), alt="A tin of balm", folder=config.current().media_dir, now=clock.now()
                )
                ref = picture.ref
            answers = _answers(slug) | {"title": title}
            answers["pictures"] = [{"ref": ref, "alt": "A tin of balm", "focus_x": 50, "focus_y": 50, "consents": []}]
            draft = revising.open_revision(product)
            assert draft is not None
            change(draft, **answers)
            with unit_of_work():
                draft.stock = {row["sku"]: 20 for row in draft.content["variants"]}
        return self.publish(slug)

    def publish(self, slug: str) -> str:
        """The group's newest draft is sent and approved as it is; returns the listing's slug."""
        with self.work():
            draft = revising.open_revision(_newest(slug))
            assert draft is not None
            send(draft)
            approve(draft)
            return draft.product.slug

    def stage(self, slug: str, **changes: Any) -> None:
        """An edit of the group's newest listing that nobody has sent yet."""
        with self.work():
            change(start(_newest(slug)), **changes)

    def batch(self, slug: str) -> str:
        """A published batch of the group's newest listing that is being changed; returns that version's reference."""
        with self.work():
            steps = {"S1": batches.step(), "S2": batches.step(on=batches.day(3))}
            batch = batches.published(_newest(slug), f"BR-{new_ref(5)}", **steps)
            revision = batches.reopened(batch)
            batches.put(revision, "S2", batches.step(title="Poured into tins"))
            return revision.ref

    def sell(self, slug: str, email: str, quantity: int = 1) -> str:
        """A paid order of the group's newest listing; returns its reference."""
        with self.work():
            return buy(Past(0, email, "Mei Lin", {_newest(slug).variants[0].sku: quantity}))

    def question(self, product_slug: str, text: str) -> None:
        """A guest's question that has been passed on to the group."""
        admin = self.person("Quentin Reader", Role.ADMIN)
        with self.work(), unit_of_work() as current:
            asking.ask(product_slug, text, by=None, email="asker@example.org", now=clock.now())
            asked = current.scalars(select(Question).where(Question.text == text)).one()
            moderating.show(asked, seen=asked.version, by=admin.user(), now=clock.now())

    def do(self, chore: str) -> None:
        """A chore of the worker, now rather than within the minute."""
        with self.work():
            chores.CHORES[chore]()

    def give_back(self, order_ref: str, quantity: int) -> None:
        """So many units of the order's first line go back to the shopper."""
        with self.work():
            order = order_of(order_ref)
            with unit_of_work():
                refund = refunding.ask(
                    payment_of(order.id), {order.lines[0].ref: quantity}, delivery=False, reason="A tin was dented",
                    asked_by="system", restock=False, now=clock.now(),
                )  # fmt: skip
            refunding.send(refund.ref)

    def statement(self, slug: str) -> dict[str, int]:
        """This month's statement of the group as the shop's own code has it, under the words of its page, in cents."""
        with self.work():
            found = statements.statement(_group(slug), statements.Month.of(clock.now()), "USD")
            return {
                "Left from": found.carried_in.minor,
                "Sold, with delivery": found.gross.minor,
                "Donation to charities": -found.donation.minor,
                "The shop's part": -found.commission.minor,
                "Taken back for refunds": found.refunds.minor,
                "Payment fees": found.fees.minor,
                "Earned this month": found.earned.minor,
                "Paid out": (found.payouts - found.payouts_returned).minor,
                "Left for": found.carry_over.minor,
            }


def photograph(colour: str = "#2040c0") -> bytes:
    """A picture as a phone sends it."""
    file = io.BytesIO()
    Image.new("RGB", (900, 700), colour).save(file, "JPEG")
    return file.getvalue()


def _answers(slug: str) -> dict[str, Any]:
    found = filled("", f"{slug[:40]}-{new_ref(4)}".upper())
    # Another cause than those whose products other journeys count: all share one shop.
    return found | {"cause": "youth", "pledge": {**found["pledge"], "charity": CHARITY}}


def _group(slug: str) -> Producer:
    return session().scalars(select(Producer).where(Producer.slug == slug)).one()


def _newest(slug: str) -> Product:
    own = select(Product).where(Product.producer_id == _group(slug).id)
    return session().scalars(own.order_by(Product.id.desc()).limit(1)).one()
