"""The `storefront` command, as somebody meets it who has set nothing up yet."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from storefront.cli import cli, main
from storefront.commands.running import check_free


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


@pytest.mark.parametrize(
    ("address", "words"),
    [("sqlite:///{folder}/none.sqlite", "storefront db upgrade"), ("nonsense", "DATABASE_URL is no address")],
)
def test_a_database_that_is_not_there_is_said_with_what_to_do(tmp_path, monkeypatch, capsys, address, words) -> None:
    values = {"SHOP_ENV": "test", "DATA_DIR": str(tmp_path), "DATABASE_URL": address.format(folder=tmp_path)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["storefront", "journal", "verify"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code != 0
    assert words in capsys.readouterr().err


def test_a_port_that_is_taken_is_not_shared() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(click.ClickException, match="is taken"):
            check_free("127.0.0.1", other.getsockname()[1])
