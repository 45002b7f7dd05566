"""What somebody wrote into a form that can't be taken: shown back, so that nothing has to be written twice."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import HTTPException

from storefront.web.origins import from_elsewhere

# What is no longer than this is sooner typed again than copied.
SHORT = 12
SECRET = frozenset({"password", "old", "new", "code", "number", "csrf_token"})


def written() -> list[str]:
    """The texts of the form at hand, the longest first; none of a request that was not sent by a page of ours.

    A form of another site must not put its words on our pages, and a form that is too large can't be read at all.
    """
    if request.method != "POST" or from_elsewhere():
        return []
    try:
        typed = request.form.items(multi=True)
    except HTTPException:
        return []
    words = {text.strip() for name, text in typed if name not in SECRET}
    return sorted(
        (one for one in words if len(one) > SHORT and (" " in one or not one.isascii())),
        key=lambda one: (-len(one), one),
    )
