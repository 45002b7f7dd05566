"""How the control API reads what it is asked: strictly, as everything here."""

from __future__ import annotations

from typing import Any

from .errors import ApiError

Asked = dict[str, Any]
Answer = dict[str, Any]


def wrong(message: str) -> ApiError:
    """The control API was asked for something that it does not have."""
    return ApiError(400, message)


def only(asked: Asked, *names: str) -> None:
    """Refuse parameters that are not understood."""
    for name in asked:
        if name not in names:
            raise wrong(f"Unknown parameter: {name}. Known here: {', '.join(names) or 'none'}.")


def number(asked: Asked, name: str, default: float) -> float:
    """A number, or the default; raises ApiError for anything else."""
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(f"{name} must be a number")
    return value
