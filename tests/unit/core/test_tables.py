"""CSV from outside: however a spreadsheet wrote it, it is read right or refused with what to do."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.core import tables
from storefront.core.spreadsheets import csv_lines, unharmed
from storefront.core.tables import UnreadableTable

NAMES = ("sku", "title", "price")
PLAIN = "sku,title,price\r\nA,Café crème,12\r\n"


def read(data, most=100, required=("sku",)):
    data = data.encode() if isinstance(data, str) else data
    return tables.read(data, known=NAMES.__contains__, names=NAMES, required=required, most=most)


def cells(data):
    return [list(row.cells.values()) for row in read(data).rows]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PLAIN.encode(), "UTF-8"),
        (PLAIN.encode("utf-8-sig"), "UTF-8"),
        (PLAIN.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "UTF-16"),
        (PLAIN.encode("latin-1"), "Windows-1252"),
        (PLAIN.encode("cp1252"), "Windows-1252"),
    ],
)
def test_an_encoding_is_recognised_and_said(data, encoding):
    table = read(data)
    assert (table.encoding, table.rows[0].cells["title"]) == (encoding, "Café crème")
    assert table.doubtful == (("Café", "crème") if encoding == "Windows-1252" else ())


@pytest.mark.parametrize(
    "data",
    [
        "sku,title\r\nA,手工咖啡".encode("big5"),
        "sku,title\r\nA,中文".encode("gb18030"),
        "sku,title\r\nA,Привет".encode("cp1251"),
        "sku,title\r\nA,मौरी".encode("utf-16")[:-1],
        "sku,title\r\nA,x".encode("utf-16")[2:] + b"\xff",
        b"sku,title\r\nA,\xff\xfe\x81",
    ],
)
def test_an_encoding_that_would_be_a_guess_is_refused(data):
    with pytest.raises(UnreadableTable) as refused:
        read(data)
    assert refused.value.why == "encoding"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_under_which_the_columns_are_known(separator):
    text = f'sku{separator}title\r\nA{separator}"One, two; three\tfour"\r\n'
    assert read(text).separator == separator
    assert cells(text) == [["A", "One, two; three\tfour"]]
    assert cells(text.replace("sku", '"sku"').replace("title", '"title"')) == cells(text)


@pytest.mark.parametrize("line", ["sep=|", '"sep=|"', "SEP=|"])
def test_excels_own_line_says_the_separator_and_counts_as_no_row(line):
    table = read(f"{line}\r\nsku|title\r\nA|x\r\n")
    assert (table.separator, table.rows[0].number) == ("|", 2)


def test_row_numbers_are_those_of_the_spreadsheet():
    table = read('sku,title\r\n\r\nA,"two\r\nlines"\r\n,\r\nB,x\r\n')
    assert [(row.number, row.cells["title"]) for row in table.rows] == [(3, "two\r\nlines"), (5, "x")]


def test_columns_are_found_whatever_their_case_and_a_short_row_is_filled():
    assert cells(" SKU ,Title,,\r\nA\r\n") == [["A", ""]]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"sku,title\r\nA,\0\r\n", "nul"),
        ("sku,title".encode("utf-16-le"), "nul"),
        (b"%PDF-1.7\nwhatever", "no_header"),
        (b"<html><body>sku</body></html>", "no_header"),
        (b"sep=;\r\n", "no_header"),
        (b"title,price\r\nx,1", "missing"),
        (b"sku,titel\r\nA,x", "unknown"),
        (b"sku,title,Title\r\nA,x,y", "twice"),
        (b'sku,title\r\nA,"open\r\n', "quotes"),
        (b"sku,title\r\nA," + b"x" * 140_000 + b"\r\n", "long_cell"),
        (b'sku,title\r\nA,"x"y\r\n', "quotes"),
        (b"sku,title\r\nA,x,more\r\n", "beyond"),
        (b"sku,title\r\n" + b"A,x\r\n" * 101, "too_long"),
    ],
)
def test_what_is_no_table_is_refused_by_name(data, why):
    with pytest.raises(UnreadableTable) as refused:
        read(data)
    assert refused.value.why == why


def test_a_misspelt_column_is_answered_with_the_right_one():
    with pytest.raises(UnreadableTable) as refused:
        read("sku,titel\r\n")
    assert refused.value.facts == {"column": "titel", "near": "title"}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(TEXTS | st.text("=-';\t\n a", max_size=12).map(str.strip))
def test_what_was_kept_from_calculating_comes_back_as_it_was(text):
    line = "".join(csv_lines([["sku", "title"], ["A", text]]))
    for separator in ",;\t":
        for cells in csv.reader(io.StringIO(line.partition("\r\n")[2], newline=""), delimiter=separator):
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert read(line).rows[0].cells["title"] == text


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=x", "+44", "-", "@SUM(A1)", "'quoted'", "'", "a=b"])
def test_an_apostrophe_is_taken_off_only_where_one_was_put(text):
    line = "".join(csv_lines([["sku", "title"], ["A", text]]))
    assert read(line).rows[0].cells["title"] == text
    assert unharmed(text) == (text[1:] if text in ("'=1+1", "''=x") else text)
