"""A paid order has a receipt that anyone can check, and a refund its next revision."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import sys

import pytest
from ordering import DETAILS, order_of
from receipts_made import refund

from storefront.cli import cli
from storefront.core import clock, signing
from storefront.receipts import checking
from storefront.receipts.issuing import token_digest


def said(client, public_id, **query):
    return client.get(f"/receipts/{public_id}.json", query_string=query).get_json()["credentialSubject"]


def test_a_receipt_says_what_was_bought_and_what_is_owed(bought, client):
    subject = said(client, bought({"COFFEE": 2, "SCARF-RED": 1}))
    assert subject["revision"] == 1
    assert [(line["quantity"], line["net"]) for line in subject["lines"]] == [(2, 4800), (1, 4800)]
    assert all(sum(part["minor"] for part in line["split"]) == line["net"] for line in subject["lines"])
    assert subject["given"] == [
        {"charity": "hill-schools-trust", "minor": 100},
        {"charity": "open-bench-foundation", "minor": 240},
    ]


def test_a_refund_issues_the_next_revision_and_both_verify(bought, client):
    public_id = bought({"COFFEE": 2})
    first = client.get(f"/receipts/{public_id}.jwt").text
    refund(bought.order_ref, {"COFFEE": 1})
    subject = said(client, public_id)
    assert (subject["revision"], subject["refunded"], subject["lines"][0]["quantity"]) == (2, 2400, 1)
    assert subject["replaces"] == f"sha256:{token_digest(first)}"
    assert subject["given"] == [{"charity": "open-bench-foundation", "minor": 120}]
    page = client.get(f"/receipts/{public_id}").text
    assert "Revision 2, current" in page
    old = client.get(f"/receipts/{public_id}?revision=1").text
    assert "replaced by revision 2" in old
    for revision in (1, 2):
        token = client.get(f"/receipts/{public_id}.jwt?revision={revision}").text
        assert client.post("/verify", data={"receipt": token}).status_code == 200
    assert checking.check() == []


def test_a_wholly_refunded_order_owes_nothing(bought, client):
    public_id = bought({"COFFEE": 1, "SCARF-RED": 1})
    refund(bought.order_ref)
    assert [row["minor"] for row in said(client, public_id)["given"]] in ([], [0, 0])
    assert client.get(f"/receipts/{public_id}").status_code == 200


def test_no_form_of_a_receipt_holds_anything_personal(bought, client):
    public_id = bought()
    order = order_of(bought.order_ref)
    personal = [DETAILS.email, DETAILS.name, DETAILS.street, DETAILS.postcode, order.ref, order.key]
    payload = json.dumps(client.get(f"/receipts/{public_id}.json").get_json())
    for text in (client.get(f"/receipts/{public_id}").text, payload):
        assert [word for word in personal if word in text] == []


@pytest.mark.parametrize(
    ("ending", "mimetype", "start"),
    [
        ("", "text/html", b"<!DOCTYPE html>"),
        (".jwt", "application/vc+jwt", b"ey"),
        (".json", "application/json", b"{"),
        (".pdf", "application/pdf", b"%PDF"),
        (".svg", "image/svg+xml", b"<?xml"),
    ],
)
def test_each_form_has_its_type_and_is_revalidated_without_a_cookie(bought, client, ending, mimetype, start):
    address = f"/receipts/{bought()}{ending}"
    response = client.get(address)
    assert response.status_code == 200
    assert response.mimetype == mimetype
    assert response.data.startswith(start)
    assert "Set-Cookie" not in response.headers
    if ending != ".pdf":  # A PDF says when it was made.
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304
    assert client.get(f"/receipts/nobody{ending}").status_code == 404


def test_a_receipt_verifies_by_id_by_paste_and_by_file(bought, client):
    public_id = bought()
    token = client.get(f"/receipts/{public_id}.jwt").text
    readable = client.get(f"/receipts/{public_id}.json").text
    said = client.get(f"/verify/{public_id}").text
    assert "unchanged" in said
    today = clock.today()
    assert f"signed it on {today.day} {today:%B %Y} with" in said
    assert f">{today.day} {today:%B %Y}</time></dd>" in said
    for text in (token, readable):
        assert "unchanged" in client.post("/verify", data={"receipt": text}).text
        file = (io.BytesIO(text.encode()), "receipt.jwt")
        assert "unchanged" in client.post("/verify", data={"file": file}, content_type="multipart/form-data").text


def test_what_is_not_this_shops_receipt_is_refused_with_the_reason(bought, client):
    token = client.get(f"/receipts/{bought()}.jwt").text
    head, payload, signature = token.split(".")
    other = signing.sign(b"{}", signing.load_key(signing.generate_key()), {"typ": "vc+jwt"})
    for text, reason in [
        (f"{head}.{payload[:-2]}{'AB' if payload[-2:] != 'AB' else 'BA'}.{signature}", "changed"),
        (other, "another shop"),
        ("neither here nor there", "no signed receipt"),
        ("{", "not whole JSON"),
        ("", "nothing to verify"),
        ("x" * 100_000, "too long"),
    ]:
        response = client.post("/verify", data={"receipt": text})
        assert response.status_code == 422, text[:40]
        assert reason in re.sub(r"\s+", " ", response.text), text[:40]


def test_a_paste_of_five_megabytes_gets_a_clear_answer(client):
    response = client.post("/verify", data={"receipt": "a" * 5_000_000})
    assert response.status_code in (413, 422)
    assert "too l" in response.text.lower()


def test_a_new_key_leaves_old_receipts_valid(bought, client, app, open_shop):
    public_id = bought()
    token = client.get(f"/receipts/{public_id}.jwt").text
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    newer = open_shop(database_url=url, signing_key=signing.generate_key()).test_client()
    assert newer.post("/verify", data={"receipt": token}).status_code == 200
    keys = newer.get("/.well-known/jwks.json").get_json()["keys"]
    assert len(keys) == 2
    assert {key["crv"] for key in keys} == {"Ed25519"}
    document = newer.get("/.well-known/did.json").get_json()
    assert document["id"] == "did:web:localhost"
    assert len(document["assertionMethod"]) == 2
    assert not any("d" in method["publicKeyJwk"] for method in document["verificationMethod"])


INDEPENDENT = """
import json, sys
import jwt
token, keys = open(sys.argv[1]).read(), json.load(open(sys.argv[2]))["keys"]
kid = jwt.get_unverified_header(token)["kid"]
key = jwt.PyJWK(next(key for key in keys if key["kid"] == kid)).key
said = jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})
assert not any(name.startswith("storefront") for name in sys.modules)
print(said["credentialSubject"]["revision"])
"""


def test_other_code_than_ours_verifies_the_receipt(bought, client, tmp_path):
    (tmp_path / "jwks.json").write_text(client.get("/.well-known/jwks.json").text)
    token = client.get(f"/receipts/{bought()}.jwt").text
    head, payload, signature = token.split(".")
    changed = f"{head}.{payload[:40]}{'A' if payload[40] != 'A' else 'B'}{payload[41:]}.{signature}"
    for text, holds in ((token, True), (changed, False)):
        (tmp_path / "receipt.jwt").write_text(text)
        command = [sys.executable, "-I", "-c", INDEPENDENT, str(tmp_path / "receipt.jwt"), str(tmp_path / "jwks.json")]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode == 0) is holds, done.stderr


def test_openssl_verifies_the_receipt(bought, client, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    key = client.get("/.well-known/jwks.json").get_json()["keys"][0]
    # RFC 8410: the fixed beginning of an Ed25519 SubjectPublicKeyInfo, then the 32 bytes of the key.
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + raw(key["x"]))
    signed, _, signature = client.get(f"/receipts/{bought()}.jwt").text.rpartition(".")
    (tmp_path / "signature").write_bytes(raw(signature))
    for text, holds in ((signed, True), (signed[:-1] + ("A" if signed[-1] != "A" else "B"), False)):
        (tmp_path / "signed").write_text(text)
        done = subprocess.run(
            [
                "openssl",
                "pkeyutl",
                "-verify",
                "-pubin",
                "-keyform",
                "DER",
                "-inkey",
                tmp_path / "key.der",
                "-rawin",
                "-in",
                tmp_path / "signed",
                "-sigfile",
                tmp_path / "signature",
            ],
            capture_output=True,
        )
        assert (done.returncode == 0) is holds


def test_the_command_verifies_offline_and_says_why_not(bought, client, app, tmp_path):
    token = client.get(f"/receipts/{bought()}.jwt").text
    (tmp_path / "jwks.json").write_text(client.get("/.well-known/jwks.json").text)
    (tmp_path / "good.jwt").write_text(token)
    (tmp_path / "bad.jwt").write_text(token[:-10] + "A" * 10)
    runner = app.test_cli_runner()
    for name, code, words in (("good.jwt", 0, "Verified"), ("bad.jwt", 1, "Not verified")):
        keys = ["--keys", str(tmp_path / "jwks.json")]
        result = runner.invoke(cli.get_command(None, "receipts"), ["verify", str(tmp_path / name), *keys])
        assert (result.exit_code, words in result.output) == (code, True), result.output
