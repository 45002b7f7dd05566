"""The form by which a shopper asks for a letter when something is back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from storefront.web.forms.accounts import AnswersForm, email_field, trimmed


class WaitingForm(AnswersForm):
    """For what, and where to write to."""

    sku = StringField(
        id="waiting-sku",
        filters=[trimmed],
        validators=[DataRequired(_("Choose one")), Length(max=60, message=_("Choose one"))],
    )
    email = email_field("waiting-email")
