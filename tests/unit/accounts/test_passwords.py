"""Which passwords are fit, and how they are compared."""

from __future__ import annotations

import pytest

from storefront.accounts import passwords
from storefront.accounts.common_passwords import COMMON
from storefront.accounts.passwords import Unfit, UnfitPassword, check_fit


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "eightéch",
        "x9$kfQ2m",
        "山水花鳥風月春秋",
        " leading and trailing ",
        "a" * 60 + "b" * 68,
    ],
)
def test_length_counts_and_composition_does_not(password):
    check_fit(password, "ming@example.org")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("seven77", Unfit.SHORT),
        ("", Unfit.SHORT),
        ("山水", Unfit.SHORT),
        ("ab" * 64 + "c", Unfit.LONG),
        ("password", Unfit.COMMON),
        ("P@ssw0rd123", Unfit.COMMON),
        ("Welcome2024", Unfit.COMMON),
        ("12345678", Unfit.COMMON),
        ("87654321", Unfit.COMMON),
        ("qwertyui", Unfit.COMMON),
        ("qwerty123", Unfit.COMMON),
        ("aaaaaaaaaa", Unfit.COMMON),
        ("abcabcabc", Unfit.COMMON),
        ("Ming@Example.org", Unfit.PERSONAL),
    ],
)
def test_what_would_be_guessed_is_refused_with_the_reason(password, why):
    with pytest.raises(UnfitPassword) as caught:
        check_fit(password, "ming@example.org")
    assert caught.value.why == why


def test_the_list_of_common_ones_is_a_list():
    assert len(COMMON) > 200
    assert min(map(len, COMMON)) >= passwords.MIN


def test_what_is_stored_is_argon2id_and_another_text_each_time():
    one, two = passwords.make("three calm otters"), passwords.make("three calm otters")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert passwords.matches(one, "three calm otters")
    assert not passwords.matches(one, "three calm otter")


def test_an_accent_typed_as_one_character_or_as_two_is_the_same_password():
    assert passwords.matches(passwords.make("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_no_account_and_a_broken_hash_match_nothing():
    assert not passwords.matches(None, "no account has this one")
    assert not passwords.matches("", "anything")
    assert not passwords.matches("not a hash", "anything")


def test_a_password_of_a_megabyte_is_not_hashed(monkeypatch):
    tried: list[str] = []
    monkeypatch.setattr(type(passwords._HASHER), "verify", lambda _self, _stored, text: tried.append(text) or False)
    assert not passwords.matches(None, "x" * 1_000_000)
    assert tried == [""]
