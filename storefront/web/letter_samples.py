"""What every letter says, with made-up facts: for looking at, and for a test that every template stands.

A new letter needs its rows here: its template's name, and under each of its variants the facts for `mail.compose`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from storefront import noticing
from storefront.core import clock
from storefront.core.mail import Email, compose
from storefront.core.money import Money
from storefront.noticing import Line

TO = "reader@example.org"
LINK = "https://shop.example/the-page"
NO_MORE = "https://shop.example/no-more"
Facts = dict[str, Any]


def letter(kind: str, variant: str) -> Email:
    """The sample; raises KeyError for one that isn't there."""
    return compose(kind, TO, **samples()[kind][variant])


def samples(
    person: str = "Maya Gurung",
    group: str = "Palpa Weavers",
    thing: str = "Dhaka scarf, deep red",
    words: str = "The first one was torn.\nThe second is fine.",
) -> Mapping[str, Mapping[str, Facts]]:
    """Facts by template and variant; what people may call themselves and things can be chosen."""
    return {
        **_of_accounts(person),
        **_of_orders(person, group, thing, words),
        **_of_groups(person, group, thing, words),
        **_of_vetting(person, group, words),
        **_of_voices(group, thing, words),
    }


def _of_accounts(person: str) -> dict[str, dict[str, Facts]]:
    base = {"name": person, "reset": LINK}
    changes = ("set up", "recovery code used", "recovery codes renewed", "removed")
    return {
        "email_proof": {"": {"link": LINK}},
        "account_exists": {"": base},
        "no_account": {"": {"reset": LINK}},
        "password_reset": {"known name": {"name": person, "link": LINK}, "typed name": {"name": "", "link": LINK}},
        "password_changed": {"": base},
        "order_claim": {"": {"name": person, "link": LINK}},
        "second_step_changed": {what: base | {"what": what} for what in changes},
    }


def _of_orders(person: str, group: str, thing: str, words: str) -> dict[str, dict[str, Facts]]:
    base = {"name": person, "order_ref": "K7Q2M9XBDFGH", "order_url": LINK}
    lines = [(2, thing, "Large"), (1, thing, "")]
    sent = base | {"producer": group, "carrier": "Hill Post", "tracking": "HP-77", "sent": lines, "coming": []}
    back = base | {"ref": "R4T8", "producer": group, "lines": lines, "send_to": f"{group}\n1 Long Road", "words": words}
    money = {"amount": _money(5400), "delivery": _money(690), "other": _money(0), "bank_reference": ""}
    given = [(thing, "Large", 2, _money(4710))]
    failed = base | {"shop_url": LINK, "amount": _money(5400)}
    return {
        "order_confirmation": {"": _confirmation(person, group, thing, words)},
        "dispatch_notice": {"": sent, "a part, without number": sent | {"tracking": "", "coming": lines[1:]}},
        "tracking_notice": {"": sent},
        "refund_notice": {
            "sold": base | money | {"lines": given, "reason": words, "bought": True},
            "nothing sold": base | money | {"lines": [], "reason": words, "bought": False},
            "by bank": base | money | {"lines": given, "reason": words, "bought": True, "bank_reference": "TT-88"},
        },
        "payment_failed": {
            "held": failed | {"reason": "The bank said no.", "minutes": 30},
            "gone": failed | {"reason": "", "minutes": 0},
        },
        "return_news": {
            status: back | {"status": status} for status in ("asked", "agreed", "refused", "withdrawn", "received")
        },
        "back_in_stock": {"": {"title": thing, "variant": "Large", "price": _money(4800), "producer": group,
                               "link": LINK, "unsubscribe_url": NO_MORE}},
    }  # fmt: skip


def _confirmation(person: str, group: str, thing: str, words: str) -> Facts:
    line = SimpleNamespace(
        quantity=2, title=thing, variant_name="Large", gross_minor=9600, pledge_minor=480,
        pledge=SimpleNamespace(charity_name="Hill Schools Trust"),
    )  # fmt: skip
    today = clock.today()
    parcel = SimpleNamespace(
        producer_name=group, ships_from="Palpa, Nepal", lines=[line], delivery_minor=690,
        arrives_from=today + timedelta(days=9), arrives_to=today + timedelta(days=16),
    )  # fmt: skip
    order = SimpleNamespace(
        name=person, ref="K7Q2M9XBDFGH", parcels=[parcel], voucher_code="SPRING", total=_money(9790),
        gift_message=words,
    )  # fmt: skip
    return {
        "order": order, "address": ["1 Long Road", "Portland, OR 97201", "United States"], "goods": _money(9600),
        "discount": _money(500), "delivery": _money(690), "given": [("Hill Schools Trust", _money(480))],
        "amount": _money, "order_url": LINK, "receipt_url": LINK,
    }  # fmt: skip


def _of_groups(person: str, group: str, thing: str, words: str) -> dict[str, dict[str, Facts]]:
    base = {"name": person, "group": group, "link": LINK}
    parcel = base | {"order_ref": "K7Q2M9XBDFGH", "lines": [(2, thing, "Large")]}
    wanted = {"ref": "R4T8", "wanted": [(1, thing, "Large", "broken", words)]}
    soon = clock.now() + timedelta(days=3)
    account = base | {"by": person, "end": "3000", "used_from": soon, "waits": True, "taken_back": False}
    asked = {"name": person, "title": thing, "page_url": LINK, "studio_url": LINK}
    news = {kind: ([Line(thing, 2, "/a")], 0) for kind in noticing.KINDS}
    roles = ("owner", "editor", "fulfilment", "finance", "agent")
    ended = {"name": person, "ref": "C4T9", "goods": [thing], "link": LINK}
    return {
        "consent_ended": {
            "ran out": ended | {"ran_out": True},
            "ended by the shop": ended | {"ran_out": False, "goods": []},
        },
        "invitation": {role: {"inviter": person, "group": group, "role": role, "link": LINK, "ends": soon}
                       for role in roles},
        "cancellation_notice": {"": parcel | {"reason": words}},
        "given_back_notice": {
            "a part": parcel | {"fewer": [(1, thing, "Large")], "rest": True, "reason": words},
            "all": parcel | {"fewer": [(2, thing, "Large")], "rest": False, "reason": words},
        },
        "return_asked": {status: parcel | wanted | {"status": status} for status in ("asked", "withdrawn")},
        "payout_sent": {"": base | {"amount": _money(120000), "reference": "SEPA 2026-11-77"}},
        "payout_returned": {"": base | {"amount": _money(120000), "reference": "SEPA 2026-11-77", "reason": words}},
        "payout_account_changed": {
            "waits": account, "at once": account | {"waits": False}, "taken back": account | {"taken_back": True},
        },
        "listing_decided": {
            "approved": asked | {"approved": True, "note": ""},
            "changes": asked | {"approved": False, "note": words},
        },
        "digest": {"": {"name": person, "group": group, "news": news, "base": "https://shop.example",
                        "studio_url": LINK, "count": len(news), "unsubscribe_url": NO_MORE}},
    }  # fmt: skip


def _of_vetting(person: str, group: str, words: str) -> dict[str, dict[str, Facts]]:
    base = {"name": person, "party": group, "link": LINK}
    decided = base | {"reason": words, "due": None, "may_appeal": False, "wanting": []}
    wanting = [("Fair pay, paid on time", words), ("No child labour, no forced labour", words)]
    acts = ("reinstate", "lapse", "grant_appeal", "refuse_appeal")
    due = clock.today() + timedelta(days=365)
    reminder = base | {"days": 30, "due": due}
    message = base | {"text": words}
    return {
        "vetting_decision": {
            "approve": decided | {"act": "approve", "due": due},
            "suspend": decided | {"act": "suspend", "may_appeal": True},
            "reject": decided | {"act": "reject", "may_appeal": True, "wanting": wanting},
            "ask": decided | {"act": "ask", "wanting": wanting},
            **{act: decided | {"act": act} for act in acts},
        },
        "vetting_message": {
            "about a criterion": message | {"about": "Fair pay, paid on time", "to_shop": False},
            "about all": message | {"about": "", "to_shop": False},
            "to us": message | {"about": "", "to_shop": True},
        },
        "vetting_reminder": {kind: reminder | {"party_kind": kind} for kind in ("producer", "charity")},
    }


def _of_voices(group: str, thing: str, words: str) -> dict[str, dict[str, Facts]]:
    refused = {"about": thing, "reason": words, "link": LINK}
    answer = {"group": group, "about": thing, "text": words, "link": LINK, "unsubscribe_url": NO_MORE}
    kinds = ("review", "question", "update", "published update", "answer to a review", "answer to a question")
    return {
        "words_refused": {what: refused | {"what": what} for what in kinds},
        "answer": {
            "question": answer | {"what": "question", "question": words},
            "review": answer | {"what": "review", "question": ""},
        },
        "update": {"": {"group": group, "title": thing, "text": words, "bought": thing, "link": LINK,
                        "unsubscribe_url": NO_MORE}},
        "concern_received": {"": {"number": "K7Q2-M9XB", "link": LINK}},
        "concern_news": {"answer": {"number": "K7Q2-M9XB", "closed": False},
                         "closed": {"number": "K7Q2-M9XB", "closed": True}},
    }  # fmt: skip


def _money(minor: int) -> Money:
    return Money(minor, "USD")
