"""How a party gets in: two who agree, nobody in their own cause, and the reason in every letter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from applying_made import applied, approved, fresh, judge, reviewers, vote
from people import add_user, letters
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from storefront.accounts.models import Role
from storefront.charities import reading as charities
from storefront.charities.models import Charity
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.producers import reading as producers
from storefront.producers.models import Member, Producer
from storefront.vetting import appealing, applying, criteria, deciding, finding, reading, states
from storefront.vetting.answering import UnfitAnswer
from storefront.vetting.models import Act, Case, Kind, Verdict

PAGE = "chautari-felt-circle"


@pytest.fixture
def applicant(context):
    return add_user("maya@example.org", name="Maya")


def act(do, case, *facts, **more):
    """One act on a case, as a view does it."""
    with unit_of_work():
        return do(finding.by_ref(case.ref, lock=True), *facts, clock.now(), **more)


def test_two_reviewers_who_agree_let_a_producer_in(applicant):
    one, two = reviewers()
    case = applied(applicant)
    judge(case, one)
    assert vote(case, one) is None
    assert producers.by_slug(PAGE) is None
    decision = vote(case, two)
    assert decision is not None
    shown = producers.by_slug(PAGE)
    assert (shown.name, shown.status, shown.delivery_minor, shown.delivery_days_max) == (
        "Chautari Felt Circle", "approved", 750, 14,
    )  # fmt: skip
    summary = reading.summary(clock.today(), producer_id=shown.id)
    assert (summary.criteria_version, summary.decided_by, summary.overdue) == ("2026.1", "two reviewers", False)
    owner = session().scalars(select(Member).where(Member.producer_id == shown.id)).one()
    assert (owner.user_id, owner.role) == (applicant.id, "owner")


def test_a_charity_gets_in_the_same_way(applicant):
    one, two = reviewers()
    approved(applied(applicant, Kind.CHARITY), one, two)
    charity = charities.by_slug("far-wells-trust")
    assert (charity.name, charities.causes_of(charity.id)) == ("Far Wells Trust", ["environment", "poverty"])


def test_one_reviewer_twice_is_not_two(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    judge(case, one)
    assert vote(case, one) is None
    assert vote(case, one) is None
    assert fresh(case).state == "submitted"


def test_two_who_disagree_decide_nothing_until_one_changes_their_mind(applicant):
    one, two = reviewers()
    case = applied(applicant)
    judge(case, one)
    vote(case, one)
    assert vote(case, two, Act.REJECT) is None
    assert vote(case, two) is not None


def test_an_approval_needs_every_criterion_met_by_the_answers_as_they_are(applicant):
    one, two = reviewers()
    case = applied(applicant)
    with pytest.raises(deciding.CriteriaOpen) as open_ones:
        vote(case, one)
    assert len(open_ones.value.keys) == 13
    judge(case, one)
    vote(case, one)
    act(deciding.ask, case, two, "Please tell more about pay.")
    act(applying.answer, case, applicant, "fair_pay", "By the hour now.")
    act(applying.submit, case, applicant)
    with pytest.raises(deciding.CriteriaOpen) as open_ones:
        vote(case, one)
    assert open_ones.value.keys == ["fair_pay"]
    act(deciding.find, case, one, "fair_pay", Verdict.MET, "")
    assert vote(case, two) is None, "the vote before the changes counts no more"
    assert vote(case, one) is not None


def test_a_declared_conflict_blocks_a_vote_and_takes_back_the_one_before(applicant):
    one, two = reviewers()
    case = applied(applicant)
    judge(case, one)
    vote(case, one)
    act(deciding.declare_conflict, case, one, "My sister works there.")
    with pytest.raises(deciding.ConflictDeclared):
        vote(case, one)
    assert vote(case, two) is None
    third = add_user("three@example.org", Role.ADMIN, name="Three")
    assert vote(case, third) is not None


def test_a_conflict_holds_for_the_next_case_of_the_same_party(applicant):
    one, two = reviewers()
    case = applied(applicant)
    act(deciding.declare_conflict, case, one, "My sister works there.")
    act(applying.withdraw, case, applicant, "Later.")
    again = applied(applicant)
    with pytest.raises(deciding.ConflictDeclared):
        judge(again, one)
    judge(again, two)


def test_members_do_not_review_their_own_group(world):
    one, two = reviewers()
    with unit_of_work() as current:
        now = clock.now()
        current.add(Member(producer_id=world.weavers.id, user_id=one.id, role="editor", since=now))
        case = applying.start(one, Kind.PRODUCER, now, producer=world.weavers)
    for do in (lambda: act(deciding.say, case, one, "Hm."), lambda: act(deciding.take, case, one)):
        with pytest.raises(deciding.OwnGroup):
            do()
    act(deciding.take, case, two)


def test_someone_who_is_no_reviewer_decides_nothing(applicant):
    case = applied(applicant)
    with pytest.raises(deciding.NotAReviewer):
        judge(case, add_user("shopper@example.org"))


def test_every_letter_carries_the_reason_itself(applicant):
    one, two = reviewers()
    case = applied(applicant)
    act(deciding.say, case, one, "Who holds the papers?\nAnd since when?", key="no_child_or_forced_labour")
    act(deciding.ask, case, one, "The accounts of 2025 are missing.")
    act(applying.submit, case, applicant)
    vote(case, one, Act.REJECT)
    vote(case, two, Act.REJECT)
    said = [letter.text for letter in letters(to="maya@example.org")]
    for text_of, words in zip(
        said, ("Who holds the papers?", "The accounts of 2025 are missing.", "Two says so."), strict=True
    ):
        assert words in text_of
    html = letters(to="maya@example.org")[-1].html
    assert "Two says so." in html
    assert "appeal once" in html
    assert f"/studio/application/{case.ref}" in said[0]


def test_a_reply_reaches_the_owner_of_the_case_with_its_words(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    act(deciding.take, case, one)
    act(applying.reply, case, applicant, "The <accounts> are on their way.")
    (letter,) = letters(to="one@example.org")
    assert "The <accounts> are on their way." in letter.text
    assert "The &lt;accounts&gt; are on their way." in letter.html


def test_a_rejected_party_appeals_once_to_somebody_else(applicant):
    one, two = reviewers()
    third = add_user("three@example.org", Role.ADMIN, name="Three")
    case = applied(applicant)
    vote(case, one, Act.REJECT)
    vote(case, two, Act.REJECT)
    act(appealing.appeal, case, applicant, "You misread the wage sheet.")
    with pytest.raises(appealing.NothingToAppeal):
        act(appealing.appeal, case, applicant, "And once more.")
    with pytest.raises(deciding.SamePerson):
        act(deciding.decide_appeal, case, two, True, "No.")
    act(deciding.decide_appeal, case, third, True, "They are right about the sheet.")
    assert fresh(case).state == "submitted"
    assert producers.by_slug(PAGE) is None, "an appeal alone lets nobody in"
    vote(case, one, Act.REJECT)
    vote(case, two, Act.REJECT)
    with pytest.raises(appealing.NothingToAppeal):
        act(appealing.appeal, case, applicant, "A second appeal in one case.")


def test_an_appeal_against_a_suspension_may_end_it(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    act(appealing.appeal, case, applicant, "The report is about another group.")
    with pytest.raises(deciding.SamePerson):
        act(deciding.decide_appeal, case, one, True, "Hm.")
    act(deciding.decide_appeal, case, two, True, "It is.")
    assert producers.by_slug(PAGE) is not None


def test_a_suspension_takes_one_and_its_end_takes_two(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    assert producers.by_slug(PAGE) is None
    with pytest.raises(states.NotNow):
        act(deciding.suspend, case, two, "Again.")
    assert vote(case, one, Act.REINSTATE) is None
    assert producers.by_slug(PAGE) is None
    assert vote(case, two, Act.REINSTATE) is not None
    assert producers.by_slug(PAGE) is not None


def test_a_new_approval_of_a_suspended_party_does_not_end_the_suspension(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    with unit_of_work():
        renewal = applying.start(applicant, Kind.PRODUCER, clock.now(), producer=fresh_producer())
        applying.submit(renewal, applicant, clock.now())
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    approved(renewal, one, two)
    assert producers.by_slug(PAGE) is None
    with pytest.raises(states.NotNow):
        vote(case, one, Act.REINSTATE)  # the standing is decided in the newest case
    vote(renewal, one, Act.REINSTATE)
    vote(renewal, two, Act.REINSTATE)
    assert producers.by_slug(PAGE) is not None


def fresh_producer() -> Producer:
    return session().scalars(select(Producer).where(Producer.slug == PAGE)).one()


def test_a_withdrawn_application_is_begun_again_with_its_answers_and_its_thread(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    act(deciding.say, case, one, "Who holds the papers?")
    act(applying.withdraw, case, applicant, "We are not ready.")
    with unit_of_work():
        again = applying.start(applicant, Kind.PRODUCER, clock.now())
    assert again.id != case.id
    assert finding.answers(again)["summary"].text == "Felt from hill wool."
    assert [one.text for one in reading.thread(again)] == ["Who holds the papers?"]
    with unit_of_work():
        assert applying.start(applicant, Kind.PRODUCER, clock.now()).id == again.id


def test_an_unfinished_application_is_not_sent(applicant):
    with unit_of_work():
        case = applying.start(applicant, Kind.PRODUCER, clock.now())
        applying.answer(case, applicant, "name", "Half a group", clock.now())
    with pytest.raises(applying.Unfinished) as unfinished:
        act(applying.submit, case, applicant)
    assert "consent" in unfinished.value.keys
    assert "native_name" not in unfinished.value.keys


def test_what_is_being_looked_at_is_not_changed(applicant):
    case = applied(applicant)
    with pytest.raises(applying.NotWritable):
        act(applying.answer, case, applicant, "summary", "Something else.")


def test_what_the_reviewers_look_up_is_not_asked_of_a_charity(applicant):
    case = applied(applicant, Kind.CHARITY, send=False)
    with pytest.raises(applying.UnknownKey):
        act(applying.answer, case, applicant, "sanctions", "On no list, believe us.")


@pytest.mark.parametrize(
    ("key", "text_of"),
    [("founded", "3000"), ("people", "many"), ("map", "somewhere"), ("delivery_days", "10-6"), ("country", "Nepal"),
     ("delivery_price", "1.000,50"), ("region", "The Moon"), ("consent", "no"), ("summary", "x" * 201)],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_refused(applicant, key, text_of):
    case = applied(applicant, send=False)
    with pytest.raises(UnfitAnswer):
        act(applying.answer, case, applicant, key, text_of)


def test_what_was_said_and_decided_stays_as_it_was(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    act(deciding.say, case, one, "Who holds the papers?")
    vote(case, one, Act.REJECT)
    for table in ("vetting_message", "vetting_vote", "vetting_answer", "vetting_decision"):
        for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as current:
                current.execute(text(statement))


def test_everything_is_in_the_journal(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    acts = {entry.act for entry in journal.entries(journal.Asked(subject=f"application:{case.ref}"))}
    assert acts == {
        "application begun", "application sent", "criterion judged", "vote to approve", "decided to approve",
        "decided to suspend",
    }  # fmt: skip
    standing = [entry.facts for entry in journal.entries(journal.Asked(subject=f"producer:{PAGE}"))]
    assert [(one["before"], one["after"]) for one in standing] == [("approved", "suspended"), ("applying", "approved")]
    assert journal.first_break() is None


def test_the_database_refuses_an_approved_case_without_a_party(applicant):
    case = applied(applicant)
    with pytest.raises(IntegrityError), unit_of_work() as current:
        current.get_one(Case, case.id).state = "approved"


def test_parties_are_not_approved_by_default(context):
    assert (Producer.__table__.c.status.default.arg, Charity.__table__.c.status.default.arg) == ("applying", "pending")


def test_a_long_approval_may_be_asked_for_a_shorter_look(applicant):
    one, two = reviewers()
    due = clock.today() + timedelta(days=90)
    approved(applied(applicant), one, two, due=due)
    assert reading.summary(clock.today(), producer_id=fresh_producer().id).review_due_on == due


def test_a_version_of_the_criteria_is_found_again_and_another_is_not(context):
    assert criteria.find("producer", "2026.1") is criteria.current("producer")
    with pytest.raises(LookupError):
        criteria.find("producer", "1999.1")


def rejected(applicant):
    """An application that both reviewers rejected."""
    one, two = reviewers()
    case = applied(applicant)
    vote(case, one, Act.REJECT)
    vote(case, two, Act.REJECT)
    return case, one, two


def test_who_has_appealed_waits_for_the_answer_before_applying_again(applicant):
    case, _one, _two = rejected(applicant)
    act(appealing.appeal, case, applicant, "You misread the wage sheet.")
    with pytest.raises(applying.AppealOpen), unit_of_work():
        applying.start(applicant, Kind.PRODUCER, clock.now())
    third = add_user("three@example.org", Role.ADMIN, name="Three")
    act(deciding.decide_appeal, case, third, False, "It was read well.")
    with unit_of_work():
        assert applying.start(applicant, Kind.PRODUCER, clock.now()).previous_id == case.id


def test_who_has_applied_again_appeals_against_the_old_decision_no_more(applicant):
    case, _one, _two = rejected(applicant)
    for step in ("taken back", "begun again"):
        with unit_of_work():
            again = applying.start(applicant, Kind.PRODUCER, clock.now())
        with pytest.raises(appealing.NothingToAppeal):
            act(appealing.appeal, case, applicant, "You misread the wage sheet.")
        if step == "taken back":
            act(applying.withdraw, again, applicant, "")
            assert appealing.appealable(fresh(case)) is not None, "what was withdrawn takes nothing away"


def test_no_old_appeal_lets_a_group_in_twice(applicant):
    case, one, two = rejected(applicant)
    act(appealing.appeal, case, applicant, "You misread the wage sheet.")
    with unit_of_work() as current:  # as it could come before an open appeal held applications back
        current.get_one(Case, case.id).state = "withdrawn"
    with unit_of_work() as current:
        again = applying.start(applicant, Kind.PRODUCER, clock.now())
        applying.submit(again, applicant, clock.now())
        current.get_one(Case, case.id).state = "rejected"
    approved(again, one, two)
    with pytest.raises(appealing.NothingToAppeal):
        act(deciding.decide_appeal, case, add_user("three@example.org", Role.ADMIN), True, "They are right.")


def test_nothing_is_voted_on_while_an_appeal_waits(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    act(appealing.appeal, case, applicant, "The report is about another group.")
    with pytest.raises(states.NotNow):
        vote(case, one, Act.REINSTATE)


def test_what_is_open_stands_in_the_thread_for_ever_and_in_the_letter(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    judge(case, one)
    act(deciding.find, case, one, "fair_pay", Verdict.QUESTION, "What does a day bring?")
    assert letters(to="maya@example.org") == [], "all that is open comes in one letter"
    act(deciding.ask, case, one, "One thing is open.")
    (letter,) = letters(to="maya@example.org")
    assert "Fair pay, paid on time: What does a day bring?" in letter.text
    assert "What does a day bring?" in letter.html
    act(applying.answer, case, applicant, "fair_pay", "Nine dollars a day.")
    act(applying.submit, case, applicant)
    (said,) = reading.thread(case)
    assert (said.side, said.key, said.text) == ("shop", "fair_pay", "What does a day bring?")
    (asked,) = [row for row in reading.criteria_of(case) if row.key == "fair_pay"]
    assert (asked.verdict, asked.note, asked.asked, asked.found_by, asked.changed) == (
        "", "", "What does a day bring?", "One", True,
    )  # fmt: skip


def test_evidence_that_is_handed_in_later_is_looked_at_again(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    judge(case, one)
    act(deciding.ask, case, one, "Hand in the wage sheet.")
    act(applying.attach, case, applicant, "fair_pay", (b"%PDF-1.7", "application/pdf"), "Fair pay")
    act(applying.submit, case, applicant)
    with pytest.raises(deciding.CriteriaOpen) as open_ones:
        vote(case, one)
    assert open_ones.value.keys == ["fair_pay"]


def test_letters_about_a_case_go_to_those_who_may_read_it(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    packer = add_user("packer@example.org", name="Packer")
    with unit_of_work() as current:
        current.add(Member(producer_id=case.producer_id, user_id=packer.id, role="fulfilment", since=clock.now()))
    act(deciding.say, case, one, "Is it true of your treasurer?")
    assert [letter.recipient for letter in letters("vetting_message")] == ["maya@example.org"]
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    assert letters(to="packer@example.org") == []


def test_a_stake_in_a_group_is_a_membership_an_application_or_a_conflict(applicant):
    one, two = reviewers()
    act(deciding.declare_conflict, first := applied(applicant), one, "My sister works there.")
    act(applying.withdraw, first, applicant, "")
    third = add_user("three@example.org", Role.ADMIN, name="Three")
    case = approved(applied(applicant), two, third)
    staked = {
        user.name: finding.has_stake(case.producer_id, user.id, f"user:{user.ref}")
        for user in (applicant, one, two, third)
    }
    assert staked == {"Maya": True, "One": True, "Two": False, "Three": False}


def test_a_note_that_is_too_long_is_refused_whatever_was_found(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    with pytest.raises(applying.LongText):
        act(deciding.find, case, one, "fair_pay", Verdict.MET, "x" * 5001)
    with pytest.raises(applying.LongText):
        act(applying.withdraw, case, applicant, "x" * 5001)


def test_no_other_road_leads_around_an_appeal_that_waits(applicant):
    case, _one, _two = rejected(applicant)
    third = add_user("three@example.org", Role.ADMIN, name="Three")
    with unit_of_work():
        again = applying.start(applicant, Kind.PRODUCER, clock.now())
    act(applying.withdraw, again, applicant, "")
    act(appealing.appeal, case, applicant, "You misread the wage sheet.")
    with pytest.raises(applying.AppealOpen) as open_one, unit_of_work():
        applying.start(applicant, Kind.PRODUCER, clock.now())
    assert open_one.value.ref == case.ref
    act(deciding.decide_appeal, case, third, True, "They are right.")
    with unit_of_work():
        assert applying.start(applicant, Kind.PRODUCER, clock.now()).id == case.id


def test_a_renewal_ends_no_suspension_that_is_appealed_against(applicant):
    one, two = reviewers()
    case = approved(applied(applicant), one, two)
    with unit_of_work():
        renewal = applying.start(applicant, Kind.PRODUCER, clock.now(), producer=fresh_producer())
        applying.submit(renewal, applicant, clock.now())
    act(deciding.suspend, case, one, "A report of unpaid wages.")
    act(appealing.appeal, case, applicant, "The report is about another group.")
    approved(renewal, one, two)
    with pytest.raises(states.NotNow):
        vote(renewal, one, Act.REINSTATE)
    act(deciding.decide_appeal, case, two, False, "It is about them.")
    assert vote(renewal, one, Act.REINSTATE) is None


def test_the_same_verdict_twice_says_nothing_twice(applicant):
    one, _two = reviewers()
    case = applied(applicant)
    for _ in range(2):
        act(deciding.find, case, one, "fair_pay", Verdict.QUESTION, "What does a day bring?")
    assert [said.text for said in reading.thread(case)] == ["What does a day bring?"]


def test_a_note_of_a_criterion_answers_no_message_and_a_decision_does(applicant):
    def waiting():
        return reading.queue(reading.Wanted(state="written"), one, clock.now(), size=9)[1]

    one, two = reviewers()
    case = applied(applicant)
    act(applying.reply, case, applicant, "May we sell honey?")
    act(deciding.find, case, one, "fair_pay", Verdict.QUESTION, "What does a day bring?")
    assert waiting() == 1
    act(deciding.ask, case, one, "One thing is open, and you may.")
    assert waiting() == 0
    act(applying.submit, case, applicant)
    vote(case, one, Act.REJECT)
    vote(case, two, Act.REJECT)
    act(applying.reply, case, applicant, "And beeswax?")
    assert waiting() == 1
    with unit_of_work():
        applying.start(applicant, Kind.PRODUCER, clock.now())
    assert waiting() == 0, "the thread goes on in the new one"
