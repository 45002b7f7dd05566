"""Concerns: told in confidence, looked into by those whom they don't concern, with the party's money held meanwhile."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from threading import Event

import pytest
from cast import World
from listings import add_member
from paying import at_once
from people import add_user, letters, link_in, post, sign_in
from selling import sell
from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.chores import CHORES
from storefront.concerns import finding, handling
from storefront.concerns.handling import NotTheirs
from storefront.concerns.models import Concern
from storefront.core import clock, journal, mail
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.core.money import Money
from storefront.doctoring import examine
from storefront.giving import freezing, paying_out, statements
from storefront.giving.models import Freeze, Payout
from storefront.giving.paying_out import Frozen
from storefront.producers import members
from storefront.producers.models import MemberRole, Producer
from storefront.vetting.models import Case, Conflict

WORDS = "Nobody was paid for the spring harvest.\nI saw the book."
ABOUT = "producer:sunlit-bench"


def tell(client, **fields):
    """Send the form as a browser does; returns the answer."""
    form = client.get(f"/concerns?about={fields.get('about', ABOUT)}").text
    key = re.search(r'name="key" value="([^"]+)"', form)[1]
    return client.post("/concerns", data={"text": WORDS, "about": ABOUT, "key": key} | fields)


def case_of(number=None):
    session().rollback()
    found = select(Concern).where(Concern.number == number) if number else select(Concern)
    return session().scalars(found.order_by(Concern.id.desc())).first()


@pytest.fixture
def admin(world, app):
    desk = app.test_client()
    desk.user = add_user("admin@example.org", Role.ADMIN, name="Ada")
    sign_in(desk, "admin@example.org")
    return desk


@pytest.fixture
def told(world, app):
    """A case about Sunlit Bench: its page for the reporter."""
    return tell(app.test_client()).location


def test_anyone_tells_and_reads_by_the_link_alone(world: World, client):
    answer = tell(client)
    assert answer.status_code == 303
    page = client.get(answer.location)
    number = case_of().number
    assert re.fullmatch(r"[2-9B-Z]{4}-[2-9B-Z]{4}", number)
    assert f"Case {number}" in page.text
    assert "I saw the book." in page.text
    assert "Sunlit Bench" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert 'content="noindex"' in page.text
    for key in ("", "x" * 43):
        assert client.get(f"/concerns/{number}?key={key}").status_code == 404
        assert client.post(f"/concerns/{number}/messages?key={key}", data={"text": "hm"}).status_code == 404


def test_one_form_opens_one_case_and_loses_no_words(world: World, client):
    sent = {"key": "k" * 43}
    first, again = tell(client, **sent), tell(client, **sent)
    assert first.location == again.location
    assert tell(client, **sent, text="And in summer neither.").location == first.location
    assert len(session().scalars(select(Concern)).all()) == 1
    assert [one.text for one in case_of().entries] == [WORDS, "And in summer neither."]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " \n"}, "Write what worries you"),
        ({"text": "x" * 8001}, "at most 8000"),
        ({"email": "me@"}, "or none"),
    ],
)
def test_what_is_missing_is_asked_for_and_the_rest_is_kept(world: World, client, fields, words):
    answer = tell(client, **{"text": "Kept words", "email": "kept@example.org"} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert ("Kept words" in answer.text) == ("text" not in fields)
    assert f'value="{ABOUT}"' in answer.text
    assert case_of() is None


def test_a_letter_to_a_typed_address_repeats_nothing_that_was_typed(world: World, client):
    answer = tell(client, email=" Somebody@Example.org ")
    (letter,) = letters("concern_received", "somebody@example.org")
    for word in ("harvest", "paid", "Sunlit", "book"):
        assert word not in letter.subject + letter.text + letter.html
    assert link_in(letter) == answer.location.partition("?")[0]
    assert tell(client).status_code == 303
    assert len(letters("concern_received")) == 1, "none without an address"


@pytest.mark.parametrize(
    ("about", "parties"),
    [
        ("product:drip-coffee", ["producer:sunlit-bench"]),
        ("charity:hill-schools-trust", ["charity:hill-schools-trust"]),
        ("producer:nobody", []), ("", []), ("nonsense", []), ("order:NOTTHERE", []), ("a\0b:c", []),
    ],
)  # fmt: skip
def test_the_parties_are_those_who_answer_for_the_subject(world: World, client, about, parties):
    assert tell(client, about=about).status_code == 303
    assert [one.party for one in case_of().parties] == parties
    assert case_of().subject == (about if parties else "")


def test_an_order_concerns_everyone_who_packs_it(world: World, client):
    order = sell({"COFFEE": 1, "SCARF-RED": 1})
    tell(client, about=f"order:{order.ref}")
    assert len(case_of().parties) == 2


def read():
    """What a page carries along that shows the whole thread."""
    return {"seen": str(case_of().entries[-1].id)}


def test_a_case_goes_to_and_fro_and_is_closed_with_a_reason(world: World, client, admin):
    link = tell(client, email="who@example.org").location
    number = case_of().number
    desk = f"/admin/concerns/{number}"
    assert "1 case" in admin.get("/admin/concerns").text
    assert post(admin, f"{desk}/owner", {"owner": admin.user.ref}, page=desk).status_code == 303
    assert (
        post(admin, f"{desk}/messages", {"kind": "note", "text": "Ask for the wage book"}, page=desk).status_code == 303
    )
    asked = {"kind": "answer", "text": "Which week was it?"}
    unread = post(admin, f"{desk}/messages", asked, page=desk)
    assert unread.status_code == 422, "nobody answers what they have not read"
    assert "The reporter wrote more" in unread.text
    assert "Which week was it?" in unread.text
    for _ in range(2):
        assert post(admin, f"{desk}/messages", asked | read(), page=desk).status_code == 303, "twice is once"
    page = client.get(link).text
    assert "Which week was it?" in page
    assert "wage book" not in page, "a note is for admins only"
    assert "Ada" not in page
    assert "Waits for the reporter" in page
    assert len(letters("concern_news", "who@example.org")) == 1
    more = link.replace("?", "/messages?")
    assert client.post(more, data={"text": "The second"}).status_code == 303
    assert client.post(more, data={"text": "The second"}).status_code == 303, "twice is once"
    assert case_of().state == "open"
    assert post(admin, f"{desk}/messages", {"kind": "note", "text": "Ask again"}, page=desk).status_code == 303
    assert client.post(more, data={"text": "The second"}).status_code == 303
    assert [one.kind for one in case_of().entries] == ["report", "note", "answer", "report", "note"]
    closing = {"outcome": "upheld", "reason": "They were not paid; they are now."} | read()
    for _ in range(2):
        assert post(admin, f"{desk}/closing", closing, page=desk).status_code == 303
    assert len(letters("concern_news")) == 2
    late = post(admin, f"{desk}/messages", {"kind": "answer", "text": "Too late to say"} | read(), page=desk)
    assert late.status_code == 422
    assert "Too late to say" in late.text
    page = client.get(link).text
    assert "The concern was right" in page
    assert "they are now" in page
    assert "closed" in letters("concern_news")[-1].subject
    assert client.post(more, data={"text": "Not all of them"}).status_code == 303
    assert (case_of().state, case_of().outcome) == ("open", None)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("messages", {"kind": "answer", "text": " "}), ("messages", {"kind": "shout", "text": "x"}), ("messages", {}),
        ("closing", {"outcome": "upheld", "reason": ""}), ("closing", {"outcome": "maybe", "reason": "Because"}),
        ("freezes", {"party": "producer:palpa-weavers", "why": "It is theirs"}),
        ("freezes", {"party": ABOUT, "why": " "}), ("messages", {"kind": "note", "text": "Too long" * 1001}),
        ("owner", {"owner": "nobody"}), ("owner", {}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(world: World, admin, told, path, fields):
    desk = f"/admin/concerns/{case_of().number}"
    answer = post(admin, f"{desk}/{path}", fields | read(), page=desk)
    assert answer.status_code == 422
    for name, words in fields.items():
        if words.strip() and name in ("why", "reason", "text") and fields.get("kind") != "shout":
            assert f"{words}</textarea>" in answer.text, "what was written is kept"
    assert (len(case_of().entries), case_of().state, case_of().owner_id) == (1, "open", None)
    assert freezing.all_in_force() == []


def test_nobody_looks_into_what_concerns_themselves(world: World, app, admin, told):
    number = case_of().number
    add_user("second@example.org", Role.ADMIN, name="Two")
    insider = add_member(world.sunlit_bench, "inside@example.org", MemberRole.FINANCE)
    with unit_of_work():
        insider.role = Role.ADMIN
    theirs = app.test_client()
    sign_in(theirs, "inside@example.org")
    assert number not in theirs.get("/admin/concerns?state=all").text
    for path in ("", "/messages", "/freezes", "/closing", "/owner"):
        page = f"/admin/concerns/{number}{path}"
        answer = post(theirs, page, {"kind": "note", "text": "x"}) if path else theirs.get(page)
        assert answer.status_code == 404
    desk = f"/admin/concerns/{number}"
    for stranger in (insider, add_user("shopper@example.org")):
        assert post(admin, f"{desk}/owner", {"owner": stranger.ref}, page=desk).status_code == 422
    assert case_of().owner is None
    assert "0 cases" in admin.get("/admin/concerns?owner=me").text


def pay(minor=100):
    group = session().scalars(select(Producer).where(Producer.slug == "sunlit-bench")).one()
    seen = statements.owed("sunlit-bench", "USD").minor
    with unit_of_work():
        return paying_out.record(
            group, Money(minor, "USD"), "BANK", owed_seen=seen, actor="user:A", now=clock.now()
        ).ref  # fmt: skip


def test_nothing_is_paid_to_a_party_while_it_is_frozen(world: World, app, admin, told):
    with clock.at(clock.now() - timedelta(days=2)):
        sell({"COFFEE": 2})
    number = case_of().number
    desk = f"/admin/concerns/{number}"
    frozen = {"party": ABOUT, "why": "The wage book is missing"}
    assert post(admin, f"{desk}/freezes", frozen, page=desk).status_code == 303
    assert post(admin, f"{desk}/freezes", frozen, page=desk).status_code == 303, "once is enough"
    anew = post(admin, f"{desk}/freezes", {**frozen, "why": "The police asked"}, page=desk)
    assert anew.status_code == 422
    assert "The police asked</textarea>" in anew.text
    assert "Hold it back" not in anew.text, "there is nothing left to hold"
    closing = {"outcome": "not_upheld", "reason": "All is well"} | read()
    assert "Lift that first" in post(admin, f"{desk}/closing", closing, page=desk).text
    (one,) = freezing.all_in_force()
    with pytest.raises(Frozen):
        pay()
    assert "Held back" in admin.get("/admin/payouts").text
    page = "/admin/payouts/sunlit-bench"
    owed = str(statements.owed("sunlit-bench", "USD").minor)
    sent = post(admin, page, {"amount": "1", "reference": "BANKREF-77", "owed_seen": owed})
    assert sent.status_code == 422
    assert "BANKREF-77" in sent.text
    assert "held back" in sent.text
    before = {"amount": "1", "reference": "BANKREF-76", "owed_seen": owed}
    day = clock.today()
    assert post(admin, page, before | {"sent_on": day.isoformat()}).status_code == 422
    earlier = before | {"sent_on": (day - timedelta(days=1)).isoformat()}
    assert post(admin, page, earlier).status_code == 303, "what left before can't be held back"
    owed = str(int(owed) - 100)
    treasurer = app.test_client()
    sign_in(treasurer, add_member(world.sunlit_bench, "money@example.org", MemberRole.FINANCE).email)
    theirs = treasurer.get("/studio/sunlit-bench/statements").text
    assert "Payouts are held back" in theirs
    for secret in (number, "wage book", "concern", "Ada"):
        assert secret not in theirs
    sell({"COFFEE": 1})
    assert statements.owed("sunlit-bench", "USD").minor > int(owed), "what is owed keeps adding up"
    lifting = f"{desk}/freezes/{one.ref}/lifting"
    assert post(admin, lifting, {"why_lifted": " "}, page=desk).status_code == 422
    assert post(admin, lifting, {"why_lifted": "The book was shown"}, page=desk).status_code == 303
    late = post(admin, lifting, {"why_lifted": "The book, at last"}, page=desk).text
    assert "lifted it meanwhile" in late
    assert "The book, at last</textarea>" in late, "no word is lost"
    assert "lifted it meanwhile" in post(admin, lifting, {"why_lifted": " "}, page=desk).text
    assert pay()
    assert "The book was shown" in admin.get(desk).text


def test_two_cases_hold_the_money_until_both_let_go(world: World):
    sell({"COFFEE": 1})
    with unit_of_work():
        for number in ("A", "B"):
            freezing.freeze(ABOUT, number, "Why", actor="user:A", now=clock.now())
    for number, still in (("A", True), ("B", False)):
        with unit_of_work():
            freezing.lift(freezing.of_concern(number)[0], "Done", actor="user:A", now=clock.now())
        assert (freezing.in_force(ABOUT) is not None) == still
    assert freezing.in_force("charity:hill-schools-trust") is None


def freeze_and_pay(app):
    """A freeze that is about to be committed, and a payment that comes just then."""
    begun = Event()

    def hold() -> None:
        with unit_of_work():
            freezing.freeze(ABOUT, "A", "Why", actor="user:A", now=clock.now())
            begun.set()
            time.sleep(0.5)

    def after() -> str:
        begun.wait(5)
        return pay()

    return at_once(app, hold, after)[1]


def test_a_payment_that_meets_a_freeze_waits_for_it_and_is_refused(world: World, app):
    sell({"COFFEE": 1})
    assert isinstance(freeze_and_pay(app), Frozen)
    session().rollback()
    assert session().scalars(select(Payout)).all() == []


def test_without_the_lock_it_would_be_paid(world: World, app, database, monkeypatch):
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time, so that this can't happen there")
    sell({"COFFEE": 1})
    monkeypatch.setattr(freezing, "lock", lambda name: None)
    assert isinstance(freeze_and_pay(app), str)


def test_the_journal_says_what_was_done_and_neither_words_nor_reporter(world: World, client, admin):
    reporter = add_user("ming@example.org", name="Ming Lin")
    sign_in(client)
    link = tell(client, email="ming@example.org").location
    desk = f"/admin/concerns/{case_of().number}"
    post(admin, f"{desk}/messages", {"kind": "answer", "text": "Which week?"} | read(), page=desk)
    post(admin, f"{desk}/freezes", {"party": ABOUT, "why": "No wage book"}, page=desk)
    client.post(link.replace("?", "/messages?"), data={"text": "May", "csrf_token": ""})
    session().rollback()
    rows = session().scalars(select(JournalEntry).order_by(JournalEntry.sequence.desc()).limit(6)).all()
    written = str([(row.act, row.subject, row.actor, row.facts) for row in rows])
    for act in ("concern received", "concern answered", "payments frozen"):
        assert act in written
    for secret in (reporter.ref, "ming@", "harvest", "Which week", "wage book", case_of().key_hash):
        assert secret not in written
    assert journal.first_break() is None


def test_the_front_page_counts_what_waits_and_how_long(world: World, app, client, admin):
    with clock.at(clock.now() - timedelta(days=3)):
        tell(client)
    desk = f"/admin/concerns/{case_of().number}"
    post(admin, f"{desk}/owner", {"owner": admin.user.ref}, page=desk)
    row = re.search(r'<th scope="row"><a href="/admin/concerns">.*?</tr>', admin.get("/admin").text, re.S)[0]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row) == ["1", "3 days", "1"]
    reviewer = app.test_client()
    sign_in(reviewer, add_user("reviewer@example.org", Role.REVIEWER).email)
    page = reviewer.get("/admin").text
    assert "/admin/vetting" in page
    assert "/admin/concerns" not in page
    assert "/admin/people" not in page


def test_the_database_refuses_what_the_code_should(world: World, told):
    with pytest.raises(Exception, match="closed_with_an_outcome"), unit_of_work() as current:
        current.get_one(Concern, case_of().id).state = "closed"
    session().rollback()
    with pytest.raises(Exception, match="has_a_reason"), unit_of_work() as current:
        current.add(
            Freeze(ref="X", party=ABOUT, concern_number="A", reason="", frozen_at=clock.now(), frozen_by="user:A")
        )


@pytest.mark.parametrize("way", ["was a member", "applied", "declared a conflict"])
def test_a_stake_is_not_left_behind(world: World, app, told, way):
    number, user = case_of().number, add_user("second@example.org", Role.ADMIN, name="Two")
    add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    assert finding.by_number(number, user) is not None
    now = clock.now()
    with unit_of_work() as current:
        if way == "was a member":
            member = members.join(world.sunlit_bench, user, MemberRole.FINANCE, actor="user:A", now=now)
            members.leave(member, now=now)
        else:
            case = Case(ref="C", kind="producer", criteria_version="1", name="X", opened_at=now)
            case.producer_id, case.applicant_id = world.sunlit_bench.id, user.id if way == "applied" else None
            current.add(case)
            current.flush()
            if way != "applied":
                current.add(Conflict(case_id=case.id, reviewer_id=user.id, reason="My sister", at=now))
    assert finding.by_number(number, user) is None
    with pytest.raises(NotTheirs), unit_of_work():
        handling.hand_to(case_of(), user, seen="", by=user, now=now)


def test_a_typed_address_shuts_nobody_out_and_is_told_to_its_owner_alone(world: World, app, client, admin):
    carl = add_user("carl@example.org", Role.ADMIN, name="Carl")
    tell(client, email="carl@example.org")
    desk = f"/admin/concerns/{case_of().number}"
    assert "go to your own address" not in admin.get(desk).text
    assert post(admin, f"{desk}/owner", {"owner": carl.ref}, page=desk).status_code == 303
    theirs = app.test_client()
    sign_in(theirs, carl.email)
    assert "go to your own address" in theirs.get(desk).text


def test_the_second_who_takes_a_case_over_is_told_who_has_it(world: World, client, admin, told):
    desk = f"/admin/concerns/{case_of().number}"
    bert, carl = (add_user(f"{name}@example.org", Role.ADMIN, name=name.title()) for name in ("bert", "carl"))
    stale = {"seen": "", "owner": carl.ref}
    assert post(admin, f"{desk}/owner", {"seen": "", "owner": bert.ref}, page=desk).status_code == 303
    refused = post(admin, f"{desk}/owner", stale, page=desk)
    assert refused.status_code == 422
    assert "Bert looks after it since you opened the page" in refused.text
    assert case_of().owner.ref == bert.ref
    assert post(admin, f"{desk}/owner", stale | {"seen": bert.ref}, page=desk).status_code == 303
    with unit_of_work():
        bert.closed_at = clock.now()
    assert bert.ref not in admin.get(desk).text
    gone = post(admin, f"{desk}/owner", {"seen": carl.ref, "owner": bert.ref}, page=desk)
    assert gone.status_code == 422
    assert case_of().owner.ref == carl.ref


@pytest.mark.parametrize("words", ["{number}", "{low}", "{spaced}", "sunlit", "SUNLIT BENCH", "sunlit-bench"])
def test_a_case_is_found_by_its_number_and_by_whom_it_is_about(world: World, client, admin, told, words):
    number = case_of().number
    tell(client, about="producer:tehrathum-weavers")
    asked = words.format(number=number, low=f" {number.lower()} ", spaced=number.replace("-", " "))
    found = admin.get("/admin/concerns", query_string={"words": asked}).text
    assert "1 case" in found
    assert number in found


def test_an_address_that_comes_with_the_second_click_is_kept(world: World, client):
    sent = {"key": "k" * 43}
    tell(client, **sent)
    for address in ("mei@example.org", "other@example.org"):
        tell(client, **sent, email=address)
    assert case_of().email == "mei@example.org"
    assert [one.recipient for one in letters()] == ["mei@example.org"]


def test_the_reporter_s_address_is_forgotten_half_a_year_after_the_end(world: World, client, admin):
    location = tell(client, email="mei@example.org").location
    desk = f"/admin/concerns/{case_of().number}"
    seen = {"seen": case_of().entries[-1].id}
    with clock.at(clock.now() + timedelta(days=200)):
        assert CHORES["forget_reporters"]() == 0, "it is open"
    post(admin, f"{desk}/closing", seen | {"outcome": "upheld", "reason": "They were paid."}, page=desk)
    for days, forgotten in ((179, 0), (181, 1), (181, 0)):
        with clock.at(clock.now() + timedelta(days=days)):
            assert CHORES["forget_reporters"]() == forgotten
    assert case_of().email is None
    assert "They were paid." in client.get(location).text


def test_a_case_that_nobody_may_read_is_known_to_wait(app, world: World, client, told):
    page = client.get(told).text
    assert "Your words wait unread" in page, "there is no admin at all"
    insider = add_member(world.sunlit_bench, "inside@example.org", MemberRole.OWNER)
    with unit_of_work():
        insider.role = Role.ADMIN
    theirs = app.test_client()
    sign_in(theirs, insider.email)
    number = case_of().number
    front = theirs.get("/admin").text
    assert "A concern waits that nobody reads" in front
    assert number not in front
    assert any("1 open concern(s) may be read by no admin" in one for one in examine())
    assert "Your words wait unread" in client.get(told).text
    add_user("free@example.org", Role.ADMIN)
    assert "waits that nobody reads" not in theirs.get("/admin").text
    assert not any("concern" in one for one in examine())
    assert "Your words wait unread" not in client.get(told).text


def test_whoever_has_a_stake_reads_nowhere_which_case_it_is(world: World, app, admin, told):
    number = case_of().number
    desk = f"/admin/concerns/{number}"
    assert post(admin, f"{desk}/freezes", {"party": ABOUT, "why": "No wage book"}, page=desk).status_code == 303
    insider = add_member(world.sunlit_bench, "inside@example.org", MemberRole.FINANCE)
    with unit_of_work():
        insider.role = Role.ADMIN
    theirs = app.test_client()
    sign_in(theirs, "inside@example.org")
    assert number in admin.get("/admin/payouts").text
    assert number not in theirs.get("/admin/payouts").text
    assert number not in theirs.get("/admin/journal?act=payments+frozen").text
    for path in ("/admin/journal", "/admin/journal.csv"):
        assert number in admin.get(path).text
        assert number not in theirs.get(path).text, "nor that there is one, nor when it came in"


def test_letters_of_a_case_are_for_nobody_else_s_eyes(world: World, client, admin, monkeypatch):
    tell(client, email="who@example.org")
    (letter,) = letters("concern_received")
    assert admin.get(f"/mail/{letter.ref}").status_code == 200, "in the demo everybody reads all letters"
    monkeypatch.setattr("storefront.web.admin.mail._open_to_all", lambda: False)
    monkeypatch.setattr("storefront.web.admin.mail.without_second_step", lambda: None)
    assert "who@example.org" not in admin.get("/mail").text
    assert admin.get(f"/mail/{letter.ref}").status_code == 404
    assert admin.get(f"/mail/{letter.ref}.html").status_code == 404
    monkeypatch.setattr(mail, "_deliver", lambda *_: None)
    mail.send_due("smtp://nowhere", "shop@example.org")
    session().rollback()
    assert letters("concern_received") == [], "its key stays with whoever got it"


def test_only_what_anyone_may_read_is_named_on_the_form(world: World, client):
    names = {ABOUT: "Sunlit Bench Workshop", "charity:hill-schools-trust": "Hill Schools Trust",
             "product:drip-coffee": "Sunlit drip coffee"}  # fmt: skip
    for about, name in names.items():
        assert name in client.get(f"/concerns?about={about}").text
    with unit_of_work():
        world.sunlit_bench.status, world.hill_schools.status = "applying", "pending"
    for about, name in names.items():
        assert name not in client.get(f"/concerns?about={about}").text
        told = tell(client, about=about).location
        assert name not in client.get(told).text, "nor to whoever tells of it"
    assert [one.party for one in case_of().parties] == [ABOUT], "but those who look into it know"


def test_of_an_order_the_form_says_what_it_tells(world: World, client):
    order = sell({"COFFEE": 1})
    assert "who bought it" in client.get(f"/concerns?about=order:{order.ref}").text
    assert "who bought it" not in client.get(f"/concerns?about={ABOUT}").text


def test_empty_forms_silence_nobody(world: World, client):
    for _ in range(12):
        assert tell(client, text=" ").status_code == 422
    link = tell(client).location
    assert "No letter tells you" in client.get(link).text
    for _ in range(22):
        assert client.post(link.replace("?", "/messages?"), data={"text": ""}).status_code == 422
    assert client.post(link.replace("?", "/messages?"), data={"text": "And more"}).status_code == 303
    sent = [tell(client, text=f"Told {n}").status_code for n in range(10)]
    assert sent == [303] * 9 + [429]


def test_who_looks_after_a_case_is_named_after_leaving_the_admins(world: World, admin, told):
    other = add_user("bea@example.org", Role.ADMIN, name="Bea")
    desk = f"/admin/concerns/{case_of().number}"
    assert post(admin, f"{desk}/owner", {"owner": other.ref}, page=desk).status_code == 303
    with unit_of_work():
        other.role = Role.SHOPPER
    assert f'<option value="{other.ref}" selected>Bea' in admin.get(desk).text
