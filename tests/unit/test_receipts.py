"""A receipt's text is whole, or it is refused with the reason."""

from __future__ import annotations

import json
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.core import signing
from storefront.receipts.verifying import NotAuthentic, verify

ISSUER = "did:web:shop.example"
KEY = signing.load_key(signing.generate_key())
JWKS = {"keys": [signing.public_jwk(KEY)]}
CREDENTIAL = {
    "type": ["VerifiableCredential", "ImpactReceipt"],
    "issuer": ISSUER,
    "credentialSubject": {"revision": 1, "given": [{"charity": "open-bench", "minor": 120}]},
}


def signed(credential=CREDENTIAL, key=KEY, **header) -> str:
    return signing.sign(json.dumps(credential).encode(), key, {"typ": "vc+jwt", "cty": "vc", **header})


TOKEN = signed()


def test_a_receipt_verifies_as_token_and_as_readable_json():
    assert verify(TOKEN, jwks=JWKS, issuer=ISSUER).subject["revision"] == 1
    assert verify(json.dumps(CREDENTIAL | {"jwt": TOKEN}), jwks=JWKS, issuer=ISSUER).credential == CREDENTIAL


def test_a_receipt_wrapped_by_a_mail_program_still_verifies():
    wrapped = "\ufeff  " + "\r\n ".join(TOKEN[at : at + 70] for at in range(0, len(TOKEN), 70)) + "\n"
    assert verify(wrapped, jwks=JWKS, issuer=ISSUER)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_one_changed_character_is_always_noticed(at, other):
    if TOKEN[at] == other:
        return
    with pytest.raises(NotAuthentic):
        verify(TOKEN[:at] + other + TOKEN[at + 1 :], jwks=JWKS, issuer=ISSUER)


def test_ten_thousand_one_bit_changes_are_all_noticed():
    chance = random.Random(7)
    for _ in range(10_000):
        changed = bytearray(TOKEN.encode())
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(7)
        text = changed.decode("latin-1")
        if "".join(text.split()) == TOKEN:
            continue
        with pytest.raises(NotAuthentic):
            verify(text, jwks=JWKS, issuer=ISSUER)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing to verify"),
        ("hello", "no signed receipt"),
        ("a.b.c", "no signed receipt"),
        ("{", "not whole JSON"),
        ("{}", "jwt"),
        ('{"jwt": 5}', "no signed receipt"),
        ("[" * 70_000, "too long"),
        ("{" + '"a":{' * 9_000, "JSON"),
        ("é.ü.ß", "no signed receipt"),
        (json.dumps(CREDENTIAL | {"issuer": "did:web:other", "jwt": TOKEN}), "readable part differs"),
    ],
)
def test_what_is_no_receipt_is_refused_with_the_reason(text, reason):
    with pytest.raises(NotAuthentic, match=reason):
        verify(text, jwks=JWKS, issuer=ISSUER)


def test_another_shops_receipt_is_sent_to_that_shop():
    other = signing.load_key(signing.generate_key())
    with pytest.raises(NotAuthentic, match="another shop"):
        verify(signed(key=other), jwks=JWKS, issuer=ISSUER)
    with pytest.raises(NotAuthentic, match="did:web:other"):
        verify(signed(CREDENTIAL | {"issuer": "did:web:other"}), jwks=JWKS, issuer=ISSUER)


def test_what_the_key_signed_for_another_purpose_is_no_receipt():
    with pytest.raises(NotAuthentic, match="no impact receipt"):
        verify(signing.sign(b'{"type": []}', KEY, {"typ": "JWT"}), jwks=JWKS, issuer=ISSUER)


def test_a_rotated_key_leaves_old_receipts_valid():
    newer = signing.load_key(signing.generate_key())
    both = {"keys": [signing.public_jwk(newer), *JWKS["keys"]]}
    assert verify(TOKEN, jwks=both, issuer=ISSUER)
    assert verify(signed(key=newer), jwks=both, issuer=ISSUER)
