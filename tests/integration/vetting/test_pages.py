"""The pages by which a group applies and two reviewers decide, without JavaScript."""

from __future__ import annotations

import html
import io
import re

import pytest
from applying_made import ANSWERS, applied, approved, fresh, judge, reviewers
from paying import at_once
from people import add_user, letters, post, sign_in, token
from sqlalchemy import select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers import members
from storefront.producers.models import Member, MemberRole
from storefront.vetting import criteria, deciding, finding
from storefront.vetting.models import Act, Kind, Verdict


@pytest.fixture
def staff(context):
    return reviewers()


@pytest.fixture
def maya(context):
    return add_user("maya@example.org", name="Maya")


def browser(app, user):
    client = app.test_client()
    sign_in(client, user.email)
    return client


def begin(client, kind="producer") -> str:
    started = post(client, "/studio/application", {"kind": kind})
    assert started.status_code == 303
    return started.location


def answered(client, page: str, kind: Kind) -> None:
    for asked in criteria.current(kind).asked:
        text = ANSWERS[kind].get(asked.key, "")
        if isinstance(asked, criteria.Criterion):
            text = f"What we do about {asked.key}."
        value = text.split(", ") if isinstance(asked, criteria.Question) and asked.kind == "choices" else text
        saved = post(client, f"{page}/questions/{asked.key}", {"answer": value, "evidence": "a paper"})
        assert saved.status_code == 303, asked.key


@pytest.mark.parametrize("kind", list(Kind))
def test_an_application_is_answered_question_by_question_and_sent(app, maya, kind):
    client = browser(app, maya)
    page = begin(client, kind)
    assert post(client, f"{page}/submission").status_code == 422
    for asked in criteria.current(kind).asked:
        assert client.get(f"{page}/questions/{asked.key}").status_code == 200
    answered(client, page, kind)
    again = browser(app, maya)
    assert ANSWERS[kind]["name"] in again.get("/studio/application").get_data(as_text=True)
    assert post(again, f"{page}/submission").location == page
    assert "Being looked at" in again.get(page).get_data(as_text=True)


def test_saving_leads_to_the_next_open_question(app, maya):
    client = browser(app, maya)
    page = begin(client)
    assert post(client, f"{page}/questions/founded", {"answer": "2014"}).location == f"{page}/questions/people"


def test_what_need_not_be_answered_is_offered_in_its_place_and_once(app, maya):
    client = browser(app, maya)
    page = begin(client)
    assert "Your own script comes next" in client.get(f"{page}/questions/name").text
    assert post(client, f"{page}/questions/name", {"answer": "Felt"}).location == f"{page}/questions/native_name"
    assert f'button-primary" href="{page}/questions/native_name">Go on' in client.get(page).text
    assert post(client, f"{page}/questions/native_name", {}).location == f"{page}/questions/legal_form"
    assert f'button-primary" href="{page}/questions/legal_form">Go on' in client.get(page).text
    assert ">Optional<" in client.get(page).text, "it was passed over, not answered"


def test_an_application_leads_on_from_its_top_until_it_can_be_sent(app, maya):
    client = browser(app, maya)
    page = begin(client)
    needed = [one for one in criteria.current(Kind.PRODUCER).asked if getattr(one, "required", True)]
    shown = client.get(page).text
    assert f"0 of {len(needed)} answered" in shown
    assert f'button-primary" href="{page}/questions/name">Begin' in shown
    assert shown.count("button-primary") == 1, "sending is no way on yet"
    answered(client, page, Kind.PRODUCER)
    shown = client.get(page).text
    assert f"{len(needed)} of {len(needed)} answered" in shown
    assert re.findall(r"button-primary[^>]*>([^<]*)", shown) == ["Send it to the reviewers"]


def test_what_is_open_when_an_application_is_sent_is_listed_and_a_link_away(app, maya):
    client = browser(app, maya)
    page = begin(client)
    post(client, f"{page}/questions/name", {"answer": "Felt"})
    missing = [one for one in criteria.current(Kind.PRODUCER).asked if getattr(one, "required", True)][1:]
    refused = post(client, f"{page}/submission")
    assert refused.status_code == 422
    summary = refused.text.split('role="alert"')[1].split("</ul>")[0]
    assert f"{len(missing)} answers need your attention" in summary
    assert re.findall(r'href="([^"]*)"', summary) == [f"{page}/questions/{one.key}" for one in missing[:10]]
    assert f"and {len(missing) - 10} more" in summary


def test_a_question_is_read_once_on_its_page(app, maya):
    client = browser(app, maya)
    page = begin(client)
    for asked in criteria.current(Kind.PRODUCER).questions:
        shown = client.get(f"{page}/questions/{asked.key}").text
        said = html.escape(asked.title, quote=False).replace("'", "&#39;")
        assert shown.count(f">{said}<") == (1 if asked.kind == "consent" else 2), asked.key
        assert (f'<span class="visually-hidden">{said}</span>' in shown) == (asked.kind != "consent"), asked.key


def test_an_unfit_answer_is_kept_and_explained(app, maya):
    client = browser(app, maya)
    page = begin(client)
    refused = post(client, f"{page}/questions/founded", {"answer": "long ago"})
    assert refused.status_code == 422
    text = refused.get_data(as_text=True)
    assert 'value="long ago"' in text
    assert "four figures" in text


def test_an_application_of_somebody_else_is_unknown(app, maya):
    page = begin(browser(app, maya))
    other = browser(app, add_user("other@example.org"))
    for path in (page, f"{page}/questions/name"):
        assert other.get(path).status_code == 404
    for path in ("submission", "withdrawal", "messages", "appeal", "questions/name"):
        assert post(other, f"{page}/{path}").status_code == 404


def test_a_draft_is_not_there_for_reviewers(app, maya, staff):
    case = applied(maya, send=False)
    client = browser(app, staff[0])
    assert client.get(f"/admin/vetting/{case.ref}").status_code == 404
    assert case.name not in client.get("/admin/vetting?state=").get_data(as_text=True)


def test_two_reviewers_decide_on_the_pages_and_the_applicant_reads_why(app, maya, staff):
    case = applied(maya)
    page = f"/admin/vetting/{case.ref}"
    one, two = browser(app, staff[0]), browser(app, staff[1])
    assert case.name in one.get("/admin/vetting").get_data(as_text=True)
    assert post(one, f"{page}/owner").status_code == 303
    assert post(one, f"{page}/decisions", {"act": "approve", "reason": "Good."}).status_code == 422
    for path, form, field in (
        ("findings", {"key": "fair_pay", "verdict": "question", "note": ""}, "note-fair_pay"),
        ("messages", {"text": " "}, "text"),
        ("conflicts", {"reason": ""}, "conflict"),
        ("decisions", {"act": "reject", "reason": ""}, "reason"),
    ):
        refused = post(one, f"{page}/{path}", form)
        assert refused.status_code == 422
        assert f'<a href="#{field}">Write a few words' in refused.get_data(as_text=True)
        assert f'id="{field}-error"' in refused.get_data(as_text=True)
        folded = path in ("findings", "conflicts")
        assert ('<details class="disclosure" open>' in refused.text) == folded, "what is wrong is not folded away"
        assert ('value="question" selected' in refused.text) == (path == "findings"), "what was chosen stays chosen"
    post(one, f"{page}/findings", {"key": "fair_pay", "verdict": "question", "note": "Which floor?"})
    assert post(one, f"{page}/messages", {"text": "Who holds the papers?"}).status_code == 303
    mine = browser(app, maya)
    told = mine.get(f"/studio/application/{case.ref}").get_data(as_text=True)
    assert "Which floor?" in told
    assert "Who holds the papers?" in told
    assert post(mine, f"/studio/application/{case.ref}/messages", {"text": "The office does."}).status_code == 303
    assert "The office does." in one.get(page).get_data(as_text=True)
    judge(case, staff[0])
    preview = post(one, f"{page}/decisions", {"act": "approve", "reason": "All is met.", "preview": "1"})
    assert "What the applicant will read" in preview.get_data(as_text=True)
    assert fresh(case).state == "submitted"
    for client in (one, two):
        assert post(client, f"{page}/decisions", {"act": "approve", "reason": "All is met."}).status_code == 303
    assert "Approved" in mine.get(f"/studio/application/{case.ref}").get_data(as_text=True)
    assert mine.get("/producers/chautari-felt-circle").status_code == 200


def test_a_reviewer_with_a_conflict_reads_and_does_not_judge(app, maya, staff):
    case = applied(maya)
    page = f"/admin/vetting/{case.ref}"
    one = browser(app, staff[0])
    for said_again in ("My sister works there.", ""):
        assert post(one, f"{page}/conflicts", {"reason": said_again}).status_code == 303
    shown = one.get(page).get_data(as_text=True)
    assert "My sister works there." in shown
    assert "Take it over" not in shown
    for path, form in {
        "messages": {"text": "Who weaves in the second house?"},
        "findings": {"key": "fair_pay", "verdict": "question", "note": "Who weaves in the second house?"},
        "decisions": {"act": "reject", "reason": "Who weaves in the second house?"},
    }.items():
        refused = post(one, f"{page}/{path}", form)
        assert refused.status_code == 422
        assert refused.text.count("Who weaves in the second house?") == 1, "the form is gone, the words are not"


def test_nobody_leaves_a_group_to_judge_it(app, maya, staff):
    case = approved(applied(maya), *staff)
    with unit_of_work():
        members.join(case.producer, staff[0], MemberRole.EDITOR, actor="user:A", now=clock.now())
    with unit_of_work():
        members.leave(session().scalars(select(Member).where(Member.user_id == staff[0].id)).one(), clock.now())
    client = browser(app, staff[0])
    page = f"/admin/vetting/{case.ref}"
    assert "You belong to this party" in client.get(page).text
    assert post(client, f"{page}/messages", {"text": "How are you?"}).status_code == 422
    assert "You belong to this party" not in browser(app, staff[1]).get(page).text


def test_words_that_are_too_long_are_refused_and_not_cut_off(app, maya, staff):
    case = applied(maya)
    one, mine = browser(app, staff[0]), browser(app, maya)
    long = "Who weaves in the second house? " * 200
    for client, path, form in (
        (one, f"/admin/vetting/{case.ref}/messages", {"text": long}),
        (one, f"/admin/vetting/{case.ref}/decisions", {"act": "reject", "reason": long}),
        (mine, f"/studio/application/{case.ref}/messages", {"text": long}),
    ):
        refused = post(client, path, form)
        assert refused.status_code == 422
        assert "Shorten this to 5000 characters" in refused.text
        assert long.strip() in refused.text
    new = browser(app, add_user("new@example.org"))
    asked = f"{begin(new)}/questions/fair_pay"
    refused = post(new, asked, {"answer": "By the hour.", "evidence": long})
    assert refused.status_code == 422
    assert long.strip() in refused.text


def test_an_answer_that_comes_too_late_is_given_back(app, maya, staff):
    case = applied(maya)
    answer = {"answer": "Two houses above the river"}
    refused = post(browser(app, maya), f"/studio/application/{case.ref}/questions/name", answer)
    assert refused.status_code == 422
    assert "Two houses above the river" in refused.text
    one = browser(app, staff[0])
    kept = post(one, f"/admin/vetting/{case.ref}/decisions", {"act": "approve", "reason": "Two houses, both good."})
    assert kept.status_code == 422
    assert kept.text.count("Two houses, both good.") == 1, "what stands in its form is not shown twice"


def test_only_an_admin_reads_how_a_group_is_paid_out(app, maya, staff):
    case = applied(maya)
    assert "in the name of the circle" not in browser(app, staff[0]).get(f"/admin/vetting/{case.ref}").get_data(
        as_text=True
    )
    admin = add_user("admin@example.org", "admin")
    assert "in the name of the circle" in browser(app, admin).get(f"/admin/vetting/{case.ref}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "there"),
    [("", False), ("?state=rejected", True), ("?state=", True), ("?state=&owner=mine", False),
     ("?state=&owner=nobody", True), ("?state=&days=7", False), ("?state=appealed", False),
     ("?state=suspended", False), ("?state=&days=x&page=-1", True)],
)  # fmt: skip
def test_the_queue_is_filtered_and_rejected_ones_stay_in_it(app, maya, staff, query, there):
    case = applied(maya)
    for reviewer in staff:
        with unit_of_work():
            deciding.vote(finding.by_ref(case.ref, lock=True), reviewer, Act.REJECT, "No papers.", clock.now())
    page = browser(app, staff[0]).get(f"/admin/vetting{query}").get_data(as_text=True)
    assert (case.name in page) == there


def test_a_party_is_found_by_a_part_of_its_name_and_the_latest_decision_comes_first(app, maya, staff):
    approved(applied(maya, name="First & Felt 100%"), *staff)
    approved(applied(add_user("lin@example.org"), name="Second Felt"), *staff)
    client = browser(app, staff[0])
    every = client.get("/admin/vetting?state=approved").get_data(as_text=True)
    assert every.index("Second Felt") < every.index("First &amp; Felt")
    for part, found in {"first": True, "0%": True, "second": False, "_": False, "%": True}.items():
        page = client.get("/admin/vetting", query_string={"state": "approved", "name": part}).get_data(as_text=True)
        assert ("First &amp; Felt" in page) == found, part


def test_an_appeal_and_a_suspension_go_by_the_pages_too(app, maya, staff):
    case = approved(applied(maya), *staff)
    one, two, mine = (browser(app, user) for user in (*staff, maya))
    page, own = f"/admin/vetting/{case.ref}", f"/studio/application/{case.ref}"
    assert post(one, f"{page}/decisions", {"act": "suspend", "reason": "A report."}).status_code == 303
    assert mine.get("/producers/chautari-felt-circle").status_code == 404
    assert "A report." in mine.get(own).get_data(as_text=True)
    assert post(mine, f"{own}/appeal", {"reason": "It is about another group."}).status_code == 303
    assert post(one, f"{page}/decisions", {"act": "grant_appeal", "reason": "Hm."}).status_code == 422
    assert post(two, f"{page}/decisions", {"act": "grant_appeal", "reason": "It is."}).status_code == 303
    assert mine.get("/producers/chautari-felt-circle").status_code == 200
    renewed = post(mine, "/studio/application", {"again": case.ref}).location
    assert "Chautari Felt Circle" in mine.get(renewed).get_data(as_text=True)


def test_a_renewal_is_begun_once_where_the_reminder_leads(app, maya, staff):
    case = approved(applied(maya), *staff)
    client, page = browser(app, maya), f"/studio/application/{case.ref}"
    shown = client.get(page).get_data(as_text=True)
    assert 'id="renewal"' in shown
    assert "It holds until" in shown
    renewal = post(client, "/studio/application", {"again": case.ref}).location
    assert f'href="{renewal}">' in client.get(page).get_data(as_text=True)
    assert post(client, "/studio/application", {"again": case.ref}).location == renewal


def test_who_renews_one_group_can_apply_for_another_meanwhile(app, maya, staff):
    case = approved(applied(maya), *staff)
    client = browser(app, maya)
    another = begin(client)
    renewal = post(client, "/studio/application", {"again": case.ref})
    assert renewal.status_code == 303
    assert begin(client) == another
    assert renewal.location not in (another, f"/studio/application/{case.ref}")


@pytest.mark.parametrize("data", [{"kind": "producer"}, {"again": ""}])
def test_two_clicks_begin_one_application(app, maya, staff, data):
    if "again" in data:
        data = {"again": approved(applied(maya), *staff).ref}
    clients = [browser(app, maya), browser(app, maya)]
    tokens = [token(client) for client in clients]
    answers = at_once(
        app,
        *(
            lambda client=client, csrf=csrf: client.post("/studio/application", data={"csrf_token": csrf, **data})
            for client, csrf in zip(clients, tokens, strict=True)
        ),
    )
    assert len({answer.location for answer in answers}) == 1


def test_only_owners_speak_for_a_group_and_who_has_left_does_not(app, maya, staff):
    case = approved(applied(maya), *staff)
    page, now = f"/studio/application/{case.ref}", clock.now()
    others = {role: add_user(f"{role}@example.org", name=role) for role in ("owner", "editor", "finance", "agent")}
    with unit_of_work() as current:
        current.add_all(Member(producer_id=case.producer_id, user_id=user.id, role=role, since=now)
                        for role, user in others.items())  # fmt: skip
    for role, user in others.items():
        client, mine = browser(app, user), role == "owner"
        assert client.get(page).status_code == (200 if mine else 404), role
        assert (case.name in client.get("/studio/application").get_data(as_text=True)) == mine
    with unit_of_work():
        leaving = members.of_user_in(maya.id, "chautari-felt-circle")
        members.leave(leaving, now)
    gone = browser(app, maya)
    assert gone.get(page).status_code == 404
    assert case.name not in gone.get("/studio/application").get_data(as_text=True)
    assert post(gone, "/studio/application", {"again": case.ref}).status_code == 400
    before = len(letters(to="maya@example.org"))
    with unit_of_work():
        deciding.suspend(finding.by_ref(case.ref, lock=True), staff[0], "A report.", clock.now())
    assert len(letters(to="maya@example.org")) == before, "who has left hears no more of it"
    assert letters(to="owner@example.org")


def test_reviewers_read_names_and_not_codes(app, maya, staff):
    shown = browser(app, staff[0]).get(f"/admin/vetting/{applied(maya).ref}").get_data(as_text=True)
    assert "<dd>Nepal</dd>" in shown
    charity = browser(app, staff[0]).get(f"/admin/vetting/{applied(maya, Kind.CHARITY).ref}").get_data(as_text=True)
    assert "<dd>Kenya</dd>" in charity
    assert "<dd>Environment, Poverty alleviation</dd>" in charity


def test_a_withdrawn_application_can_be_begun_again(app, maya):
    case = applied(maya)
    client = browser(app, maya)
    page = f"/studio/application/{case.ref}"
    assert post(client, f"{page}/withdrawal", {"reason": "Not ready."}).status_code == 303
    again = post(client, "/studio/application", {"again": case.ref}).location
    assert again != page
    assert "Send it to the reviewers" in client.get(again).get_data(as_text=True)


def test_the_public_summary_says_what_was_looked_at_and_no_more(app, maya, staff):
    approved(applied(maya), *staff)
    page = app.test_client().get("/producers/chautari-felt-circle").get_data(as_text=True)
    assert "by two reviewers" in page
    assert "No child labour, no forced labour" in page
    assert "What we do about fair_pay" not in page
    assert "in the name of the circle" not in page


def test_evidence_is_kept_where_only_the_party_and_reviewers_read_it(app, maya, staff):
    case = applied(maya, send=False)
    mine, page = browser(app, maya), f"/studio/application/{case.ref}"
    paper = {"answer": "By the hour.", "document": (io.BytesIO(b"%PDF-1.7\nwages\n%%EOF\n"), "wages.pdf")}
    assert post(mine, f"{page}/questions/fair_pay", paper).status_code == 303
    bad = {"answer": "By the hour.", "document": (io.BytesIO(b"<svg onload='x'/>"), "wages.pdf")}
    assert post(mine, f"{page}/questions/fair_pay", bad).status_code == 422
    assert post(mine, f"{page}/submission").status_code == 303
    (document,) = finding.documents(case)["fair_pay"]
    assert document.owner == f"application:{case.ref}"
    readers = {maya: page, staff[0]: f"/admin/vetting/{case.ref}"}
    for user, door in readers.items():
        got = browser(app, user).get(f"{door}/documents/{document.ref}")
        assert got.data == b"%PDF-1.7\nwages\n%%EOF\n"
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "no-store" in got.headers["Cache-Control"]
    other = browser(app, add_user("other@example.org"))
    assert other.get(f"{page}/documents/{document.ref}").status_code == 404
    assert other.get(f"/admin/vetting/{case.ref}/documents/{document.ref}").status_code == 403


def test_what_was_never_sent_is_not_there_for_reviewers(app, maya, staff):
    case = applied(maya, send=False)
    assert post(browser(app, maya), f"/studio/application/{case.ref}/withdrawal", {"reason": ""}).status_code == 303
    one = browser(app, staff[0])
    assert one.get(f"/admin/vetting/{case.ref}").status_code == 404
    assert case.name not in one.get("/admin/vetting?state=withdrawn").text


def test_nothing_is_chosen_in_a_reviewers_place(app, maya, staff):
    case = applied(maya)
    one, page = browser(app, staff[0]), f"/admin/vetting/{case.ref}"
    shown = one.get(page).text
    assert '<option value="met" selected>' not in shown
    assert '<option value="approve" selected>' not in shown
    refused = post(one, f"{page}/findings", {"key": "fair_pay", "verdict": "", "note": "The sheets agree."})
    assert refused.status_code == 422
    assert "The sheets agree." in refused.text
    assert "Choose what you found" in refused.text
    refused = post(one, f"{page}/decisions", {"act": "", "reason": "All is well."})
    assert refused.status_code == 422
    assert "All is well." in refused.text


def test_a_reviewer_is_led_to_the_next_criterion_that_is_open(app, maya, staff):
    case = applied(maya)
    one, page = browser(app, staff[0]), f"/admin/vetting/{case.ref}"
    first = criteria.current(Kind.PRODUCER).criteria[0].key
    assert "0 of 13 criteria met" in one.get(page).text
    saved = post(one, f"{page}/findings", {"key": first, "verdict": "met", "note": ""})
    assert saved.location.endswith("#next")
    shown = one.get(page).text
    assert "1 of 13 criteria met" in shown
    assert shown.index(f'id="{first}"') < shown.index('id="next"')


def test_appeals_and_messages_are_counted_and_found(app, maya, staff):
    case = applied(maya)
    for reviewer in staff:
        with unit_of_work():
            deciding.vote(finding.by_ref(case.ref, lock=True), reviewer, Act.REJECT, "No papers.", clock.now())
    own, one = f"/studio/application/{case.ref}", browser(app, staff[0])
    mine = browser(app, maya)

    def waiting(name: str) -> str:
        row = re.search(rf"{name}</a></th><td[^>]*>(\d+)</td>", one.get("/admin").text)
        return row.group(1)

    assert (waiting("Appeals"), waiting("Messages of applicants")) == ("0", "0")
    post(mine, f"{own}/messages", {"text": "Which papers?"})
    post(mine, f"{own}/appeal", {"reason": "They were in the second parcel."})
    assert (waiting("Appeals"), waiting("Messages of applicants")) == ("1", "1")
    for state in ("appealed", "written"):
        assert case.name in one.get(f"/admin/vetting?state={state}").text
    refused = post(mine, "/studio/application", {"again": case.ref})
    assert refused.location == own
    assert "Wait for the answer first" in mine.get(own).text
    post(one, f"/admin/vetting/{case.ref}/messages", {"text": "Those of 2025.", "about": "fair_pay"})
    assert waiting("Messages of applicants") == "0"
    title = next(one.title for one in criteria.current(Kind.PRODUCER).criteria if one.key == "fair_pay")
    assert f"about “{title}”" in mine.get(own).text


def test_what_is_shown_before_is_the_letter_that_goes_out(app, maya, staff):
    case = applied(maya)
    judge(case, staff[0])
    one, page = browser(app, staff[0]), f"/admin/vetting/{case.ref}"
    shown = post(one, f"{page}/decisions", {"act": "approve", "reason": "All good.", "preview": "1"}).text
    assert "The approval holds until" in shown
    approved(case, *staff)
    shown = post(one, f"{page}/decisions", {"act": "suspend", "reason": "A report.", "preview": "1"}).text
    assert "You may appeal once" in shown


def test_the_second_of_two_owners_is_told_and_loses_nothing(app, maya, staff):
    case = approved(applied(maya), *staff)
    olga = add_user("olga@example.org", name="Olga")
    with unit_of_work() as current:
        current.add(Member(producer_id=case.producer_id, user_id=olga.id, role="owner", since=clock.now()))
    mine, hers = browser(app, maya), browser(app, olga)
    page = f"{post(mine, '/studio/application', {'again': case.ref}).location}/questions/fair_pay"
    seen = re.search(r'name="seen" value="(\d+)"', mine.get(page).text).group(1)
    for words in ("Nine dollars.", "Nine dollars a day."):  # one's own older page is no conflict
        assert post(hers, page, {"answer": words, "seen": seen}).status_code == 303
    sheet = (io.BytesIO(b"%PDF-1.7\nwages\n%%EOF\n"), "wages.pdf")
    refused = post(mine, page, {"answer": "Ten dollars.", "seen": seen, "document": sheet})
    assert refused.status_code == 422
    assert "Theirs is: “Nine dollars a day.”" in refused.text
    assert "Ten dollars." in refused.text
    assert f"{page.partition('/questions')[0]}/documents/" in refused.text, "what was handed in is kept"
    seen = re.search(r'name="seen" value="(\d+)"', refused.text).group(1)
    assert post(mine, page, {"answer": "Ten dollars.", "seen": seen}).status_code == 303


def test_a_reviewer_reads_no_votes_on_their_own_application(app, staff):
    third = add_user("three@example.org", "reviewer", name="Three")
    case = applied(third)
    with unit_of_work():
        deciding.vote(finding.by_ref(case.ref, lock=True), staff[0], Act.REJECT, "Papers are thin.", clock.now())
    page = f"/admin/vetting/{case.ref}"
    with unit_of_work():
        deciding.find(finding.by_ref(case.ref, lock=True), staff[0], "fair_pay", Verdict.QUESTION, "How?", clock.now())
    seen = browser(app, staff[1]).get(page).text
    assert "Papers are thin." in seen
    assert "<strong>One:</strong> How?" in seen
    own = browser(app, third).get(page).text
    assert "Papers are thin." not in own
    assert "<strong>The reviewers:</strong> How?" in own
    assert "One," not in own, "what was said, and not by whom"


def test_an_admin_reads_in_the_journal_nothing_of_their_own_application(app, staff):
    ada = add_user("ada@example.org", "admin", name="Ada")
    case = applied(ada)
    with unit_of_work():
        deciding.vote(finding.by_ref(case.ref, lock=True), staff[0], Act.REJECT, "Papers are thin.", clock.now())
    path = f"/admin/journal?subject=application:{case.ref}"
    assert "Papers are thin." not in browser(app, ada).get(path).text
    assert "Papers are thin." in browser(app, add_user("bea@example.org", "admin")).get(path).text


@pytest.mark.parametrize("kind", list(Kind))
def test_the_page_of_a_suspended_party_says_that_it_is_hidden(app, maya, staff, kind):
    case = approved(applied(maya, kind), *staff)
    address = f"/producers/{case.producer.slug}" if kind == Kind.PRODUCER else f"/charities/{case.charity.slug}"
    guest = app.test_client()
    assert guest.get(address).status_code == 200
    with unit_of_work():
        deciding.suspend(finding.by_ref(case.ref, lock=True), staff[0], "A report.", clock.now())
    hidden = guest.get(address)
    assert hidden.status_code == 404
    assert "This page is hidden for now" in hidden.text
    assert "A report." not in hidden.text
    assert "This page is hidden for now" not in guest.get(f"{address}-two").text
