"""The forms by which people say something: what is asked, and what is said about an answer that doesn't do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Email, Length, Optional

from storefront.web.forms.accounts import AnswersForm, email_field, trimmed

MOST = 4000


def paragraphs(value: str | None) -> str:
    """Words in several lines, without what can't be seen."""
    return "\n".join(trimmed(line) for line in (value or "").splitlines()).strip()


def words(missing: Any, most: int = MOST) -> TextAreaField:
    """A field for a few sentences."""
    too_long = _("Write at most %(number)s characters", number=most)
    return TextAreaField(filters=[paragraphs], validators=[DataRequired(missing), Length(max=most, message=too_long)])


def line(most: int, *validators: Callable[..., None]) -> StringField:
    """A field for one line."""
    too_long = _("Write at most %(number)s characters", number=most)
    return StringField(filters=[trimmed], validators=[*validators, Length(max=most, message=too_long)])


class ReviewForm(AnswersForm):
    """What a buyer thinks, and under which name it is shown."""

    stars = StringField(validators=[AnyOf(tuple("12345"), message=_("Choose one to five stars"))])
    text = words(_("Write what you think of it"))
    signed_as = line(80)


class QuestionForm(AnswersForm):
    """What somebody wants to know, and where a guest gets the answer."""

    text = words(_("Write your question"), 2000)
    email = email_field()


class _OfVersion(AnswersForm):
    """About words as they stood on the page: `seen` is their version."""

    seen = StringField()

    @property
    def version(self) -> int:
        """The version that was looked at; 0, which none has, where it makes no sense."""
        value = self.seen.data or ""
        return int(value) if value.isdecimal() and len(value) < 9 else 0


class AnswerForm(_OfVersion):
    """What the group answers."""

    text = words(_("Write the answer"), 2000)


class ReasonForm(_OfVersion):
    """Why something is not shown."""

    reason = words(_("Write the reason: it goes out by letter, word for word"), 1000)


class UpdateForm(_OfVersion):
    """What a group tells its buyers."""

    title = line(120, DataRequired(_("Say it in a few words")))
    text = words(_("Write what you want to tell them"))


class ConcernForm(AnswersForm):
    """What worries somebody, and where they may be told that there is an answer."""

    text = words(_("Write what worries you"), 8000)
    email = line(254, Optional(), Email(_("Enter an e-mail address like name@example.org, or none")))


class MessageForm(AnswersForm):
    """More to a case."""

    text = words(_("Write something first"), 8000)
