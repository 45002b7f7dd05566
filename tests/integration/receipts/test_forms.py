"""The forms of a receipt: what each says, to whom, and what it never says."""

from __future__ import annotations

import base64
import io
import json
import re

import pytest
import segno
from cast import World
from ordering import DETAILS, order_of
from papers import pdf_words
from receipts_made import refund
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from storefront.receipts.issuing import token_digest
from storefront.receipts.reading import by_order

ENDINGS = ("", ".json", ".jwt", ".pdf", ".svg")


def words_of(response: TestResponse, ending: str) -> str:
    if ending == ".pdf":
        return pdf_words(response.data)
    if ending == ".jwt":
        payload = response.text.split(".")[1]

        return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    return response.text


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_form_names_the_buyer_or_the_order(bought, client, ending):
    public_id = bought()
    refund(bought.order_ref, {"COFFEE": 1})
    order = order_of(bought.order_ref)
    said = words_of(client.get(f"/receipts/{public_id}{ending}"), ending)
    if ending != ".svg":
        assert "Sunlit drip coffee" in said  # The control: this form can be read, and what is in it is found.
    personal = [DETAILS.email, DETAILS.name, DETAILS.street, DETAILS.city, DETAILS.postcode, order.ref, order.key]
    assert [word for word in personal if word.lower() in said.lower()] == []


def test_the_code_says_the_receipts_address_and_nothing_else(bought, client):
    public_id = bought()
    drawing = io.BytesIO()
    segno.make(f"http://localhost/receipts/{public_id}", error="m").save(
        drawing, kind="svg", border=2, light="#ffffff", svgclass=None, lineclass=None
    )
    assert client.get(f"/receipts/{public_id}.svg").data == drawing.getvalue()


@pytest.mark.parametrize("ending", ENDINGS)
def test_search_engines_are_asked_to_leave_receipts_alone(bought, client, ending):
    response = client.get(f"/receipts/{bought()}{ending}")
    robots = response.headers.get("X-Robots-Tag", "")
    assert "noindex" in robots or re.search(r'<meta name="robots" content="[^"]*noindex', response.text)


def test_the_id_of_a_receipt_says_nothing_of_its_order(bought):
    ids = [bought({"SOAP": 1}) for _ in range(2)]
    assert len({*ids}) == 2
    assert all(len(public_id) == 22 for public_id in ids)  # 128 random bits
    assert not any(bought.order_ref.lower() in public_id.lower() for public_id in ids)


def test_the_first_revision_is_kept_to_the_byte(bought, client):
    public_id = bought({"COFFEE": 2})
    first = client.get(f"/receipts/{public_id}.jwt").data
    for _ in range(2):
        refund(bought.order_ref, {"COFFEE": 1})
    tokens = [client.get(f"/receipts/{public_id}.jwt?revision={number}").text for number in (1, 2, 3)]
    assert tokens[0].encode() == first
    subjects = [
        client.get(f"/receipts/{public_id}.json?revision={number}").get_json()["credentialSubject"]
        for number in (1, 2, 3)
    ]
    assert [subject.get("replaces") for subject in subjects] == [
        None, *(f"sha256:{token_digest(token)}" for token in tokens[:2])
    ]  # fmt: skip
    assert [[row["minor"] for row in subject["given"]] for subject in subjects] == [[240], [120], []]
    assert [subject["refunded"] for subject in subjects] == [0, 2400, 4800 + 690]


@pytest.mark.parametrize("revision", ["0", "3", "-1", "99999999999999999999"])
def test_a_revision_that_is_not_there_is_not_found(bought, client, revision):
    public_id = bought({"COFFEE": 2})
    refund(bought.order_ref, {"COFFEE": 1})
    for ending in ENDINGS:
        if ending != ".svg" or client.get(f"/receipts/{public_id}.svg?revision={revision}").status_code != 200:
            assert client.get(f"/receipts/{public_id}{ending}?revision={revision}").status_code == 404


def test_a_replaced_revision_verifies_and_says_that_it_was_replaced(bought, client):
    public_id = bought({"COFFEE": 2})
    old = client.get(f"/receipts/{public_id}.jwt").text
    refund(bought.order_ref, {"COFFEE": 1})
    page = client.post("/verify", data={"receipt": old})
    assert page.status_code == 200
    words = re.sub(r"\s+", " ", page.text)
    assert "unchanged" in words
    assert "revision 2" in words.lower()


def test_a_readable_part_that_was_changed_by_one_cent_is_noticed(bought, client):
    text = client.get(f"/receipts/{bought()}.json").get_json()
    text["credentialSubject"]["given"][0]["minor"] += 1
    page = client.post("/verify", data={"receipt": json.dumps(text)})
    assert page.status_code == 422
    assert "readable part differs" in page.text


def test_what_was_pasted_is_kept_nowhere_and_comes_back_as_text(client, context):
    page = client.post("/verify", data={"receipt": "<script>alert(1)</script>"})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get("/verify/nobody").status_code == 404


def test_an_upload_is_read(bought, client):
    """The control of the test below: a good file is taken this way."""
    file = FileStorage(io.BytesIO(client.get(f"/receipts/{bought()}.jwt").data), filename="receipt.jwt")
    boundary, body = encode_multipart({"file": file})
    page = client.post("/verify", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert page.status_code == 200


def test_an_upload_that_is_no_text_or_far_too_long_gets_a_clear_answer(client):
    for content, status in ((b"\xff\xfe\x00binary\x01", {422}), (b"x" * 5_000_000, {413, 422})):
        file = FileStorage(io.BytesIO(content), filename="receipt.jwt")
        boundary, body = encode_multipart({"file": file})
        page = client.post("/verify", data=body, content_type=f"multipart/form-data; boundary={boundary}")
        assert page.status_code in status
        assert "Traceback" not in page.text


def test_a_receipt_on_record_that_does_not_verify_is_told_so(bought, open_shop, app, database):
    """Here the shop has moved to another address since it signed."""
    public_id = bought()
    assert app.test_client().get(f"/verify/{public_id}").status_code == 200
    moved = open_shop(base_url="http://elsewhere.example", database_url=app.config["SQLALCHEMY_DATABASE_URI"])
    page = moved.test_client().get(f"/verify/{public_id}")
    assert page.status_code == 422
    assert "not by this shop" in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_an_unpaid_order_has_no_receipt(world: World):
    from ordering import place_order

    assert by_order(order_of(place_order({"COFFEE": 1})).id) is None
