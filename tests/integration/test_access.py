"""The access table: who gets what from every address. A route that is not in it fails the tests.

Add a row for each new route: `"METHOD /rule": everyone(status) | users(status) | admins(status)`. The status is
what someone who may enter gets for the values in `VALUES` (or "nothing", which no row has) and an empty form, so
404, 400 and 422 are fine: they say that the guard let the request through. For the studio of a group there is
`members(status, OWNER, …)`: those roles get in, the group's other members are refused, and for everyone else,
members of another group and admins too, there is no such group.
"""

from __future__ import annotations

import re
from typing import Any

import applying_made as reviewing
import flask
import pytest
from cast import World
from conftest import PRODUCTION
from flask import Flask
from flask_wtf.csrf import generate_csrf
from listings import add_member
from people import add_user, letters, post
from werkzeug.routing import Rule

from storefront.accounts import sessions
from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.mail import Email, queue
from storefront.producers.models import Member
from storefront.vetting.models import Case, Conflict

GUEST, SHOPPER, REVIEWER, ADMIN = "guest", "shopper", "reviewer", "admin"
OWNER, EDITOR, FULFILMENT, FINANCE, AGENT = "owner", "editor", "fulfilment", "finance", "agent"
OTHER = "owner of another group"
MEMBERS = (OWNER, EDITOR, FULFILMENT, FINANCE, AGENT)
SIGN_IN = "to sign in"
WRITERS = (OWNER, EDITOR, "agent")

PACKERS = (OWNER, FULFILMENT, AGENT)

Row = dict[str, int | str]


def everyone(status: int) -> Row:
    """The same for all."""
    return {GUEST: status, SHOPPER: status, ADMIN: status}


def users(status: int) -> Row:
    """For anyone with an account; a guest is sent to sign in."""
    return {GUEST: SIGN_IN, SHOPPER: status, ADMIN: status}


def admins(status: int) -> Row:
    """For admins; a guest is sent to sign in, a shopper refused."""
    return {GUEST: SIGN_IN, SHOPPER: 403, ADMIN: status}


def reviewers(status: int) -> Row:
    """For reviewers and admins; a guest is sent to sign in, a shopper refused."""
    return {**admins(status), REVIEWER: status}


def members(status: int, *roles: str) -> Row:
    """For members of the group with one of these roles, or with any role where none is named."""
    allowed = roles or MEMBERS
    return {
        GUEST: SIGN_IN, SHOPPER: 404, ADMIN: 404, OTHER: 404,
        **{role: status if role in allowed else 403 for role in MEMBERS},
    }  # fmt: skip


def sent_back() -> Row:
    """To the beginning of signing in, for all who have not begun it."""
    return {GUEST: SIGN_IN, SHOPPER: SIGN_IN, ADMIN: SIGN_IN}


ACCESS: dict[str, Row] = {
    # The shop
    "GET /": everyone(200),
    "GET /about": everyone(200),
    "GET /terms": everyone(200),
    "GET /products": everyone(200),
    "GET /products/<slug>": everyone(200),
    "GET /products/<slug>/history": everyone(200),
    "POST /products/<slug>/favourite": everyone(303),
    "GET /products/<slug>/favourite": everyone(200),
    "GET /products/<slug>/waiting": everyone(200),
    "POST /products/<slug>/waiting": everyone(422),
    "GET /favourites": {GUEST: 200, SHOPPER: 303, ADMIN: 303},
    "GET /favourites/<key>": everyone(404),
    "POST /favourites/link": everyone(303),
    "POST /favourites/link/end": everyone(303),
    "GET /concerns": everyone(200),
    "POST /concerns": everyone(422),
    "GET /concerns/<number>": everyone(404),
    "POST /concerns/<number>/messages": everyone(404),
    "GET /products/<slug>/reviews": everyone(200),
    "GET /products/<slug>/questions": everyone(200),
    "POST /products/<slug>/questions": everyone(422),
    "GET /products/<slug>/questions/new": everyone(200),
    "GET /producers/<slug>/reviews": everyone(200),
    "GET /producers/<slug>/updates": everyone(200),
    "GET /producers": everyone(200),
    "GET /producers/<slug>": everyone(200),
    "GET /charities/<slug>": everyone(200),
    "GET /causes/<slug>": everyone(200),
    "GET /trace": everyone(200),
    "GET /trace/<code>": everyone(200),
    "GET /trace/<code>/history": everyone(200),
    "GET /trace/<code>/code.svg": everyone(200),
    "GET /trace/<code>/documents/<ref>": everyone(404),
    # Receipts
    "GET /receipts/<public_id>": everyone(404),
    "GET /receipts/<public_id>.json": everyone(404),
    "GET /receipts/<public_id>.jwt": everyone(404),
    "GET /receipts/<public_id>.pdf": everyone(404),
    "GET /receipts/<public_id>.svg": everyone(404),
    "GET /verify": everyone(200),
    "POST /verify": everyone(422),
    "GET /verify/<public_id>": everyone(404),
    # Cart
    "GET /cart": everyone(200),
    "POST /cart/lines": everyone(422),
    "POST /cart/lines/<ref>": everyone(422),
    "POST /cart/lines/<ref>/return": everyone(422),
    "POST /cart/lines/<ref>/saving": everyone(422),
    "POST /cart/voucher": everyone(422),
    # Checkout and orders: without a cart one is sent back to it, without its key an order is unknown
    "GET /checkout": everyone(303),
    "POST /checkout": everyone(422),
    "GET /checkout/delivery": everyone(303),
    "POST /checkout/delivery": everyone(422),
    "GET /checkout/payment": everyone(303),
    "POST /checkout/payment": everyone(303),
    "GET /checkout/return": everyone(404),
    "GET /orders/<ref>": everyone(404),
    "GET /orders/<ref>/invoice.pdf": everyone(404),
    "POST /orders/<ref>/payment": everyone(404),
    "GET /orders/<ref>/cancellation": everyone(404),
    "POST /orders/<ref>/cancellation": everyone(404),
    "GET /orders/<ref>/parcels/<parcel_ref>/return": everyone(404),
    "POST /orders/<ref>/parcels/<parcel_ref>/return": everyone(404),
    "POST /orders/<ref>/returns/<return_ref>/withdrawal": everyone(404),
    "GET /orders/<ref>/lines/<line_ref>/review": everyone(404),
    "POST /orders/<ref>/lines/<line_ref>/review": everyone(404),
    "POST /orders/<ref>/lines/<line_ref>/review/withdrawal": everyone(404),
    # Door and account
    "GET /sign-in": {GUEST: 200, SHOPPER: 303, ADMIN: 303},
    "POST /sign-in": everyone(422),
    "GET /sign-in/code": sent_back(),
    "POST /sign-in/code": sent_back(),
    "POST /sign-out": users(303),
    "GET /sign-up": everyone(200),
    "POST /sign-up": everyone(422),
    "GET /email-proof/<token>": everyone(404),
    "POST /email-proof/<token>": everyone(404),
    "GET /password-reset": everyone(200),
    "POST /password-reset": everyone(422),
    "GET /password-reset/<token>": everyone(404),
    "POST /password-reset/<token>": everyone(404),
    "GET /account": users(200),
    "GET /account/orders": users(200),
    "POST /account/order-claims": users(303),
    "GET /account/order-claims/<token>": users(404),
    "POST /account/order-claims/<token>": users(404),
    "GET /account/favourites": {GUEST: 303, SHOPPER: 200, ADMIN: 200},
    "GET /account/security": users(200),
    "POST /account/password": users(422),
    "POST /account/sessions/<ref>/end": users(404),
    "POST /account/sessions/end": users(303),
    "GET /account/second-step": users(200),
    "POST /account/second-step": users(422),
    "POST /account/second-step/recovery-codes": users(422),
    "POST /account/second-step/removal": users(422),
    # Admin
    "GET /admin/orders": admins(200),
    "GET /admin/orders/<ref>": admins(404),
    "POST /admin/orders/<ref>/refunds": admins(404),
    "GET /admin": reviewers(200),
    "GET /admin/updates": admins(200),
    "POST /admin/updates/<ref>/decisions": admins(404),
    "GET /admin/concerns": admins(200),
    "GET /admin/concerns/<number>": admins(404),
    "POST /admin/concerns/<number>/owner": admins(404),
    "POST /admin/concerns/<number>/messages": admins(404),
    "POST /admin/concerns/<number>/closing": admins(404),
    "POST /admin/concerns/<number>/freezes": admins(404),
    "POST /admin/concerns/<number>/freezes/<ref>/lifting": admins(404),
    "GET /admin/returns": admins(200),
    "GET /admin/returns/<ref>": admins(404),
    "POST /admin/returns/<ref>/decisions": admins(404),
    "POST /admin/returns/<ref>/arrival": admins(404),
    "POST /admin/returns/<ref>/refund": admins(404),
    "POST /admin/returns/<ref>/settlement": admins(404),
    "GET /admin/money": admins(200),
    "POST /admin/money/<kind>/<ref>/closing": admins(404),
    "GET /admin/payouts": admins(200),
    "GET /admin/payouts/<slug>": admins(404),
    "POST /admin/payouts/<slug>": admins(404),
    "POST /admin/payouts/<slug>/<ref>/return": admins(404),
    "GET /admin/people": admins(200),
    "GET /admin/people/<ref>": admins(404),
    "POST /admin/people/<ref>/role": admins(404),
    "POST /admin/people/<ref>/sessions/end": admins(404),
    "GET /admin/journal": admins(200),
    "GET /admin/journal.csv": admins(200),
    "GET /admin/consents": admins(200),
    "GET /admin/consents/<ref>": admins(404),
    "GET /admin/consents/<ref>/evidence": admins(404),
    "POST /admin/consents/<ref>/withdrawal": admins(404),
    "GET /admin/batches": reviewers(200),
    "GET /admin/batches/<ref>": reviewers(404),
    "GET /admin/batches/<ref>/documents/<document>": reviewers(404),
    "POST /admin/batches/<ref>/decisions": reviewers(404),
    "GET /admin/listings": reviewers(200),
    "GET /admin/listings/<ref>": reviewers(404),
    "GET /admin/listings/<ref>/page": reviewers(404),
    "POST /admin/listings/<ref>/decisions": reviewers(404),
    "GET /admin/questions": admins(200),
    "POST /admin/questions/<ref>/decisions": admins(404),
    "POST /admin/questions/<ref>/answer/hiding": admins(404),
    "GET /admin/reviews": admins(200),
    "POST /admin/reviews/<ref>/decisions": admins(404),
    "POST /admin/reviews/<ref>/answer/hiding": admins(404),
    # Vetting
    "GET /admin/vetting": reviewers(200),
    "GET /admin/vetting/<ref>": reviewers(404),
    "GET /admin/vetting/<ref>/documents/<document_ref>": reviewers(404),
    "POST /admin/vetting/<ref>/owner": reviewers(404),
    "POST /admin/vetting/<ref>/conflicts": reviewers(404),
    "POST /admin/vetting/<ref>/findings": reviewers(404),
    "POST /admin/vetting/<ref>/messages": reviewers(404),
    "POST /admin/vetting/<ref>/decisions": reviewers(404),
    # Applications, found through one's own
    "GET /studio/application": users(200),
    "POST /studio/application": users(400),
    "GET /studio/application/<ref>": users(404),
    "GET /studio/application/<ref>/questions/<key>": users(404),
    "POST /studio/application/<ref>/questions/<key>": users(404),
    "GET /studio/application/<ref>/documents/<document_ref>": users(404),
    "POST /studio/application/<ref>/submission": users(404),
    "POST /studio/application/<ref>/withdrawal": users(404),
    "POST /studio/application/<ref>/messages": users(404),
    "POST /studio/application/<ref>/appeal": users(404),
    # Studio
    "GET /studio": users(200),
    "GET /studio/<producer_slug>": members(200),
    "GET /studio/<producer_slug>/notices": members(200),
    "POST /studio/<producer_slug>/notices": members(303),
    "GET /studio/<producer_slug>/holidays": members(200, OWNER, EDITOR, FULFILMENT, AGENT),
    "POST /studio/<producer_slug>/holidays": members(422, OWNER, EDITOR, FULFILMENT, AGENT),
    "POST /studio/<producer_slug>/holidays/<ref>/end": members(404, OWNER, EDITOR, FULFILMENT, AGENT),
    "GET /studio/<producer_slug>/payout-account": members(200, OWNER, FINANCE),
    "POST /studio/<producer_slug>/payout-account": members(422, OWNER),
    "POST /studio/<producer_slug>/payout-account/<ref>/withdrawal": members(404, OWNER),
    "GET /studio/<producer_slug>/statements": members(200, OWNER, FINANCE),
    "GET /studio/<producer_slug>/statements/<month>": members(404, OWNER, FINANCE),
    "GET /studio/<producer_slug>/statements/<month>.csv": members(404, OWNER, FINANCE),
    "POST /studio/<producer_slug>/payouts/<ref>/confirmation": members(404, OWNER, FINANCE),
    "GET /studio/<producer_slug>/orders": members(200, *PACKERS),
    "GET /studio/<producer_slug>/orders/<ref>": members(404, *PACKERS),
    "GET /studio/<producer_slug>/orders/<ref>/label.pdf": members(404, *PACKERS),
    "GET /studio/<producer_slug>/orders/<ref>/packing-list.pdf": members(404, *PACKERS),
    "POST /studio/<producer_slug>/orders/<ref>/dispatches": members(404, *PACKERS),
    "POST /studio/<producer_slug>/orders/<ref>/dispatches/<dispatch>/delivery": members(404, *PACKERS),
    "POST /studio/<producer_slug>/orders/<ref>/dispatches/<dispatch>/tracking": members(404, *PACKERS),
    "GET /studio/<producer_slug>/returns": members(200, *PACKERS),
    "GET /studio/<producer_slug>/returns/<ref>": members(404, *PACKERS),
    "POST /studio/<producer_slug>/returns/<ref>/decisions": members(404, *PACKERS),
    "POST /studio/<producer_slug>/returns/<ref>/arrival": members(404, *PACKERS),
    "GET /studio/<producer_slug>/members": members(200),
    "GET /studio/<producer_slug>/members/<ref>": members(404, OWNER),
    "POST /studio/<producer_slug>/members/<ref>/role": members(404, OWNER),
    "POST /studio/<producer_slug>/members/<ref>/removal": members(404, OWNER),
    "POST /studio/<producer_slug>/invitations": members(422, OWNER),
    "POST /studio/<producer_slug>/invitations/<ref>/withdrawal": members(404, OWNER),
    "POST /studio/<producer_slug>/leaving": members(422),
    "GET /invitations/<token>": users(404),
    "POST /invitations/<token>": users(404),
    # Consents of people who can be recognised, and a group's listings, for those who write them
    "GET /studio/<producer_slug>/consents": members(200, *WRITERS),
    "GET /studio/<producer_slug>/consents/new": members(200, *WRITERS),
    "POST /studio/<producer_slug>/consents": members(422, *WRITERS),
    "GET /studio/<producer_slug>/consents/<ref>": members(404, *WRITERS),
    "GET /studio/<producer_slug>/consents/<ref>/evidence": members(404, *WRITERS),
    "POST /studio/<producer_slug>/consents/<ref>/withdrawal": members(404, *WRITERS),
    "GET /studio/<producer_slug>/updates": members(200, *WRITERS),
    "GET /studio/<producer_slug>/updates/new": members(200, *WRITERS),
    "POST /studio/<producer_slug>/updates": members(422, *WRITERS),
    "GET /studio/<producer_slug>/updates/<ref>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/updates/<ref>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/updates/<ref>/return": members(404, *WRITERS),
    "POST /studio/<producer_slug>/updates/<ref>/withdrawal": members(404, *WRITERS),
    "GET /studio/<producer_slug>/voices": members(200, *WRITERS),
    "POST /studio/<producer_slug>/voices/questions/<ref>/answer": members(404, *WRITERS),
    "POST /studio/<producer_slug>/voices/reviews/<ref>/answer": members(404, *WRITERS),
    # A group's listings, for those who write them
    "GET /studio/<producer_slug>/listings": members(200, *WRITERS),
    "POST /studio/<producer_slug>/listings": members(303, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/preview": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/<task>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/<task>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/moves": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/stock": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/photos/uploads": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/batches": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches/<ref>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/batches/<ref>/moves": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches/<ref>/facts": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/batches/<ref>/facts": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches/<ref>/reason": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/batches/<ref>/reason": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches/<ref>/steps/<step>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/listings/<slug>/batches/<ref>/steps/<step>": members(404, *WRITERS),
    "GET /studio/<producer_slug>/listings/<slug>/batches/<ref>/documents/<document>": members(404, *WRITERS),
    "GET /studio/<producer_slug>/pledges": members(200, *WRITERS),
    "POST /studio/<producer_slug>/pledges": members(422, *WRITERS),
    "POST /studio/<producer_slug>/pledges/preview": members(422, *WRITERS),
    "GET /studio/<producer_slug>/listings.csv": members(200, *WRITERS),
    "GET /studio/<producer_slug>/spreadsheets": members(200, *WRITERS),
    "POST /studio/<producer_slug>/spreadsheets": members(422, *WRITERS),
    "GET /studio/<producer_slug>/spreadsheets/<ref>": members(404, *WRITERS),
    "POST /studio/<producer_slug>/spreadsheets/<ref>/agreement": members(404, *WRITERS),
    "POST /studio/<producer_slug>/spreadsheets/<ref>/removal": members(404, *WRITERS),
    "POST /studio/<producer_slug>/spreadsheets/<ref>/sending": members(404, *WRITERS),
    # Letters: open in the demo and in tests; see the test of production below
    "GET /mail": everyone(200),
    "GET /mail/templates": everyone(200),
    "GET /mail/templates/<kind>": everyone(404),
    "GET /mail/<ref>": everyone(404),
    "GET /mail/<ref>.html": everyone(404),
    # Letters that somebody wants no more of: the token names them
    "GET /unsubscribe/<token>": everyone(404),
    "POST /unsubscribe/<token>": everyone(404),
    "POST /unsubscribe/<token>/undo": everyone(404),
    # Machines
    "GET /.well-known/did.json": everyone(200),
    "GET /.well-known/jwks.json": everyone(200),
    "GET /.well-known/security.txt": everyone(200),
    "GET /favicon.ico": everyone(200),
    "GET /healthz": everyone(200),
    "GET /readyz": everyone(200),
    "GET /metrics": everyone(200),
    "GET /media/<name>": everyone(404),
    "GET /robots.txt": everyone(200),
    "GET /sitemap.xml": everyone(200),
    "GET /sitemap-<int:number>.xml": everyone(200),
    "GET /static/<path:path>": everyone(404),
    "POST /stripe/webhook": everyone(400),
}

# What stands for the parts of a rule, where "nothing" would not show the page.
VALUES: dict[str, dict[str, str]] = {
    "/products/<slug>": {"slug": "drip-coffee"},
    "/products/<slug>/history": {"slug": "drip-coffee"},
    "/products/<slug>/favourite": {"slug": "drip-coffee"},
    "/products/<slug>/waiting": {"slug": "dhaka-scarf"},
    "/products/<slug>/reviews": {"slug": "drip-coffee"},
    "/products/<slug>/questions": {"slug": "drip-coffee"},
    "/products/<slug>/questions/new": {"slug": "drip-coffee"},
    "/producers/<slug>": {"slug": "sunlit-bench"},
    "/producers/<slug>/reviews": {"slug": "sunlit-bench"},
    "/producers/<slug>/updates": {"slug": "sunlit-bench"},
    "/charities/<slug>": {"slug": "open-bench-foundation"},
    "/causes/<slug>": {"slug": "women"},
    "/trace/<code>": {"code": "B-DRIP-COFFEE"},
    "/trace/<code>/history": {"code": "B-DRIP-COFFEE"},
    "/trace/<code>/code.svg": {"code": "B-DRIP-COFFEE"},
    "/sitemap-<int:number>.xml": {"number": "0"},
}

# Public, but about one visitor: these may read the session and look different for everyone.
PERSONAL = {
    "/cart", "/favourites", "/account/favourites", "/products/drip-coffee/favourite",
    "/products/drip-coffee/questions/new", "/concerns",
    "/sign-in", "/sign-in/code", "/sign-up", "/password-reset",
}  # fmt: skip


def rules(app: Flask) -> dict[str, Rule]:
    """Every route as the table names it."""
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def path_of(rule: str) -> str:
    """The rule with its parts filled in."""
    values = {"producer_slug": "sunlit-bench", **VALUES.get(rule, {})}
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda part: values.get(part[1], "nothing"), rule)


def let_in(client: Any, user: User, **data: Any) -> None:
    """Give the browser a new session of the user, with this in it, without asking for a password."""
    with unit_of_work():
        key = sessions.begin(user.id, data, address="", browser="", now=clock.now())
    client.set_cookie("session", key)


def form_token(app: Flask) -> tuple[str, str]:
    """What a session keeps, and the token that its forms carry then."""
    with app.test_request_context():
        return flask.session.setdefault("csrf_token", "kept"), generate_csrf()


def test_every_route_is_in_the_table_and_nothing_else_is(app):
    there = set(rules(app))
    assert sorted(there - set(ACCESS)) == [], "add these to ACCESS"
    assert sorted(set(ACCESS) - there) == [], "these are gone: take them out of ACCESS"


def test_every_view_says_who_may_enter(app):
    unmarked = {
        rule.endpoint for rule in rules(app).values() if not hasattr(app.view_functions[rule.endpoint], "access")
    }
    assert unmarked == set()


def person(world: World, role: str) -> User | None:
    """Someone new of this role; nobody for a guest."""
    if role == GUEST:
        return None
    if role in (SHOPPER, REVIEWER, ADMIN):
        return add_user(f"{role}@example.org", Role(role))
    group = world.weavers if role == OTHER else world.sunlit_bench
    return add_member(group, "member@example.org", OWNER if role == OTHER else role)


@pytest.mark.parametrize("role", [GUEST, SHOPPER, REVIEWER, ADMIN, *MEMBERS, OTHER])
def test_everyone_gets_what_the_table_says_from_every_route(world: World, app: Flask, role: str):
    """A reviewer, or a member of a group, is a shopper everywhere else."""
    user = person(world, role)
    kept, stamp = form_token(app)
    wrong = []
    for name in sorted(set(ACCESS) & set(rules(app))):
        method, rule = name.split(" ", 1)
        client = app.test_client()
        data = {}
        if user:
            let_in(client, user, csrf_token=kept)
            data = {"csrf_token": stamp} if method != "GET" else {}
        response = client.open(path_of(rule), method=method, data=data or None)
        away = response.status_code == 303 and (response.location or "").startswith("/sign-in")
        got = SIGN_IN if away else response.status_code
        said = ACCESS[name].get(role, ACCESS[name][SHOPPER])
        if got != said:
            wrong.append(f"{name}: {role} gets {got}, the table says {said}")
    assert not wrong, "\n".join(wrong)


def test_no_form_of_a_signed_in_user_does_anything_without_its_token(world: World, app: Flask):
    user = add_user("admin@example.org", Role.ADMIN)
    with unit_of_work() as current:
        current.add(Member(producer_id=world.sunlit_bench.id, user_id=user.id, role=OWNER, since=clock.now()))
    wrong = []
    for name, row in sorted(ACCESS.items()):
        method, rule = name.split(" ", 1)
        if method == "GET" or row[GUEST] != SIGN_IN or row[SHOPPER] == SIGN_IN or name not in rules(app):
            continue
        client = app.test_client()
        let_in(client, user)
        status = client.open(path_of(rule), method=method).status_code
        if status != 400:
            wrong.append(f"{name}: {status}")
    assert not wrong, "\n".join(wrong)


def test_a_public_page_sets_no_cookie_and_is_the_same_for_everybody(world: World, app: Flask):
    user = add_user("shopper@example.org")
    guest, member = app.test_client(), app.test_client()
    let_in(member, user)
    wrong = []
    for name, rule in sorted(rules(app).items()):
        public = getattr(app.view_functions[rule.endpoint], "access", "") == "public"
        if not name.startswith("GET") or not public:
            continue
        path = path_of(rule.rule)
        as_guest = guest.get(path)
        if "Set-Cookie" in as_guest.headers:
            wrong.append(f"{path} sets a cookie")
        if path in PERSONAL or as_guest.status_code != 200 or path in {"/metrics", "/readyz"}:
            continue
        as_member = member.get(path)
        if "Set-Cookie" in as_member.headers or "Cookie" in as_member.headers.get("Vary", ""):
            wrong.append(f"{path} reads the session")
        if as_member.get_data() != as_guest.get_data():
            wrong.append(f"{path} differs for someone who is signed in")
    assert not wrong, "\n".join(wrong)


def test_a_personal_page_does_read_the_session(world: World, client: Any):
    """The control of the test above: where the session is read, it shows."""
    let_in(client, add_user("shopper@example.org"))
    assert "Cookie" in client.get("/account").headers["Vary"]


# On a case that waits, on which the first reviewer has voted: who may act on it, and whose vote decides it.
@pytest.mark.parametrize(
    ("who", "status", "decides"),
    [("the first reviewer", 303, False), ("a second reviewer", 303, True), ("an admin", 303, True),
     ("a reviewer with a conflict", 422, False), ("a reviewer of the group", 422, False),
     ("whoever applied", 403, False), ("another group's owner", 403, False), ("a shopper", 403, False)],
)  # fmt: skip
def test_who_acts_on_a_real_case(world: World, client: Any, who: str, status: int, decides: bool):
    first, second = reviewing.reviewers()
    maya = add_user("maya@example.org")
    case = reviewing.applied(maya)
    reviewing.judge(case, first)
    reviewing.vote(case, first)
    user = {
        "the first reviewer": first, "a second reviewer": second, "whoever applied": maya,
        "another group's owner": add_member(world.weavers, "wanda@example.org", OWNER),
    }.get(who) or add_user("third@example.org", "admin" if who == "an admin" else
                           "reviewer" if "reviewer" in who else "shopper")  # fmt: skip
    with unit_of_work() as current:
        if who == "a reviewer with a conflict":
            current.add(Conflict(case_id=case.id, reviewer_id=user.id, reason="A brother.", at=clock.now()))
        if who == "a reviewer of the group":
            current.get_one(Case, case.id).applicant_id = user.id
    let_in(client, user)
    page = f"/admin/vetting/{case.ref}"
    assert client.get(page).status_code == (403 if status == 403 else 200)
    acts = {
        "owner": {}, "messages": {"text": "Hm?"}, "findings": {"key": "fair_pay", "verdict": "met"},
        "decisions": {"act": "approve", "reason": "All is well."},
    }  # fmt: skip
    assert {act: post(client, f"{page}/{act}", form).status_code for act, form in acts.items()} == dict.fromkeys(
        acts, status
    )
    assert reviewing.fresh(case).state == ("approved" if decides else "submitted")


class TestInProduction:
    @pytest.fixture
    def app_settings(self, monkeypatch):
        monkeypatch.setattr("storefront.web.logging.configure", lambda _level: None)
        return PRODUCTION

    @pytest.mark.parametrize(("role", "status"), [(GUEST, 404), (SHOPPER, 404), (ADMIN, 200)])
    def test_letters_are_there_for_admins_alone(self, context: Flask, client: Any, role: str, status: int):
        if role != GUEST:
            user = add_user(f"{role}@example.org", Role(role))
            with unit_of_work():
                key = sessions.begin(user.id, {"second_step": True}, address="", browser="", now=clock.now())
            client.set_cookie("__Host-session", key)
        assert client.get("/mail", base_url="https://localhost").status_code == status

    @pytest.mark.parametrize("kind", ["password_reset", "email_proof", "order_claim"])
    def test_no_admin_follows_a_link_that_is_for_its_reader_alone(self, context: Flask, client: Any, kind: str):
        user = add_user("admin@example.org", Role.ADMIN)
        with unit_of_work():
            key = sessions.begin(user.id, {"second_step": True}, address="", browser="", now=clock.now())
            queue(Email("mei@example.org", "Open this", "https://localhost/x", "x", kind), clock.now())
            queue(Email("mei@example.org", "Your order", "Thank you", "x", "order_confirmation"), clock.now())
        client.set_cookie("__Host-session", key)
        closed, opened = (one.ref for one in letters())
        listed = client.get("/mail", base_url="https://localhost").text
        assert "Open this" in listed
        assert [f"/mail/{ref}" in listed for ref in (closed, opened)] == [False, True]
        for path in (f"/mail/{closed}", f"/mail/{closed}.html"):
            assert client.get(path, base_url="https://localhost").status_code == 404
        assert client.get(f"/mail/{opened}", base_url="https://localhost").status_code == 200

    def test_an_admin_reads_no_letters_before_the_second_step(self, context: Flask, client: Any):
        user = add_user("admin@example.org", Role.ADMIN)
        with unit_of_work():
            key = sessions.begin(user.id, {}, address="", browser="", now=clock.now())
        client.set_cookie("__Host-session", key)
        assert client.get("/mail", base_url="https://localhost").location == "/account/second-step"

    def test_this_machines_own_names_are_no_hosts_of_the_shop(self, context: Flask, client: Any):
        there = {"base_url": "https://localhost"}
        assert client.get("/healthz", **there).status_code == 200
        assert client.get("/healthz", base_url="https://127.0.0.1").status_code == 400
