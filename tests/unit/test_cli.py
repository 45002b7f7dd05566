"""The `storefront` command, as somebody meets it who has set nothing up yet."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from storefront.cli import cli


def _commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group) and name != "db":  # Flask-Migrate's group makes the app before it helps
            yield from _commands(command, (*path, name))


@pytest.mark.parametrize("path", [(), *_commands()], ids=" ".join)
def test_every_command_helps_before_anything_is_set_up(path: tuple[str, ...], monkeypatch) -> None:
    monkeypatch.setenv("SHOP_ENV", "production")
    outcome = CliRunner().invoke(cli, [*path, "--help"])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.startswith("Usage:")


def test_an_unknown_command_is_said_to_be_none(monkeypatch) -> None:
    monkeypatch.setenv("SHOP_ENV", "production")
    outcome = CliRunner().invoke(cli, ["ledgers"])
    assert outcome.exit_code == 2
    assert "No such command 'ledgers'" in outcome.output
