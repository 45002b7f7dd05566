"""The forms of the studio that are not a listing's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import AnyOf, DataRequired, Email, Length

from storefront.accounts.finding import normal
from storefront.producers.models import MemberRole
from storefront.web.forms.accounts import AnswersForm, trimmed


class InviteForm(AnswersForm):
    """Whom to invite, and what they may do."""

    email = StringField(
        filters=[trimmed, normal],
        validators=[
            DataRequired(_("Enter their e-mail address")),
            Length(max=254, message=_("Enter an e-mail address of at most 254 characters")),
            Email(_("Enter an e-mail address like name@example.org")),
        ],
    )
    role = StringField(validators=[AnyOf(list(MemberRole), message=_("Choose what they may do"))])
