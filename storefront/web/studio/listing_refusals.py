"""Why something was not done with a listing, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from storefront.catalog import adjusting, revising
from storefront.catalog.models import Product
from storefront.web import listing_words
from storefront.web.studio import answers, listings

REFUSALS = (
    revising.EditedMeanwhile,
    revising.IllegalMove,
    adjusting.NotLower,
    revising.NothingChanged,
    revising.NotOpen,
    revising.NotReady,
    revising.ProductArchived,
    adjusting.CountedMeanwhile,
    adjusting.StockTaken,
)


def by_task(error: Exception, product: Product) -> list[tuple[str, str]]:
    """Lines of an error summary: for a listing that isn't ready one a task, with the address where it is mended."""
    if not isinstance(error, revising.NotReady):
        return [("", said(error))]
    tasks: dict[str, list[str]] = {}
    for one in error.problems:
        words = _("still to be answered") if one.code == "missing" else listing_words.problem_text(one)
        tasks.setdefault(one.task, []).append(words)
    return [
        (
            listings.address("studio_questions.task", product, task=task),
            _("%(task)s: %(what)s", task=listing_words.task_name(task), what=_first(words)),
        )
        for task, words in tasks.items()
    ]


def _first(words: list[str]) -> str:
    return words[0] if len(words) == 1 else _("%(what)s (and %(n)s more)", what=words[0], n=len(words) - 1)


def said(error: Exception) -> str:
    """Why something was not done, in words."""
    if isinstance(error, answers.Misread):
        return error.message
    if isinstance(error, revising.NotReady):
        return " ".join(listing_words.problem_text(one) for one in error.problems)
    if isinstance(error, adjusting.StockTaken):
        return _("Some were sold while you counted: %(n)s are left now. Count again.", n=error.left)
    if isinstance(error, adjusting.CountedMeanwhile):
        return _("Somebody counted since you opened this page: %(n)s are there now. Count again.", n=error.left)
    return {
        revising.EditedMeanwhile: _("Someone else changed this listing since you opened it. Look at it again first."),
        revising.IllegalMove: _("This is not possible any more: the listing has moved on."),
        adjusting.NotLower: _(
            "Only a lower price goes live at once. Change a higher one under the kinds; it is checked."
        ),
        revising.NothingChanged: _("Nothing differs from what shoppers see, so there is nothing to check."),
        revising.NotOpen: _(
            "This listing is with the reviewers or was decided. Take it back or change it anew on its page, in "
            "another window; your answer is still below: save it then."
        ),
        revising.ProductArchived: _("This product was archived."),
    }[type(error)]
