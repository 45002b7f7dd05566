"""Who may do what: one pure predicate an act, all on one screen."""

from __future__ import annotations

from storefront.accounts.models import Role, User
from storefront.producers.models import Member, MemberRole


def is_admin(user: User) -> bool:
    """May answer for the shop as a whole."""
    return user.role == Role.ADMIN


def may_see_orders(user: User) -> bool:
    """May open any order."""
    return is_admin(user)


def may_refund(user: User) -> bool:
    """May give money back."""
    return is_admin(user)


def may_handle_returns(user: User) -> bool:
    """May see every return, and answer in a group's place."""
    return is_admin(user)


def may_pay_out(user: User) -> bool:
    """May see what is owed to producers and record what was paid to them."""
    return is_admin(user)


def may_read_mail(user: User) -> bool:
    """May read letters that the shop sent."""
    return is_admin(user)


def may_change_roles(user: User) -> bool:
    """May see accounts, change what they may do, and sign them out."""
    return is_admin(user)


def may_read_journal(user: User) -> bool:
    """May read who did what."""
    return is_admin(user)


def may_review_listings(user: User) -> bool:
    """May approve listings and edits of groups other than their own."""
    return user.role in (Role.REVIEWER, Role.ADMIN)


def may_end_consents(user: User) -> bool:
    """May see the consents of every group and end them; a group's own writers may do so for theirs."""
    return is_admin(user)


def may_moderate(user: User) -> bool:
    """May decide on what people say in public; whether on a certain one is asked of it: nobody judges their own."""
    return is_admin(user)


def may_handle_concerns(user: User) -> bool:
    """May look into what worries people; whether into a certain case is asked of it: nobody into their own."""
    return is_admin(user)


def may_open_back_office(user: User) -> bool:
    """May see what waits for them in the shop's own rooms."""
    return user.role in (Role.REVIEWER, Role.ADMIN)


def may_vet(user: User) -> bool:
    """May open applications; whether they may judge one is asked of the case: no members, no declared conflicts."""
    return user.role in (Role.REVIEWER, Role.ADMIN)


def may_enter_studio(member: Member) -> bool:
    """May open the group's studio: everyone who acts for it."""
    return member.role in set(MemberRole)


def may_manage_members(member: Member) -> bool:
    """May invite people to the group, change what they may do, and remove them."""
    return member.role == MemberRole.OWNER


def may_speak_for_approval(member: Member) -> bool:
    """May read what was decided on the group, answer the reviewers, renew the approval and appeal."""
    return member.role == MemberRole.OWNER


def may_edit_listings(member: Member) -> bool:
    """May write listings, stories and pictures, and send them to be checked."""
    return member.role in (MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)


def may_answer(member: Member) -> bool:
    """May speak in public for the group: answer reviews and questions."""
    return member.role in (MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)


def may_fulfil(member: Member) -> bool:
    """May see what is to be sent and to whom, and say that it was sent."""
    return member.role in (MemberRole.OWNER, MemberRole.FULFILMENT, MemberRole.AGENT)


def may_see_statements(member: Member) -> bool:
    """May see the group's money."""
    return member.role in (MemberRole.OWNER, MemberRole.FINANCE)


def may_confirm_payouts(member: Member) -> bool:
    """May say that money has arrived; never an agent, who is not of the group."""
    return member.role in (MemberRole.OWNER, MemberRole.FINANCE)


def may_give_payout_account(member: Member) -> bool:
    """May say where the group's money goes; with the second step, whatever their role in the shop."""
    return member.role == MemberRole.OWNER


def may_close_for_holidays(member: Member) -> bool:
    """May say when the group takes no orders."""
    return member.role in (MemberRole.OWNER, MemberRole.EDITOR, MemberRole.FULFILMENT, MemberRole.AGENT)
