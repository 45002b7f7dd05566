"""A ZIP from outside: an honest folder of files is read, everything else is refused."""

from __future__ import annotations

import stat
import struct
import zipfile

import pytest

from storefront.core import archives
from storefront.core.archives import Archive, NotInArchive, UnfitArchive


@pytest.fixture
def zipped(tmp_path):
    def make(*files, **options):
        path = tmp_path / "pictures.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
            for name, data in files:
                file.writestr(name, data)
        return path

    return make


def why(path):
    with pytest.raises(UnfitArchive) as refused:
        Archive(path)
    return refused.value.why


def test_a_file_is_found_by_its_whole_name_or_by_the_last_part_of_it(zipped):
    with Archive(zipped(("photos/Front.JPG", b"one"), ("photos/a/x.jpg", b"2"), ("photos/b/x.jpg", b"3"))) as archive:
        assert archive.find("front.jpg") == archive.find("PHOTOS/front.jpg") == "photos/Front.JPG"
        assert archive.read("photos/Front.JPG", 100) == b"one"
        assert archive.read(archive.find("photos/b/x.jpg"), 100) == b"3"
        for name, several in (("x.jpg", True), ("y.jpg", False), ("../x.jpg", False)):
            with pytest.raises(NotInArchive) as missing:
                archive.find(name)
            assert missing.value.several is several


def test_accents_are_the_same_however_they_are_coded(zipped):
    with Archive(zipped(("cafe\u0301.jpg", b"x"))) as archive:
        assert archive.find("café.jpg")


@pytest.mark.parametrize("name", ["Screenshot 10.32\u202fAM.jpg", "a\u00a0b.jpg", "ग\u200dग.jpg", "圖片.jpg"])
def test_names_as_computers_give_them_are_taken(zipped, name):
    with Archive(zipped((name, b"x"))) as archive:
        assert archive.find(name)


def test_what_computers_leave_behind_is_overlooked(zipped):
    files = [
        ("__MACOSX/._a.jpg", b""),
        ("photos/", b""),
        ("photos/.DS_Store", b""),
        ("Thumbs.db", b""),
        ("a.jpg", b"x"),
    ]
    assert Archive(zipped(*files)).names == {"a.jpg"}


@pytest.mark.parametrize("name", ["/etc/passwd", "../../x.jpg", "a/../x.jpg", "a\\x.jpg", "C:x.jpg", "a\nb.jpg"])
def test_names_that_lead_elsewhere_are_refused(zipped, name):
    assert why(zipped((name, b"x"))) == "name"


def test_a_name_with_a_nul_byte_is_refused(zipped):
    path = zipped(("aX.jpg", b"x"))
    path.write_bytes(path.read_bytes().replace(b"aX.jpg", b"a\0.jpg"))
    assert why(path) == "name"


def test_a_file_without_a_name_is_in_no_zip(zipped):
    path = zipped(("a", b"x"))
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    (length,) = struct.unpack_from("<L", data, end + 12)
    nameless = data[at : at + 28] + b"\0\0" + data[at + 30 : at + 46]
    path.write_bytes(data[:at] + nameless + data[end : end + 12] + struct.pack("<L", length - 1) + data[end + 16 :])
    assert why(path) == "no_zip"


def test_links_nested_archives_and_passwords_are_refused(zipped):
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert why(zipped((link, b"/etc/passwd"))) == "link"
    assert why(zipped(("more.ZIP", b"x"))) == "nested"
    locked = zipped(("a.jpg", b"x"))
    data = bytearray(locked.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(bytes(data))
    assert why(locked) == "locked"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(zipped):
    assert why(zipped(("a.jpg", b"x"), ("A.JPG", b"y"))) == "twice"
    assert why(zipped(("a.jpg", b"x"), ("a.jpg", b"y"))) == "twice"


def test_no_more_is_read_than_was_asked_for_whatever_a_bomb_claims(zipped):
    path = zipped(("bomb.jpg", b"\0" * 50_000_000))
    assert path.stat().st_size < 100_000
    with Archive(path) as archive:
        assert len(archive.read("bomb.jpg", 1001)) == 1001


def test_too_many_files_are_refused_before_the_list_is_read(zipped, monkeypatch):
    path = zipped(*((f"{at}.jpg", b"") for at in range(30)))
    monkeypatch.setattr(archives, "MOST_LISTED", 1000)
    monkeypatch.setattr(archives.zipfile, "ZipFile", None)
    assert why(path) == "too_many"


def in_64_bits(path, listed):
    """The same ZIP as one that was packed while it grew: with a second record of its end, which says `listed`."""
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    files, length, start = struct.unpack_from("<HLL", data, end + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, files, files, listed or length, start)
    path.write_bytes(data[:end] + record + b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1) + data[end:])
    return path


def test_a_list_with_its_length_in_64_bits_is_read_where_it_is_short(zipped):
    with Archive(in_64_bits(zipped(("a.jpg", b"x")), None)) as archive:
        assert archive.names == {"a.jpg"}
    assert why(in_64_bits(zipped(("a.jpg", b"x")), 2**40)) == "too_many"


def test_a_list_that_hides_where_its_length_stands_is_no_zip(zipped):
    path = zipped(("a.jpg", b"x"))
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    for place in (end, 2**60, len(data)):
        path.write_bytes(data[:end] + b"PK\x06\x07" + struct.pack("<LQL", 0, place, 1) + data[end:])
        assert why(path) == "no_zip"


def with_two_ends(path, comment=b""):
    """The same ZIP with a long list by the record before the locator, and a short one by all else that can be read."""
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    files, length, start = struct.unpack_from("<HLL", data, end + 10)

    def record(listed):
        return b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, files, files, listed, start)

    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, files, files, 100, start, 0)
    path.write_bytes(record(100) + data[:end] + record(length) + locator + last + comment)
    return path


@pytest.mark.parametrize("comment", [b"", b"\0" * 65_536], ids=["plain", "locator_out_of_sight"])
def test_a_list_is_as_long_as_the_record_says_that_a_reader_takes(zipped, monkeypatch, comment):
    path = with_two_ends(zipped(*((f"{at}.jpg", b"") for at in range(30))), comment)
    monkeypatch.setattr(archives, "MOST_LISTED", 1000)
    with zipfile.ZipFile(path) as control:
        assert len(control.infolist()) == 30, "what the limit is there for"
    assert why(path) == "no_zip"


def test_more_files_than_anybody_needs_are_refused(zipped, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    assert why(zipped(*((f"{at}.jpg", b"") for at in range(4)))) == "too_many"


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused(tmp_path, data):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert why(path) in ("no_zip", "too_many")


def test_a_broken_file_in_a_whole_zip_reads_as_nothing(zipped):
    path = zipped(("a.jpg", b"hello hello hello"))
    data = bytearray(path.read_bytes())
    data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(data))
    with Archive(path) as archive:
        assert archive.read("a.jpg", 100) == b""
