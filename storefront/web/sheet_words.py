"""What is wrong with a spreadsheet, in words that say what to do; the studio and the command line share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from storefront.catalog.checking import Problem
from storefront.catalog.sheets import reporting
from storefront.catalog.sheets.cells import Fault
from storefront.catalog.sheets.reporting import Refusal
from storefront.core.archives import UnfitArchive
from storefront.core.money import Money
from storefront.core.tables import UnreadableTable
from storefront.web import listing_words
from storefront.web.rendering import money


def refusal_text(error: Refusal) -> str:
    """Why a file was not read at all."""
    if isinstance(error, UnreadableTable):
        return _table_text(error.why, error.facts)
    if isinstance(error, UnfitArchive):
        return _archive_text(error.why, error.name)
    return _("That is too many photographs at once. Send the table in parts.")


def _table_text(why: str, facts: Mapping[str, Any]) -> str:
    texts = {
        "empty": _("The file is empty. Save the table again and send it."),
        "workbook": _("This is a workbook, not a CSV file. In the spreadsheet choose Save as, CSV UTF-8."),
        "nul": _("The file holds zero bytes, which no table has. In the spreadsheet choose Save as, CSV UTF-8."),
        "encoding": _(
            "The letters of this file could be read in several ways, and guessing would spoil names. "
            "In the spreadsheet choose Save as, CSV UTF-8, and send that."
        ),
        "no_header": _("The first row must name the columns, product and sku at least. Begin with a file from here."),
        "unknown": _("There is no column “%(column)s”. Take it out or rename it.") if not facts.get("near") else _(
            "There is no column “%(column)s”. Did you mean “%(near)s”? Rename it or take it out."
        ),
        "twice": _("The column “%(column)s” stands there twice. Keep one of them."),
        "missing": _("The column %(columns)s is missing. Every row needs it to be known again."),
        "long_cell": _(
            "A cell near line %(line)s holds more than 131,072 characters. Shorten it, or look for a quotation mark "
            "that is not closed."
        ),
        "quotes": _("Quotation marks don't match near line %(line)s. Save the file again from the spreadsheet."),
        "too_long": _("The file has more than %(most)s rows. Send it in parts."),
        "beyond": _("Row %(number)s has more cells than there are columns. Save the file again from the spreadsheet."),
    }  # fmt: skip
    return texts[why] % {**facts, "columns": ", ".join(facts.get("columns", []))} if facts else texts[why]


def _archive_text(why: str, name: str) -> str:
    texts = {
        "no_zip": _("The photographs must come in a ZIP file that opens. Pack them again."),
        "too_many": _("The ZIP holds too many files. Pack only the photographs that the table names."),
        "name": _("The ZIP holds a file whose name leads elsewhere: “%(name)s”. Pack plain names in plain folders."),
        "twice": _("The ZIP holds “%(name)s” twice. Rename one of them."),
        "link": _("“%(name)s” in the ZIP is a link, not a file. Pack the photograph itself."),
        "nested": _("“%(name)s” in the ZIP is an archive itself. Pack the photographs without it."),
        "locked": _("The ZIP is locked with a password. Pack it without."),
    }
    return texts[why] % {"name": name} if name else texts[why]


def fault_text(fault: Fault) -> str:
    """What to do about a cell."""
    texts = {
        "no_key": _("Give every row a product: the same word for all kinds of one product."),
        "differs": _("Row %(first)s of the same product says something else. Make them the same, or keep one."),
        "too_long": _("Shorten this to %(most)s characters."),
        "not_one_of": _("Write one of: %(choices)s."),
        "not_whole": _("Write a whole number from 0 to %(most)s."),
        "no_amount": _("Write an amount such as 12.50, without a currency sign."),
        "two_amounts": _("This could be two amounts. Write 1000 for a thousand or 1.00 for one."),
        "too_large": _("This amount is too large."),
        "no_percent": _("Write a percentage from 0 to 100, such as 12.5."),
        "no_day": _("Write the day as 2026-12-31."),
        "no_charity": _("Name the charity, or empty the other columns of the pledge."),
        "rate_or_amount": _("Give either a percentage or an amount."),
        "half_a_part": _("Each part of the price needs to whom it goes, what for, and how many percent."),
        "shops_part": _("The shop's part is %(percent)s %% and can't be changed. Write that, or leave the shop out."),
        "split_not_whole": _("The parts come to %(percent)s %%, with the shop's %(shop)s %%. Make them 100 %%."),
        "words_without_image": _("These words belong to no image. Name the image beside them."),
        "no_alt_text": _("Say in %(alt)s what the photograph shows, for people who can't see it."),
        "not_in_zip": _("No file of this name is in the ZIP. Add it or correct the name. Addresses are not fetched."),
        "two_of_that_name": _("Several folders of the ZIP have a file of this name. Write the folder too."),
        "picture_heic": _("This is in Apple's HEIC form, which can't be read here. Save it as JPEG."),
        "picture_large": _("This photograph is too large. Save it at a normal size, up to 20 MB."),
        "picture_kind": _("This is no photograph. Send a JPEG, PNG, WebP or AVIF picture."),
        "picture_withdrawn": _("Somebody in this photograph has withdrawn their consent. Leave it out."),
        "picture_broken": _("This photograph is not whole. Pack it again."),
        "no_sku": _("Give every kind an article code of at most 60 characters: by it the row is known again."),
        "sku_twice": _("Row %(first)s has the same article code. Each code stands for one kind."),
        "sku_elsewhere": _("This article code is of another of your products. Put the row under that product."),
        "same_product": _("This is the same product as in row %(first)s. Give both rows the same word here."),
        "other_currency": _("Prices here are in %(currency)s. Write them in that currency."),
        "stock_moved": _("The stock was %(seen)s when the file was made and is %(now)s now. Count again; write both."),
        "changed_meanwhile": _(
            "Version %(now)s was approved since the file was made, and these rows would undo what it changed. "
            "Download your listings again and change those or, to have it as it is here, empty this cell."
        ),
        "archived": _("This product was archived. Take its rows out."),
        "with_reviewers": _("This listing is with the reviewers. Take it back in the studio first, or leave it out."),
    }  # fmt: skip
    text = texts.get(fault.code)
    if text is None:
        return listing_words.problem_text(Problem("", fault.code, dict(fault.facts)))
    return text % fault.facts if "%(" in text else text.replace("%%", "%")


def fault_line(fault: Fault) -> str:
    """A fault as one line: where, what was read there, and what to do."""
    where = _("Row %(row)s, %(column)s", row=fault.row, column=fault.column)
    return f"{where}: “{fault.read}” – {fault_text(fault)}" if fault.read else f"{where}: {fault_text(fault)}"


def reading_notes(
    encoding: str, separator: str, rows: int, doubtful: Sequence[str], unused: Sequence[str]
) -> list[str]:
    """How the file was read, and what a reader should look at before going on."""
    between = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs")}.get(separator, separator)
    notes = [
        _(
            "Read as %(encoding)s with %(separator)s between the cells: %(rows)s rows.",
            encoding=encoding, separator=between, rows=rows,
        )
    ]  # fmt: skip
    if doubtful:
        words = ", ".join(doubtful)
        notes.append(
            _("Look whether these words are right; if not, save the file as CSV UTF-8: %(words)s", words=words)
        )
    if unused:
        notes.append(_("In the ZIP, but named by no row: %(names)s", names=", ".join(unused[:20])))
    return notes


def kinds() -> dict[str, str]:
    """What becomes of products, by the kind of step."""
    return {
        "new": _("new, as drafts"),
        "draft": _("changed, as drafts"),
        "at_once": _("changed at once: stock or a lower price"),
        "unchanged": _("unchanged"),
        "faulty": _("with faults"),
    }


def kept_refusal(report: Mapping[str, Any]) -> str:
    """Why a file was not read, from what was kept of it."""
    if report == reporting.OURS:
        return _("Something went wrong on our side, and nothing was changed. Please send the file again.")
    return refusal_text(reporting.refused(dict(report)))


def step_lines(step: Mapping[str, Any]) -> list[str]:
    """What would be done with one product, beyond its kind."""
    lines = []
    if step["parts"]:
        names = [listing_words.part_name(name) for name in step["parts"]]
        lines.append(_("Into its draft: %(parts)s", parts=", ".join(names)))
    lines += [_("At once: stock of %(sku)s from %(old)s to %(new)s", sku=a, old=b, new=c) for a, b, c in step["stock"]]
    for sku, old, new, currency in step["prices"]:
        prices = {"old": money(Money(old, currency)), "new": money(Money(new, currency))}
        lines.append(_("At once: price of %(sku)s from %(old)s to %(new)s", sku=sku, **prices))
    if step["missing"]:
        names = [listing_words.task_name(name) for name in step["missing"]]
        lines.append(_("Still to be answered: %(tasks)s", tasks=", ".join(names)))
    return lines
