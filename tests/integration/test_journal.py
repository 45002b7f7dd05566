"""The journal: whatever is done to it afterwards is noticed, and an admin can read it and take it along."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from people import add_user, sign_in
from sqlalchemy import text
from statements import counting_statements

from storefront.accounts.models import Role
from storefront.core import clock, journal
from storefront.core.db import db, unit_of_work

COUNT = 7
GROUP = "producer:sunlit-bench"


@pytest.fixture
def written(context):
    for number in range(1, COUNT + 1):
        with unit_of_work():
            journal.record(
                "order opened" if number % 2 else "order closed", subject=f"order:{number}", actor="system",
                now=clock.now() - timedelta(days=COUNT - number), reason=f"number {number}",
            )  # fmt: skip
    return context


def tamper(*statements: str) -> None:
    """As someone who has the database's own rights would: the triggers off."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal_entry'")
            ).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


def verify(app, *options: str):
    return app.test_cli_runner().invoke(args=["journal", "verify", *options])


@pytest.fixture
def app(app):
    from storefront.commands.journal import journal as command

    app.cli.add_command(command)
    return app


def test_a_journal_that_nobody_touched_is_whole(written):
    assert journal.first_break() is None
    result = verify(written)
    assert result.exit_code == 0
    assert f"{COUNT}:{journal.head()[1]}" in result.output


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE journal_entry SET actor = 'user:else' WHERE sequence = 3"], 3),
        (["UPDATE journal_entry SET at = '2020-01-01 00:00:00' WHERE sequence = 1"], 1),
        (["DELETE FROM journal_entry WHERE sequence = 4"], 4),
        (["DELETE FROM journal_entry WHERE sequence = 1"], 1),
        ([f"DELETE FROM journal_entry WHERE sequence = {COUNT}"], COUNT),
        (["DELETE FROM journal_entry"], 1),
        (["UPDATE journal_entry SET sequence = -1 WHERE sequence = 1"], 1),
        (["DELETE FROM journal_head"], COUNT + 1),
        (
            [
                "UPDATE journal_entry SET sequence = 99 WHERE sequence = 2",
                "UPDATE journal_entry SET sequence = 2 WHERE sequence = 5",
                "UPDATE journal_entry SET sequence = 5 WHERE sequence = 99",
            ],
            2,
        ),
    ],
)
def test_a_change_a_deletion_and_another_order_are_found(written, statements, broken):
    tamper(*statements)
    assert journal.first_break() == broken
    result = verify(written)
    assert result.exit_code == 1
    assert f"from entry {broken} on" in result.output


def test_a_journal_written_anew_is_found_by_a_head_that_was_kept(written):
    number, digest = journal.head()
    tamper("DELETE FROM journal_entry", f"UPDATE journal_head SET sequence = 0, digest = '{journal.GENESIS}'")
    for _ in range(COUNT):
        with unit_of_work():
            journal.record("order opened", subject="order:1", actor="system", now=clock.now())
    assert journal.first_break() is None
    assert verify(written).exit_code == 0
    result = verify(written, "--head", f"{number}:{digest}")
    assert result.exit_code == 1
    assert "written anew" in result.output


@pytest.mark.parametrize("statement", ["at = 'rubbish'", "facts = '{bad'", "act = CAST(x'ff' AS TEXT)"])
def test_an_entry_that_can_not_even_be_read_is_named(written, database, statement):
    if database != "sqlite":
        pytest.skip("PostgreSQL keeps no such thing")
    tamper(f"UPDATE journal_entry SET {statement} WHERE sequence = 5")
    assert journal.first_break() == 5
    result = verify(written)
    assert result.exit_code == 1
    assert "from entry 5 on" in result.output


@pytest.mark.parametrize("head", ["newest", "²:abc", f"{'9' * 30}:{'a' * 64}", "3", "3:abc"])
def test_a_head_that_is_none_is_told_so(written, head):
    result = verify(written, "--head", head)
    assert result.exit_code == 1
    assert "64 hexadecimal digits" in result.output


class TestAsAnAdminReadsIt:
    @pytest.fixture
    def admin(self, written, client):
        add_user("admin@example.org", Role.ADMIN)
        sign_in(client, "admin@example.org")
        return client

    def test_all_of_it_the_newest_first(self, admin):
        page = admin.get("/admin/journal").text
        assert page.index("number 7") < page.index("number 1")

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("act=order+closed", [6, 4, 2]),
            ("subject=order:3", [3]),
            ("actor=user:nobody", []),
            ("before=3", [2, 1]),
            ("before=-1", []),
            ("before=99999999999999999999", [7, 6, 5, 4, 3, 2, 1]),
            ("since=nonsense&until=&act=order+opened", [7, 5, 3, 1]),
        ],
    )
    def test_narrowed_down(self, admin, query, numbers):
        page = admin.get(f"/admin/journal?{query}").text
        assert [number for number in range(COUNT, 0, -1) if f"number {number}" in page] == numbers

    def test_the_last_day_there_is_ends_nothing(self, admin):
        assert admin.get("/admin/journal?until=9999-12-31").status_code == 200
        assert len(admin.get("/admin/journal.csv?until=9999-12-31").text.splitlines()) > COUNT

    def test_from_one_day_to_another(self, admin):
        day = (clock.now() - timedelta(days=2)).date()
        page = admin.get(f"/admin/journal?since={day}&until={day}").text
        assert [number for number in range(COUNT, 0, -1) if f"number {number}" in page] == [5]

    def test_as_a_file_that_no_spreadsheet_takes_for_formulas(self, admin):
        with unit_of_work():
            journal.record("=cmd|' /C calc'!A0", subject="@x", actor="-1", now=clock.now())
        answer = admin.get("/admin/journal.csv")
        assert answer.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
        assert rows[0] == ["sequence", "at", "act", "subject", "actor", "facts", "digest"]
        assert rows[1][2:5] == ["'=cmd|' /C calc'!A0", "'@x", "'-1"]
        assert [row[0] for row in rows[1:]] == [str(number) for number in range(COUNT + 1, 0, -1)]

    def test_a_long_one_is_read_in_pages(self, admin, monkeypatch):
        monkeypatch.setattr("storefront.web.admin.journal.PAGE_SIZE", 3)
        page = admin.get("/admin/journal").text
        assert "number 5" in page
        assert "number 4" not in page
        assert "before=5" in page
        assert "number 4" in admin.get("/admin/journal?before=5").text

    def test_everybody_is_named_by_as_many_statements_for_many_as_for_one(self, world, admin):
        def told(*people):
            with unit_of_work():
                for one in people:
                    journal.record("listing changed", subject="product:X", actor=f"{one} for {GROUP}", now=clock.now())
            with counting_statements() as seen:
                return admin.get("/admin/journal?act=listing+changed").text, len(seen)

        agents = [f"user:{add_user(f'agent{number}@example.org', name=f'Agent {number}').ref}" for number in range(5)]
        (_page, one), (page, many) = told(agents[0]), told(*agents[1:], "user:GONE")
        for number in range(5):
            assert f"Agent {number} for Sunlit Bench Workshop" in page
        assert "user:GONE for Sunlit Bench Workshop" in page, "a code that stands for nobody stays"
        assert many <= one

    def test_a_person_stands_there_by_name_and_an_empty_fact_does_not(self, admin):
        code = f"user:{add_user('mei@example.org', name='Mei Lin').ref}"
        with unit_of_work():
            journal.record(
                "role changed", subject=code, actor="system", now=clock.now(), to=code, reason="",
                note="tea for two for you", count=0,
            )  # fmt: skip
        page = admin.get("/admin/journal").text
        assert f'Mei Lin<br><span class="small muted">{code}</span>' in page
        facts = f'>count: 0; note: tea for two for you; to: Mei Lin <span class="small muted">{code}</span><'
        assert facts in page, "without a reason, since none was given"
