"""Whatever members do, and in whatever order: a group always keeps an owner."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listings import add_member
from people import add_user
from sqlalchemy import delete, select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers import inviting, members
from storefront.producers.models import Invitation, Member, MemberRole, Producer

PEOPLE = ("ana", "ben", "cleo")
REFUSALS = (members.LastOwner, members.NotOwner, members.UnknownMember, members.AlreadyMember, inviting.DeadInvitation)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invite", "accept", "change", "remove", "leave"]),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.sampled_from([MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT]),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture
def users(world):
    first = add_member(world.sunlit_bench, "ana@example.org", MemberRole.OWNER)
    return {"ana": first, "ben": add_user("ben@example.org"), "cleo": add_user("cleo@example.org")}


def begin(users):
    """Ana alone, as an owner."""
    with unit_of_work() as current:
        current.execute(delete(Invitation))
        current.execute(delete(Member))
        group = current.scalars(select(Producer.id).where(Producer.slug == "sunlit-bench")).one()
        current.add(Member(producer_id=group, user_id=users["ana"].id, role=MemberRole.OWNER, since=clock.now()))


def take(step, user, other, role):
    """One step, as the pages would take it; those who are no members can only accept."""
    now = clock.now()
    mine = members.of_user_in(user.id, "sunlit-bench")
    with unit_of_work():
        if step == "accept":
            open_one = session().scalar(select(Invitation.ref).where(Invitation.email == user.email).limit(1))
            inviting.accept(inviting.sign(open_one or "none"), user, now)
        elif mine is None:
            return
        elif step == "invite":
            inviting.invite(mine, other.email, role, now)
        elif step == "change":
            members.change_role(mine, other.ref, role, now)
        elif step == "remove":
            members.remove(mine, other.ref, now)
        else:
            members.leave(mine, now)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_no_order_of_steps_leaves_a_group_without_an_owner(users, steps):
    begin(users)
    for step, user, other, role in steps:
        try:
            take(step, users[user], users[other], role)
        except REFUSALS:
            session().rollback()
        session().rollback()
        owners = session().scalars(select(Member).where(Member.role == MemberRole.OWNER)).all()
        assert owners, (step, user, other, role)
