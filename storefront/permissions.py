"""Who may do what: one pure predicate an act, all on one screen."""

from __future__ import annotations

from storefront.accounts.models import Role, User


def is_admin(user: User) -> bool:
    """May answer for the shop as a whole."""
    return user.role == Role.ADMIN


def may_see_orders(user: User) -> bool:
    """May open any order."""
    return is_admin(user)


def may_refund(user: User) -> bool:
    """May give money back."""
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
