"""Staged edits: a listing is changed in a draft, sent, and approved by a reviewer before any shopper sees it.

A product has at most one open revision (draft, sent or with changes asked). What shoppers see is always the
approved revision with the highest number. What needs no reviewer is in `adjusting`.

All functions run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""

from storefront.catalog.revising.beginning import approve_as_is, baseline, begin, new_draft, open_draft
from storefront.catalog.revising.deciding import approve, ask_for_changes, make_known, rehearse
from storefront.catalog.revising.editing import edit, explain, seen, seen_why
from storefront.catalog.revising.finding import approved, latest, of_group, open_revision, to_do
from storefront.catalog.revising.moving import (
    OPEN,
    TRANSITIONS,
    EditedMeanwhile,
    IllegalMove,
    LongReason,
    NoReason,
    NothingChanged,
    NotOpen,
    NotReady,
    OwnGroup,
    ProducerNotApproved,
    ProductArchived,
    lock,
    subject_of,
    touch,
)
from storefront.catalog.revising.sending import drop, problems, send, take_back

__all__ = [
    "OPEN", "TRANSITIONS", "EditedMeanwhile", "IllegalMove", "LongReason", "NoReason", "NotOpen", "NotReady",
    "NothingChanged", "OwnGroup", "ProducerNotApproved", "ProductArchived", "approve", "approve_as_is", "approved",
    "ask_for_changes", "baseline", "begin", "drop", "edit", "explain", "latest", "lock", "make_known", "new_draft",
    "of_group", "open_draft", "open_revision", "problems", "rehearse", "seen", "seen_why", "send", "subject_of",
    "take_back", "to_do", "touch",
]  # fmt: skip
