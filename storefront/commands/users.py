"""`storefront users create` and `role`: the first admin, and whoever comes after."""

from __future__ import annotations

import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext

from storefront.accounts import second_step, signing_in, signing_up
from storefront.accounts.finding import by_email
from storefront.accounts.models import Role
from storefront.accounts.passwords import UnfitPassword
from storefront.core import clock
from storefront.core.db import unit_of_work

ACTOR = "system"
_ROLES = click.Choice([role.value for role in Role])


@click.group()
def users() -> None:
    """People with an account."""


@users.command()
@click.argument("email")
@click.option("--role", type=_ROLES, default=Role.SHOPPER.value, show_default=True)
@click.option("--name", default="", help="The name in letters; default: what stands before the @.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@with_appcontext
def create(email: str, role: str, name: str, password_stdin: bool) -> None:
    """Create an account whose address needs no proof."""
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError as error:
        raise click.ClickException(str(error)) from error
    try:
        user = signing_up.create(
            email, name or email.partition("@")[0], _password(password_stdin), Role(role), actor=ACTOR, now=clock.now()
        )
    except UnfitPassword as error:
        raise click.ClickException(f"the password is refused: {error.why}") from error
    except signing_up.EmailTaken as error:
        raise click.ClickException(f"{email} has an account; `storefront users role` changes its role") from error
    click.echo(f"{user.email}: {user.role}")


@users.command()
@click.argument("email")
@click.argument("role", type=_ROLES)
@with_appcontext
def role(email: str, role: str) -> None:
    """Give an account another role; it is signed out everywhere."""
    with unit_of_work():
        user = by_email(email)
        if user is None:
            raise click.ClickException(f"no account has the address {email}")
        try:
            signing_in.change_role(user, Role(role), actor=ACTOR, now=clock.now())
        except signing_in.LastAdmin as error:
            raise click.ClickException(f"{email} is the last admin: make somebody else one first") from error
    click.echo(f"{user.email}: {user.role}")


@users.command("forget-second-step")
@click.argument("email")
@with_appcontext
def forget_second_step(email: str) -> None:
    """Take the authenticator off an account whose owner has lost it, once you are sure who is asking."""
    with unit_of_work():
        user = by_email(email)
        if user is None:
            raise click.ClickException(f"no account has the address {email}")
        second_step.forget(user, actor=ACTOR, now=clock.now())
    click.echo(f"{user.email}: the password alone signs in now, and a letter says so")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
