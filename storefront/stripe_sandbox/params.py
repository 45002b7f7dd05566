"""Form-encoded parameters: the nested bodies that the SDK sends, decoded and checked against a schema.

A schema names every parameter that an endpoint models. Everything else is refused, never ignored, so
that a call which would mean something at Stripe cannot silently mean nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from .errors import ApiError, invalid, unknown

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
_INTEGER = re.compile(r"^-?[0-9]{1,18}$")


@dataclass(frozen=True)
class Field:
    """One parameter: its kind, whether it must be there, and its bounds."""

    kind: str = "text"  # text, integer, boolean, map, hash, list
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    inside: dict[str, Field] = field(default_factory=dict)
    item: Field | None = None


Schema = dict[str, Field]

EXPAND = Field("list", item=Field(), most=20)
METADATA = Field("map")


def decode(encoded: str) -> dict[str, Any]:
    """The nested form of `a[b][0]=c`; lists stay dictionaries of positions until a schema reads them."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        match = _NAME.match(name)
        if match is None:
            raise unknown(name)
        keys = [match.group(1), *_PART.findall(match.group(2))]
        _place(found, keys, value, name)
    return found


def _place(target: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        step = target.setdefault(key or str(len(target)), {})
        if not isinstance(step, dict):
            raise invalid(f"Invalid parameter: {name} is both a value and a hash", name)
        target = step
    target[keys[-1] or str(len(target))] = value


def read(raw: dict[str, Any], schema: Schema, path: str = "") -> dict[str, Any]:
    """The typed parameters; raises ApiError naming the first one that is missing, unknown or wrong."""
    for name in raw:
        if name not in schema:
            raise unknown(_at(path, name))
    values: dict[str, Any] = {}
    for name, wanted in schema.items():
        at = _at(path, name)
        if name in raw:
            values[name] = _value(raw[name], wanted, at)
        elif wanted.required:
            raise invalid(f"Missing required param: {at}.", at, "parameter_missing")
    return values


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(raw: Any, wanted: Field, at: str) -> Any:
    if wanted.kind in {"map", "hash", "list"}:
        if not isinstance(raw, dict):
            raise invalid(f"Invalid {'array' if wanted.kind == 'list' else 'object'}", at)
        return _nested(raw, wanted, at)
    if isinstance(raw, dict):
        raise invalid(f"Invalid {wanted.kind}: {at}", at)
    if raw == "":
        raise invalid(f"You passed an empty string for '{at}', which cannot be unset.", at, "parameter_invalid_empty")
    if wanted.kind == "integer":
        return _integer(raw, wanted, at)
    if wanted.kind == "boolean":
        if raw not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {raw}", at)
        return raw == "true"
    if wanted.choices and raw not in wanted.choices:
        raise invalid(f"Invalid {at}: must be one of {', '.join(wanted.choices)}", at)
    if wanted.most is not None and len(raw) > wanted.most:
        message = f"Invalid string: {at} must be at most {wanted.most} characters"
        raise invalid(message, at, "parameter_invalid_string_too_long")
    return raw


def _integer(raw: str, wanted: Field, at: str) -> int:
    if not _INTEGER.match(raw):
        raise invalid(f"Invalid integer: {raw}", at, "parameter_invalid_integer")
    number = int(raw)
    if wanted.least is not None and number < wanted.least:
        message = f"This value must be greater than or equal to {wanted.least}."
        raise invalid(message, at, "parameter_invalid_integer")
    if wanted.most is not None and number > wanted.most:
        raise invalid(f"This value must be less than or equal to {wanted.most}.", at, "parameter_invalid_integer")
    return number


def _nested(raw: dict[str, Any], wanted: Field, at: str) -> Any:
    if wanted.kind == "map":
        return _map(raw, at)
    if wanted.kind == "hash":
        return read(raw, wanted.inside, at)
    if wanted.most is not None and len(raw) > wanted.most:
        raise invalid(f"Array {at} exceeded maximum {wanted.most} allowed elements.", at)
    if any(not key.isdigit() for key in raw):
        raise invalid("Invalid array", at)
    item = wanted.item or Field()
    return [_value(raw[key], item, _at(at, key)) for key in sorted(raw, key=int)]


def _map(raw: dict[str, Any], at: str) -> dict[str, str]:
    """Metadata, within Stripe's limits: 50 keys of 40 characters, values of 500."""
    if len(raw) > 50:
        raise invalid("Metadata can have at most 50 keys", at)
    for key, value in raw.items():
        if not isinstance(value, str):
            raise invalid("Metadata values must be strings", _at(at, key))
        if len(key) > 40 or len(value) > 500:
            raise invalid("Metadata keys may have 40 characters, values 500", _at(at, key))
    return {key: value for key, value in raw.items() if value != ""}


def created_filter(raw: Any) -> dict[str, int]:
    """The `created` filter of lists: a moment, or bounds."""
    if raw is None:
        return {}
    if isinstance(raw, str):
        return {"eq": _integer(raw, Field("integer"), "created")}
    bound = Field("integer")
    return read(raw, {"gt": bound, "gte": bound, "lt": bound, "lte": bound}, "created")


__all__ = ["EXPAND", "METADATA", "ApiError", "Field", "Schema", "created_filter", "decode", "read"]
