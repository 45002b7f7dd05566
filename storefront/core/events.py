"""How a lower domain tells that something happened without knowing who cares.

`announce(event)` calls, at once and in the same transaction, what `reactions.py` has tied to the
event's class. Whatever fails there rolls the cause back too: a paid order without a receipt cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Reaction = Callable[[Any], None]

_reactions: dict[type, Sequence[Reaction]] = {}


def connect(reactions: Mapping[type, Sequence[Reaction]]) -> None:
    """Install the whole table of reactions; a later call replaces the earlier one."""
    _reactions.clear()
    _reactions.update(reactions)


def announce(event: object) -> None:
    """Tell everyone who reacts to this class of event, in the order of the table."""
    for react in _reactions.get(type(event), ()):
        react(event)
