"""The letters about accounts. Their links begin with BASE_URL, whatever host a request named.

A letter to an address that nobody has proven repeats nothing that was typed: else anyone could write
anything to anybody by signing up in their name.
"""

from __future__ import annotations

from storefront import config
from storefront.accounts import links
from storefront.accounts.links import Purpose
from storefront.accounts.models import User
from storefront.core.mail import Email, compose


def email_proof(user: User) -> Email:
    """Asks a new user to confirm that the address is theirs."""
    token = links.make(Purpose.EMAIL_PROOF, user)
    return compose("email_proof", user.email, link=_address(f"/email-proof/{token}"))


def account_exists(user: User) -> Email:
    """Tells the owner of an account that someone tried to sign up with its address."""
    return compose("account_exists", user.email, name=user.name, reset=_address("/password-reset"))


def password_reset(user: User) -> Email:
    """The link by which a forgotten password is replaced."""
    token = links.make(Purpose.PASSWORD_RESET, user)
    return compose("password_reset", user.email, name=_name(user), link=_address(f"/password-reset/{token}"))


def no_account(email: str) -> Email:
    """Tells whoever has this mailbox that someone asked for a new password of an account that isn't there."""
    return compose("no_account", email, reset=_address("/password-reset"))


def password_changed(user: User) -> Email:
    """Tells that the password was changed, in case it was somebody else."""
    return compose("password_changed", user.email, name=_name(user), reset=_address("/password-reset"))


def second_step_changed(user: User, what: str) -> Email:
    """Tells what was done to the second step of signing in, in case it was somebody else.

    `what` is `set up`, `recovery code used`, `recovery codes renewed` or `removed`.
    """
    return compose("second_step_changed", user.email, name=user.name, what=what, reset=_address("/password-reset"))


def order_claim(user: User) -> Email:
    """The link by which orders placed as a guest come into the account."""
    token = links.make(Purpose.ORDER_CLAIM, user)
    return compose("order_claim", user.email, name=user.name, link=_address(f"/account/order-claims/{token}"))


def _name(user: User) -> str:
    """The name, once it is known that the user gave it themselves."""
    return user.name if user.email_proven_at else ""


def _address(path: str) -> str:
    return config.current().base_url.rstrip("/") + path
