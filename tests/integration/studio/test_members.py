"""Members of a group: invitations, roles, removal, leaving; and the owner who always stays."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from listings import add_member
from paying import at_once
from people import add_user, letters, link_in, post, sign_in
from sqlalchemy import select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.producers import inviting, members
from storefront.producers.members import NotOwner
from storefront.producers.models import Invitation, Member, MemberRole

HOME = "/studio/sunlit-bench"


@pytest.fixture
def owner(world, client):
    user = add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER, name="Olga Owner")
    sign_in(client, user.email)
    return user


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def roles():
    session().rollback()
    return {member.user.email: str(member.role) for member in session().scalars(select(Member))}


def entries(act):
    session().rollback()
    return session().scalars(select(JournalEntry).where(JournalEntry.act == act)).all()


def invite(client, email="new@example.org", role="editor"):
    return post(client, f"{HOME}/invitations", {"email": email, "role": role})


def browser(app, user):
    other = app.test_client()
    sign_in(other, user.email)
    return other


def test_an_invited_mailbox_joins_with_the_role_that_was_offered(world, app, client, owner):
    assert invite(client, " New@Example.org ").status_code == 303
    assert "new@example.org" in text_of(client, f"{HOME}/members")
    letter = letters("invitation")[0]
    assert letter.recipient == "new@example.org"
    assert "Olga Owner invites you to act for Sunlit Bench Workshop" in letter.text
    newcomer = browser(app, add_user("new@example.org", name="Nora"))
    path = link_in(letter)
    assert "What you may do there: Editor." in text_of(newcomer, path)
    assert roles() == {"owner@example.org": "owner"}, "looking at it joins nobody"
    assert post(newcomer, path).location == HOME
    assert roles()["new@example.org"] == "editor"
    assert "Nora" in text_of(client, f"{HOME}/members")
    assert post(newcomer, path).status_code == 404, "a link works once"
    assert [one.actor for one in entries("member joined")] == [f"user:{newcomer_ref('new@example.org')}"]


def newcomer_ref(email):
    return next(member.user.ref for member in session().scalars(select(Member)) if member.user.email == email)


def test_a_letter_to_a_stranger_makes_no_link_of_a_typed_name(world, client):
    name = "Win https://evil.example/prize now " + "x" * 150
    sign_in(client, add_member(world.sunlit_bench, "odd@example.org", MemberRole.OWNER, name=name).email)
    invite(client)
    letter = letters("invitation")[0]
    assert "evil.example" not in letter.text
    assert "evil.example" not in letter.html
    (line,) = (line for line in letter.text.splitlines() if "invites you to act for" in line)
    assert line.partition(" invites")[0] == "Win https evil example prize now xxxxxxxxxxxxxxxxxxxxxxxxxx…"


def test_a_guest_is_sent_to_sign_in_and_comes_back_to_the_invitation(world, app, client, owner):
    invite(client)
    path = link_in(letters("invitation")[0])
    answer = app.test_client().get(path)
    assert answer.status_code == 303
    assert "/sign-in?next=/invitations/" in answer.location


def test_an_invitation_is_for_the_proven_address_alone(world, app, client, owner):
    invite(client)
    path = link_in(letters("invitation")[0])
    stranger = browser(app, add_user("stranger@example.org"))
    assert stranger.get(path).status_code == 404
    assert post(stranger, path).status_code == 404
    unproven = add_user("new@example.org", proven=False)
    token = path.rpartition("/")[2]
    with pytest.raises(inviting.DeadInvitation):
        inviting.of_link(token, unproven, clock.now())
    assert set(roles()) == {"owner@example.org"}


@pytest.mark.parametrize("dead", ["ended", "withdrawn", "replaced", "altered", "no owner's any more"])
def test_a_link_is_dead_once_its_invitation_has_ended(world, app, client, owner, dead):
    invite(client)
    path = link_in(letters("invitation")[0])
    newcomer = browser(app, add_user("new@example.org"))
    if dead == "ended":
        with unit_of_work() as current:
            current.scalars(select(Invitation)).one().ends_at = clock.now()
    elif dead == "withdrawn":
        ref = session().scalars(select(Invitation.ref)).one()
        assert post(client, f"{HOME}/invitations/{ref}/withdrawal").status_code == 303
    elif dead == "replaced":
        invite(client, role="finance")
    elif dead == "no owner's any more":
        second = add_member(world.sunlit_bench, "second@example.org", MemberRole.OWNER)
        with unit_of_work():
            members.remove(members.of_user_in(second.id, "sunlit-bench"), owner.ref, clock.now())
    else:
        # The first letter of the signature: in the last one some bits mean nothing.
        signed, _, signature = path.rpartition(".")
        path = f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert newcomer.get(path).status_code == 404
    assert post(newcomer, path).status_code == 404
    assert "new@example.org" not in roles()


def test_an_invitation_ends_after_fourteen_days(world, client, owner):
    invite(client)
    invitation = session().scalars(select(Invitation)).one()
    assert invitation.ends_at - invitation.created_at == timedelta(days=14)


def test_what_is_wrong_with_an_invitation_is_said_beside_the_field(world, client, owner):
    for email, role, words in (
        ("nonsense", "editor", "like name@example.org"),
        ("", "editor", "Enter their e-mail address"),
        ("a@example.org", "", "Choose what they may do"),
        ("a@example.org", "king", "Choose what they may do"),
        ("owner@example.org", "editor", "a member already"),
    ):
        answer = invite(client, email, role)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert letters("invitation") == []


def test_nobody_is_flooded_with_invitations(world, client, owner):
    for _ in range(5):
        assert invite(client).status_code == 303
    assert "often enough" in invite(client).get_data(as_text=True)


def test_an_owner_changes_roles_and_removes_members(world, app, client, owner):
    editor = add_member(world.sunlit_bench, "editor@example.org")
    theirs = browser(app, editor)
    assert theirs.get(HOME).status_code == 200
    assert post(client, f"{HOME}/members/{editor.ref}/role", {"role": "finance"}).status_code == 303
    assert roles()["editor@example.org"] == "finance"
    assert post(client, f"{HOME}/members/{editor.ref}/role", {"role": "king"}).status_code == 422
    assert post(client, f"{HOME}/members/{editor.ref}/removal").status_code == 303
    assert theirs.get(HOME).status_code == 404, "at once, not at the next sign-in"
    changed, removed = entries("member role changed")[0], entries("member removed")[0]
    assert (changed.facts["before"], changed.facts["after"]) == ("editor", "finance")
    assert changed.actor == removed.actor == f"user:{owner.ref}"
    assert removed.facts["user"] == f"user:{editor.ref}"


def test_members_of_another_group_can_not_be_touched(world, client, owner):
    other = add_member(world.weavers, "weaver@example.org", MemberRole.OWNER)
    add_member(world.weavers, "second@example.org", MemberRole.OWNER)
    for path in ("role", "removal"):
        assert post(client, f"{HOME}/members/{other.ref}/{path}", {"role": "editor"}).status_code == 404
    assert client.get(f"{HOME}/members/{other.ref}").status_code == 404
    with unit_of_work():
        by = session().scalars(select(Member).where(Member.user_id == other.id)).one()
        invitation = inviting.invite(by, "x@example.org", MemberRole.EDITOR, clock.now()).ref
    assert post(client, f"{HOME}/invitations/{invitation}/withdrawal").status_code == 404
    assert roles()["weaver@example.org"] == "owner"


def test_the_last_owner_can_not_leave_be_demoted_or_be_removed(world, client, owner):
    add_member(world.sunlit_bench, "editor@example.org")
    for answer in (
        post(client, f"{HOME}/leaving", {"sure": "1"}),
        post(client, f"{HOME}/members/{owner.ref}/role", {"role": "editor"}),
        post(client, f"{HOME}/members/{owner.ref}/removal"),
    ):
        assert answer.status_code == 422
        assert "Make somebody else an owner first" in answer.get_data(as_text=True)
    assert roles()["owner@example.org"] == "owner"


def test_an_owner_leaves_once_there_is_another(world, client, owner):
    add_member(world.sunlit_bench, "second@example.org", MemberRole.OWNER)
    assert post(client, f"{HOME}/leaving").status_code == 422, "not by a slip of the thumb"
    assert post(client, f"{HOME}/leaving", {"sure": "1"}).location == "/studio"
    assert roles() == {"second@example.org": "owner"}
    assert len(entries("member left")) == 1


def two_owners_at_once(world, app, ways):
    """Two owners act in the same moment, each on their own membership or on the other's."""
    users = [add_member(world.sunlit_bench, f"{n}@example.org", MemberRole.OWNER) for n in ("one", "two")]
    ids, refs = [user.id for user in users], [user.ref for user in users]

    def act(place, way):
        def run():
            mine = members.of_user_in(ids[place], "sunlit-bench")
            now = clock.now()
            if mine is None:  # the other one was so fast that the studio's door is shut
                raise NotOwner
            with unit_of_work():
                if way == "leave":
                    members.leave(mine, now)
                elif way == "remove the other":
                    members.remove(mine, refs[1 - place], now)
                else:
                    members.change_role(mine, refs[place], MemberRole.EDITOR, now)

        return run

    return at_once(app, *(act(place, way) for place, way in enumerate(ways)))


@pytest.mark.parametrize("way", ["leave", "step down", "remove the other"])
def test_two_owners_who_go_at_once_do_not_both_go(world, app, way):
    results = two_owners_at_once(world, app, (way, way))
    assert sorted(type(one).__name__ for one in results) in (["LastOwner", "NoneType"], ["NoneType", "NotOwner"])
    assert list(roles().values()).count("owner") == 1


def test_without_the_lock_both_would_go(world, app, database, monkeypatch):
    """The control, on the database where readers don't wait for writers."""
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    import threading

    meet = threading.Barrier(2)

    def unlocked(producer):
        found = members.of_group(producer.id)
        meet.wait(10)
        return found

    monkeypatch.setattr(members, "lock", unlocked)
    assert two_owners_at_once(world, app, ("leave", "leave")) == [None, None]
    assert roles() == {}


def test_an_agent_acts_on_behalf_and_the_journal_names_both(world, app, client, owner):
    invite(client, "agent@example.org", "agent")
    agent = add_user("agent@example.org", name="Ada Agent")
    theirs = browser(app, agent)
    post(theirs, link_in(letters("invitation")[0]))
    assert "Ada Agent acts here for Sunlit Bench Workshop" in text_of(theirs, HOME)
    assert theirs.get(f"{HOME}/members/{agent.ref}").status_code == 403
    assert post(theirs, f"{HOME}/leaving", {"sure": "1"}).status_code == 303
    assert entries("member left")[0].actor == f"user:{agent.ref} for producer:sunlit-bench"
    assert not re.search("acts here for", text_of(client, HOME)), "an owner needs no such line"
