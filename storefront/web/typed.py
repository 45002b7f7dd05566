"""What people type, without what can't be seen and no page may hold: cleaned once, at the door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from storefront.config import Settings
from storefront.core.unseen import without_unseen


class Typed(ImmutableMultiDict[str, Any]):
    """Fields of a form or of an address without unseen characters; files are as they were sent."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        items = iter_multi_items(mapping or ())  # type: ignore[arg-type]
        super().__init__((name, without_unseen(one) if isinstance(one, str) else one) for name, one in items)


class CleanRequest(Request):
    """A request whose `args` and `form` hold nothing unseen."""

    parameter_storage_class = Typed


def init_app(app: Flask, _settings: Settings) -> None:
    """Clean every request."""
    app.request_class = CleanRequest
