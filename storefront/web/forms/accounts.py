"""The forms of accounts: what is asked, and what is said about an answer that doesn't do.

Where a password is typed it is left exactly as it is typed; everything else is trimmed. Whether a password
is fit is the domain's question (`accounts.passwords`); here only its words are given.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

from storefront.accounts.passwords import MAX, MIN, Unfit

_UNFIT = {
    Unfit.SHORT: _("Choose a password of at least %(number)s characters", number=MIN),
    Unfit.LONG: _("Choose a password of at most %(number)s characters", number=MAX),
    Unfit.COMMON: _("Choose another password: this one is among the first that anyone would try"),
    Unfit.PERSONAL: _("Choose a password that is not your e-mail address"),
}


def trimmed(value: str | None) -> str:
    """Without blanks around it and without control characters, which no page, letter or database wants."""
    return "".join(character for character in value or "" if unicodedata.category(character) != "Cc").strip()


def trimmed_lines(value: str | None) -> str:
    """Text of several lines, each trimmed, without empty ones."""
    return "\n".join(line for line in (trimmed(line) for line in (value or "").splitlines()) if line)


def email_field(id_: str = "email") -> StringField:
    """Asks for an e-mail address."""
    return StringField(
        id=id_,
        filters=[trimmed],
        validators=[
            DataRequired(_("Enter your e-mail address")),
            Length(max=254, message=_("Enter an e-mail address of at most 254 characters")),
            Email(_("Enter an e-mail address like name@example.org")),
        ],
    )


def _password(missing: Any) -> PasswordField:
    # Its length is checked by the domain; the limit here only keeps megabytes out.
    return PasswordField(validators=[InputRequired(missing), Length(max=4096, message=_UNFIT[Unfit.LONG])])


class AnswersForm(FlaskForm):  # type: ignore[misc]
    """A form whose token, where it needs one, `web.security` has checked before the view ran."""

    class Meta:
        csrf = False

    def wrong(self) -> list[tuple[str, str]]:
        """What is wrong, as `error_summary` takes it: (id of the field, message), in the order of the fields."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]

    def error(self, name: str) -> str:
        """The message for one field, or nothing."""
        errors = self[name].errors
        return str(errors[0]) if errors else ""

    def refuse(self, name: str, message: Any) -> None:
        """Add what the domain says about an answer."""
        self[name].errors = [*self[name].errors, message]

    def refuse_password(self, name: str, why: Unfit) -> None:
        """Say why a password isn't fit."""
        self.refuse(name, _UNFIT[why])


class SignInForm(AnswersForm):
    """Who are you?"""

    email = email_field()
    password = _password(_("Enter your password"))
    next = HiddenField()


class SignUpForm(AnswersForm):
    """A new account."""

    name = StringField(
        filters=[trimmed],
        validators=[
            DataRequired(_("Enter your name")),
            Length(max=200, message=_("Enter a name of at most 200 characters")),
        ],
    )
    email = email_field()
    password = _password(_("Choose a password"))


class AskForResetForm(AnswersForm):
    """Where the link for a new password shall go."""

    email = email_field()


class NewPasswordForm(AnswersForm):
    """The new password, after following the link."""

    password = _password(_("Choose a password"))


class ProveForm(AnswersForm):
    """The password that was chosen at sign-up, to open the account with."""

    password = _password(_("Enter the password that you chose"))


class ChangePasswordForm(AnswersForm):
    """A new password in place of the one now."""

    old = _password(_("Enter your password of now"))
    new = _password(_("Choose a new password"))


class CodeForm(AnswersForm):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(filters=[trimmed], validators=[DataRequired(_("Enter the code")), Length(max=40)])
