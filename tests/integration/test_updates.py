"""Updates to buyers: read by somebody else first, sent to each buyer once, public, and gone when they must be."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cast import World
from consented import agree, withdraw
from listings import add_member
from people import add_user, letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select

from storefront import chores
from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.journal import JournalEntry
from storefront.core.mail import OutgoingMail
from storefront.producers.models import Member, MemberRole, ProducerStatus
from storefront.updates import deciding, finding, sending, writing
from storefront.updates.models import Update, UpdateLetter, UpdateState
from storefront.updates.writing import NoConsent, NotOpen, PeopleUnasked, Words
from storefront.vetting.events import StandingChanged
from storefront.voices.moderating import ChangedMeanwhile, NoReason, OwnGroup, OwnWords

HOME = "/studio/sunlit-bench/updates"
TEXT = "The new roaster runs.\nIt took all summer."
SENT = {"title": "A roaster of our own", "text": TEXT, "people": "no", "act": "send"}


@pytest.fixture
def writer(world: World) -> Member:
    user = add_member(world.sunlit_bench, "ana@example.org", MemberRole.EDITOR, name="Ana")
    return session().scalars(select(Member).where(Member.user_id == user.id)).one()


@pytest.fixture
def admin(world: World):
    return add_user("admin@example.org", Role.ADMIN, name="Ada")


def bought(email, *skus):
    """A paid order of this address."""
    order = sell(dict.fromkeys(skus or ("COFFEE",), 1))
    with unit_of_work():
        order.email = email
    return order


def begun(writer, *products, consents=(), title="A roaster of our own"):
    with unit_of_work():
        return writing.begin(Words(title, TEXT, products, list(consents)), by=writer, now=clock.now())


def approved(writer, admin, *products, **facts):
    update = begun(writer, *products, **facts)
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    with unit_of_work():
        deciding.approve(update, seen=update.version, by=admin, now=clock.now())
    return update


def sent_to():
    return [one.recipient for one in letters("update")]


def test_an_update_is_written_read_public_and_in_every_buyers_letter(world: World, app, client, writer, admin):
    bought("mei@example.org")
    sign_in(client, "ana@example.org")
    page = post(client, HOME, {**SENT, "act": "save"})
    assert page.status_code == 303
    shown = client.get(page.location).text
    assert "It would go to 1 buyer at the most." in shown
    assert "The new roaster runs." in shown
    assert "roaster" not in client.get("/producers/sunlit-bench").text
    version = session().scalars(select(Update)).one().version
    assert post(client, page.location, {**SENT, "seen": version}).status_code == 303
    assert "Being read" in client.get(HOME).text
    desk = app.test_client()
    sign_in(desk, "admin@example.org")
    session().rollback()
    update = session().scalars(select(Update)).one()
    assert "The new roaster runs." in desk.get("/admin/updates?producer=Sunlit").text
    path = f"/admin/updates/{update.ref}/decisions"
    assert post(desk, path, {"decision": "hand_back", "seen": update.version}).status_code == 422
    assert post(desk, path, {"decision": "approve", "seen": update.version - 1}).status_code == 422
    assert post(desk, path, {"decision": "approve", "seen": update.version}).status_code == 303
    for address in ("/producers/sunlit-bench", "/producers/sunlit-bench/updates"):
        assert "It took all summer." in client.get(address).text
    assert "<h1>News from Sunlit Bench Workshop</h1>" in client.get("/producers/sunlit-bench/updates").text
    assert chores.CHORES["send_updates"]() == 1
    (letter,) = letters("update", "mei@example.org")
    assert letter.subject == "Sunlit Bench Workshop: A roaster of our own"
    assert "The new roaster runs." in letter.text
    assert "Sunlit drip coffee" in letter.text
    assert "1 letter" in client.get(HOME).text
    assert "more are on their way" not in client.get(HOME).text
    assert chores.CHORES["send_updates"]() == 0


def test_each_mailbox_gets_it_once_and_only_buyers_who_kept_something(world: World, writer, admin):
    bought("mei@example.org")
    bought("mei@example.org", "COFFEE", "SOAP")
    bought("scarf@example.org", "SCARF-RED")
    take_back(bought("back@example.org"))
    take_back(bought("half@example.org", "COFFEE", "SCARF-RED"), {"COFFEE": 1})
    with clock.at(clock.now() - timedelta(days=800)):
        bought("long.ago@example.org")
    order = bought("two@example.org")
    update = approved(writer, admin)
    assert sending.audience(update, clock.now()) == 3, "at the most"
    assert sending.send_due() == 2
    assert sent_to() == ["mei@example.org", "two@example.org"]
    assert "mei@" not in letters("update", "two@example.org")[0].text
    assert order.email == "two@example.org"


def test_an_update_about_one_product_goes_to_its_buyers_alone(world: World, writer, admin):
    bought("coffee@example.org")
    bought("soap@example.org", "SOAP")
    approved(writer, admin, world.soap)
    sending.send_due()
    assert sent_to() == ["soap@example.org"]


def test_a_worker_that_dies_neither_doubles_nor_leaves_out(world: World, writer, admin, monkeypatch):
    for n in range(5):
        bought(f"{n}@example.org")
    monkeypatch.setattr(sending, "ORDERS_AT_ONCE", 2)
    approved(writer, admin)
    real, calls = sending._tell, []

    def dies(*facts):
        calls.append(facts)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*facts)

    monkeypatch.setattr(sending, "_tell", dies)
    with pytest.raises(KeyboardInterrupt):
        sending.send_due()
    assert len(sent_to()) == 2, "what was not committed was not queued"
    sending.send_due()
    assert sorted(sent_to()) == [f"{n}@example.org" for n in range(5)]


def test_without_its_record_a_mailbox_would_get_two(world: World, writer, admin, monkeypatch):
    """The control of the tests above: two orders of one address."""
    bought("mei@example.org")
    bought("mei@example.org")
    approved(writer, admin)
    monkeypatch.setattr(sending, "insert_unless_there", lambda *_row: [1])
    assert sending.send_due() == 2


def test_whoever_ended_them_gets_no_more_of_this_group(world: World, client, writer, admin):
    bought("mei@example.org")
    approved(writer, admin)
    sending.send_due()
    (letter,) = letters("update")
    path = letter.unsubscribe_url.removeprefix("http://localhost")
    page = client.get(path)
    assert "by Sunlit Bench" in page.text
    assert client.post(path).status_code == 200
    assert letters("update") == [], "one that had not left the outbox stays here"
    with clock.at(clock.now() + timedelta(days=8)):
        approved(writer, admin, title="Another")
        assert sending.send_due() == 0


def test_a_group_sends_one_a_week_and_the_first_approved_goes_first(world: World, writer, admin):
    bought("mei@example.org")
    first, second = approved(writer, admin), approved(writer, admin, title="The second")
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    assert sending.waits_until(second) == first.begun_at + sending.PAUSE
    with clock.at(clock.now() + timedelta(days=7, minutes=1)):
        assert sending.send_due() == 1
    assert [one.subject for one in letters("update")] == [
        "Sunlit Bench Workshop: A roaster of our own", "Sunlit Bench Workshop: The second",
    ]  # fmt: skip


def test_the_one_that_was_approved_first_goes_first_whichever_was_begun_first(world: World, writer, admin):
    bought("mei@example.org")
    older, newer = begun(writer), begun(writer, title="Begun later")
    for minutes, update in enumerate((newer, older)):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            with unit_of_work():
                writing.send(update, seen=update.version, by=writer, now=clock.now())
            with unit_of_work():
                deciding.approve(update, seen=update.version, by=admin, now=clock.now())
    sending.send_due()
    assert [one.subject for one in letters("update")] == ["Sunlit Bench Workshop: Begun later"]


def test_a_suspended_group_and_a_withdrawn_update_send_nothing(world: World, client, writer, admin):
    bought("mei@example.org")
    update = approved(writer, admin)
    with unit_of_work():
        world.sunlit_bench.status = ProducerStatus.SUSPENDED
    assert sending.send_due() == 0
    assert client.get("/producers/sunlit-bench/updates").status_code == 404
    with unit_of_work():
        world.sunlit_bench.status = ProducerStatus.APPROVED
    with unit_of_work():
        writing.withdraw(update, actor="user:A", now=clock.now())
    assert sending.send_due() == 0
    assert "roaster" not in client.get("/producers/sunlit-bench/updates").text


def test_the_end_of_a_consent_takes_the_update_along(world: World, client, writer, admin):
    bought("mei@example.org")
    consent = agree(world.sunlit_bench)
    approved(writer, admin, consents=[consent.ref])
    other = approved(writer, admin, title="Without anyone")
    withdraw(consent)
    page = client.get("/producers/sunlit-bench/updates").text
    assert "A roaster of our own" not in page
    assert "Without anyone" in page
    sending.send_due()
    assert [one.subject for one in letters("update")] == ["Sunlit Bench Workshop: Without anyone"]
    assert other.state == UpdateState.APPROVED


def test_nothing_is_sent_to_be_read_before_people_were_asked(world: World, writer, admin):
    with unit_of_work():
        update = writing.begin(Words("A", "B", [], None), by=writer, now=clock.now())
    for consents, error in ((None, PeopleUnasked), (["NONE"], NoConsent)):
        with unit_of_work():
            writing.rewrite(update, Words("A", "B", [], consents), seen=update.version, by=writer, now=clock.now())
        with pytest.raises(error), unit_of_work():
            writing.send(update, seen=update.version, by=writer, now=clock.now())


def test_what_was_read_is_what_is_decided_and_never_by_the_group(world: World, writer, admin):
    update = begun(writer)
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    seen = update.version
    with pytest.raises(NotOpen), unit_of_work():
        writing.rewrite(update, Words("x", "y", [], []), seen=seen, by=writer, now=clock.now())
    with unit_of_work():
        writing.take_back(update, by=writer, now=clock.now())
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        deciding.approve(update, seen=seen, by=admin, now=clock.now())
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    with pytest.raises(OwnGroup), unit_of_work():
        deciding.approve(update, seen=update.version, by=writer.user, now=clock.now())
    consent = agree(world.sunlit_bench, until=timedelta(days=2))
    other = begun(writer, consents=[consent.ref])
    with unit_of_work():
        writing.send(other, seen=other.version, by=writer, now=clock.now())
    with clock.at(clock.now() + timedelta(days=3)), pytest.raises(NoConsent), unit_of_work():
        deciding.approve(other, seen=other.version, by=admin, now=clock.now())
    with pytest.raises(NoReason), unit_of_work():
        deciding.hand_back(update, "", seen=update.version, by=admin, now=clock.now())
    with unit_of_work():
        deciding.hand_back(update, "Which summer?", seen=update.version, by=admin, now=clock.now())
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        deciding.approve(update, seen=update.version, by=admin, now=clock.now())
    (letter,) = letters("words_refused", "ana@example.org")
    assert "Which summer?" in letter.text
    assert f"{HOME}/{update.ref}" in letter.text
    assert finding.public(writer.producer_id, size=9) == ([], 0)
    rows = session().scalars(select(JournalEntry.act).where(JournalEntry.subject == "producer:sunlit-bench"))
    assert [one for one in rows if one.startswith("update")] == [
        "update sent", "update draft", "update sent", "update sent", "update returned",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"title": " "}, "Say it in a few words"), ({"title": "x" * 121}, "at most 120"), ({"text": ""}, "Write what you"),
     ({"people": ""}, "Say whether somebody"), ({"people": "yes"}, "Choose the consent")],
)  # fmt: skip
def test_half_an_update_is_asked_again_with_every_word_kept(world: World, client, writer, fields, words):
    sign_in(client, "ana@example.org")
    answer = post(client, HOME, {**SENT, "product": "drip-coffee"} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    if "text" not in fields:
        assert "It took all summer." in answer.text
    assert 'value="drip-coffee" checked' in answer.text


def test_the_second_editor_is_told_and_loses_nothing(world: World, client, writer):
    update = begun(writer)
    sign_in(client, "ana@example.org")
    page = f"{HOME}/{update.ref}"
    first = {**SENT, "act": "save", "seen": update.version}
    assert post(client, page, {**first, "text": "Mine"}).status_code == 303
    answer = post(client, page, {**first, "text": "Theirs"})
    assert answer.status_code == 422
    assert "Ana changed it while you wrote" in answer.text
    assert "Mine" in answer.text
    assert "Theirs" in answer.text


def test_the_database_refuses_a_second_letter(world: World, writer, admin):
    update = approved(writer, admin)
    row = {"update_id": update.id, "mailbox": "x"}
    with pytest.raises(Exception, match=r"(?i)unique"), unit_of_work() as current:
        current.add_all([UpdateLetter(**row), UpdateLetter(**row)])


@pytest.mark.parametrize("way", ["withdrawn", "consent ended", "by an admin"])
def test_what_is_taken_back_takes_its_letters_out_of_the_outbox(world: World, client, writer, admin, way):
    for name in "ab":
        bought(f"{name}@example.org")
    consent = agree(world.sunlit_bench)
    update = approved(writer, admin, consents=[consent.ref])
    assert sending.send_due() == 2
    with unit_of_work():
        session().scalars(
            select(OutgoingMail).where(OutgoingMail.recipient == "a@example.org")
        ).one().sent_at = clock.now()
    if way == "withdrawn":
        with unit_of_work():
            writing.withdraw(update, actor="user:A", now=clock.now())
    elif way == "consent ended":
        withdraw(consent)
    else:
        sign_in(client, "admin@example.org")
        path = f"/admin/updates/{update.ref}/decisions"
        assert "Show it no more" in client.get("/admin/updates?state=approved").text
        told = {"decision": "withdraw", "seen": update.version}
        assert post(client, path, told).status_code == 422
        assert post(client, path, {**told, "reason": "It is an advertisement."}).status_code == 303
        (told,) = letters("words_refused", "ana@example.org")
        assert told.subject == "Your update is not shown any more: A roaster of our own"
        assert "It is an advertisement." in told.text
        assert "go out" not in told.text
    assert sent_to() == ["a@example.org"], "that one can't be called back"
    assert "roaster" not in client.get("/producers/sunlit-bench/updates").text


def test_nothing_goes_out_on_the_day_that_a_consent_ends(world: World, writer, admin):
    bought("mei@example.org")
    consent = agree(world.sunlit_bench, until=timedelta(days=2))
    approved(writer, admin, consents=[consent.ref])
    with clock.at(clock.now() + timedelta(days=2)):
        assert sending.send_due() == 0
    assert sent_to() == []


def test_the_end_of_a_consent_leaves_a_draft_to_be_rewritten(world: World, writer):
    consent = agree(world.sunlit_bench)
    update = begun(writer, consents=[consent.ref])
    withdraw(consent)
    session().refresh(update)
    assert update.state == UpdateState.DRAFT
    with pytest.raises(NoConsent), unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())


def test_nobody_publishes_what_they_wrote_not_even_after_leaving(world: World, writer):
    update = begun(writer)
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    user = writer.user
    with unit_of_work() as current:
        current.delete(current.get_one(Member, writer.id))
    with pytest.raises(OwnWords), unit_of_work():
        deciding.approve(update, seen=update.version, by=user, now=clock.now())


def test_a_mistake_does_not_hand_out_the_other_editor_s_version(world: World, client, writer):
    update = begun(writer)
    read = update.version
    sign_in(client, "ana@example.org")
    page = f"{HOME}/{update.ref}"
    with unit_of_work():
        writing.rewrite(update, Words("Theirs", "Theirs", [], []), seen=read, by=writer, now=clock.now())
    wrong = post(client, page, {**SENT, "act": "save", "title": " ", "seen": read})
    assert f'name="seen" value="{read}"' in wrong.text
    assert post(client, page, {**SENT, "act": "save", "seen": read}).status_code == 422
    session().refresh(update)
    assert update.title == "Theirs"


def test_words_for_what_was_sent_meanwhile_are_shown_again(world: World, client, writer):
    update = begun(writer)
    read = update.version
    with unit_of_work():
        writing.send(update, seen=read, by=writer, now=clock.now())
    sign_in(client, "ana@example.org")
    told = post(client, f"{HOME}/{update.ref}", {**SENT, "text": "A word of mine", "seen": read})
    assert told.status_code == 422
    assert "A word of mine" in told.text


def test_a_second_click_makes_no_second_update(world: World, client, writer):
    sign_in(client, "ana@example.org")
    places = {post(client, HOME, SENT).location for _ in range(2)}
    assert len(places) == 1
    update = session().scalars(select(Update)).one()
    assert update.state == UpdateState.SENT
    assert post(client, places.pop(), {**SENT, "seen": 1}).status_code == 303


def test_five_of_a_group_wait_at_once(world: World, client, writer):
    sign_in(client, "ana@example.org")
    answers = [post(client, HOME, {**SENT, "title": f"News {n}"}).status_code for n in range(6)]
    assert answers == [303] * 5 + [422]
    session().rollback()
    assert session().scalars(select(Update.state).where(Update.title == "News 5")).one() == UpdateState.DRAFT


def test_a_decision_on_what_was_taken_back_loses_no_word(world: World, client, writer, admin):
    update = begun(writer)
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
        seen = update.version
    with unit_of_work():
        writing.take_back(update, by=writer, now=clock.now())
    sign_in(client, "admin@example.org")
    told = {"decision": "hand_back", "seen": seen, "reason": "Which roaster?"}
    answer = post(client, f"/admin/updates/{update.ref}/decisions", told)
    assert answer.status_code == 303
    page = client.get("/admin/updates").text
    assert "Which roaster?" in page
    assert "It took all summer." not in page


def test_what_was_saved_and_could_not_be_sent_is_sent_once_it_can(world: World, client, writer):
    update = begun(writer)
    sign_in(client, "ana@example.org")
    page = f"{HOME}/{update.ref}"
    asked = post(client, page, {**SENT, "text": "Anew", "people": "yes", "seen": update.version})
    assert asked.status_code == 422
    seen = re.search(r'name="seen" value="(\d+)"', asked.text)[1]
    assert post(client, page, {**SENT, "text": "Anew", "seen": seen}).status_code == 303
    session().refresh(update)
    assert update.state == UpdateState.SENT


def test_a_thing_that_is_not_among_theirs_does_not_write_to_everybody(world: World, client, writer):
    sign_in(client, "ana@example.org")
    for slug in ("no-such-thing", world.scarf.slug):
        refused = post(client, HOME, {**SENT, "act": "save", "product": [world.coffee.slug, slug]})
        assert refused.status_code == 422
        assert '<a href="#product">One of the things' in refused.text
        assert TEXT in refused.text
        assert f'value="{world.coffee.slug}" checked' in refused.text
    assert session().scalars(select(Update)).all() == []


def test_the_question_about_people_bears_its_error(world: World, client, writer):
    sign_in(client, "ana@example.org")
    refused = post(client, HOME, {"title": "A", "text": TEXT, "act": "send"}).text
    assert 'aria-describedby="people-hint people-error"' in refused
    assert 'id="people-error"' in refused


def test_an_order_that_is_paid_while_letters_go_out_gets_one_too(world: World, writer, admin, monkeypatch):
    late = bought("late@example.org")
    bought("mei@example.org")
    with unit_of_work():
        late.status, late.paid_at = "pending", None
    update = approved(writer, admin)
    monkeypatch.setattr(sending, "ORDERS_AT_ONCE", 1)
    with unit_of_work():
        assert sending._send_some(update.id, clock.now()) == (1, True)
    with unit_of_work():
        late.status, late.paid_at = "paid", clock.now()
    assert sending.send_due() == 1
    assert sorted(sent_to()) == ["late@example.org", "mei@example.org"]
    assert sending.send_due() == 0


def test_an_update_that_reached_nobody_costs_no_week(world: World, writer, admin):
    approved(writer, admin)
    assert sending.send_due() == 0
    bought("mei@example.org")
    approved(writer, admin, title="The second")
    assert sending.send_due() == 1
    approved(writer, admin, title="The third")
    assert sending.send_due() == 0, "this one waits for its week"


def test_suspension_holds_the_letters_until_the_group_sells_again(world: World, client, writer, admin):
    for email in ("mei@example.org", "ben@example.org"):
        bought(email)
    update = approved(writer, admin)
    assert sending.send_due() == 2
    with unit_of_work():
        session().scalars(
            select(OutgoingMail).where(OutgoingMail.recipient == "ben@example.org")
        ).one().sent_at = clock.now()
    for status in (ProducerStatus.SUSPENDED, ProducerStatus.APPROVED):
        with unit_of_work():
            before, world.sunlit_bench.status = world.sunlit_bench.status, status
            announce(StandingChanged(world.sunlit_bench.id, None, before, status, clock.now()))
        if status == ProducerStatus.SUSPENDED:
            assert sent_to() == ["ben@example.org"], "what went can't be called back"
            assert sending.send_due() == 0
            sign_in(client, "ana@example.org")
            assert "the rest waits until the group sells again" in client.get(HOME).text
    assert sending.send_due() == 1
    assert sorted(sent_to()) == ["ben@example.org", "mei@example.org"], "and nobody gets a second one"
    assert finding.letters_of(update) == 2


def test_an_approval_while_the_group_is_suspended_says_what_follows(world: World, app, writer, admin):
    update = begun(writer)
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
        world.sunlit_bench.status = ProducerStatus.SUSPENDED
    desk = app.test_client()
    sign_in(desk, "admin@example.org")
    path = f"/admin/updates/{update.ref}/decisions"
    assert post(desk, path, {"decision": "approve", "seen": update.version}).status_code == 303
    assert "once the group sells again" in desk.get("/admin/updates").text


def test_the_reader_sees_how_many_it_reaches_and_whose_consents_it_rests_on(world: World, app, writer, admin):
    bought("mei@example.org")
    consent = agree(world.sunlit_bench)
    update = begun(writer, consents=[consent.ref])
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    desk = app.test_client()
    sign_in(desk, "admin@example.org")
    page = desk.get("/admin/updates").text
    assert "1 at the most" in page
    assert f'href="/admin/consents/{consent.ref}"' in page


def test_what_was_withdrawn_before_anybody_decided_is_its_group_s_alone(world: World, app, writer, admin):
    kept, shown = begun(writer, title="Never sent"), approved(writer, admin, title="Was public")
    with unit_of_work():
        for update in (kept, shown):
            writing.withdraw(update, actor="user:A", now=clock.now())
    desk = app.test_client()
    sign_in(desk, "admin@example.org")
    for state in ("withdrawn", "all"):
        page = desk.get(f"/admin/updates?state={state}").text
        assert "Was public" in page
        assert "Never sent" not in page
    path = f"/admin/updates/{kept.ref}/decisions"
    told = post(desk, path, {"decision": "withdraw", "seen": kept.version, "reason": "It names a buyer."})
    assert "Never sent" not in told.text
    assert "It names a buyer." in desk.get("/admin/updates").text


def test_what_was_rewritten_after_it_was_handed_back_is_its_groups_alone_until_it_is_sent(app, writer, admin):
    update = begun(writer, title="A first try")
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    with unit_of_work():
        deciding.hand_back(update, "Which summer?", seen=update.version, by=admin, now=clock.now())
    desk = app.test_client()
    sign_in(desk, "admin@example.org")
    assert "A first try" in desk.get("/admin/updates?state=returned").text
    words = Words("A second try", TEXT, (), [])
    with unit_of_work():
        writing.rewrite(update, words, seen=update.version, by=writer, now=clock.now())
    for state in ("returned", "all"):
        assert "A second try" not in desk.get(f"/admin/updates?state={state}").text
    with unit_of_work():
        writing.send(update, seen=update.version, by=writer, now=clock.now())
    assert "A second try" in desk.get("/admin/updates").text


def test_every_update_of_a_group_is_on_a_page(world: World, client, writer):
    for number in range(21):
        begun(writer, title=f"News {number}")
    sign_in(client, "ana@example.org")
    first, second = client.get(HOME).text, client.get(f"{HOME}?page=2").text
    for number in range(21):
        assert (f">News {number}</a>" in first) != (f">News {number}</a>" in second)
