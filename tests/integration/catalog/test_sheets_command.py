"""`storefront import listings` and `storefront export listings`."""

from __future__ import annotations

from sheets import photograph, row, sheet, zipped
from sqlalchemy import func, select

from storefront.catalog.models import ListingRevision
from storefront.cli import cli
from storefront.core.db import session


def run(app, *words):
    return app.test_cli_runner().invoke(cli, [*words, "--producer", "sunlit-bench"])


def drafts():
    session().rollback()
    return session().scalar(select(func.count()).select_from(ListingRevision))


def test_a_dry_run_says_what_an_import_then_does(world, app, tmp_path):
    file, pack = tmp_path / "in.csv", zipped(tmp_path / "p.zip", tin=photograph())
    file.write_bytes(sheet(row(image_1="tin.jpg", alt_1="A tin")))
    words = ("import", "listings", str(file), "--images", str(pack))
    dry = run(app, *words, "--dry-run")
    assert (dry.exit_code, drafts()) == (0, 0), dry.output
    for said in ("Read as UTF-8 with commas", "1 of 1 photographs read", "1  new, as drafts", "this was a dry run"):
        assert said in dry.output
    done = run(app, *words)
    assert (done.exit_code, drafts()) == (0, 1), done.output
    assert "Done." in done.output
    out = tmp_path / "out.csv"
    assert run(app, "export", "listings", str(out)).exit_code == 0
    again = run(app, "import", "listings", str(out))
    assert (again.exit_code, "new" in again.output, drafts()) == (0, False, 1), again.output
    assert "3  unchanged" in again.output


def test_a_bad_row_ends_it_with_its_place_and_what_to_do(world, app, tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(sheet(row(price="1.000"), row(product="b", sku="B")))
    refused = run(app, "import", "listings", str(file))
    assert (refused.exit_code, drafts()) == (1, 0)
    assert "Row 2, price: “1.000” – This could be two amounts. Write 1000" in refused.output
    skipped = run(app, "import", "listings", str(file), "--skip-bad")
    assert (skipped.exit_code, drafts()) == (1, 1), "what was left out is a failure, what was not is done"
    assert "were left out" in skipped.output


def test_what_is_no_table_or_no_group_ends_with_what_to_do(world, app, tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(b"PK\x03\x04")
    assert "choose Save as, CSV UTF-8" in run(app, "import", "listings", str(file)).output
    file.write_bytes(sheet(row()))
    assert "must come in a ZIP" in run(app, "import", "listings", str(file), "--images", str(file)).output
    unknown = app.test_cli_runner().invoke(cli, ["export", "listings", "-", "--producer", "nobody"])
    assert (unknown.exit_code, "no group has the address nobody" in unknown.output) == (1, True)
