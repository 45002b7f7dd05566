"""Where an order goes, which reads the same wherever it is written out."""

from __future__ import annotations

import re
from dataclasses import replace

from listings import add_member
from ordering import DETAILS
from papers import pdf_words
from people import add_user, letters, sign_in
from selling import sell

from storefront.accounts.models import Role
from storefront.producers.models import MemberRole

AMERICAN = {"street": "1 Quiet Road", "city": "Springfield", "region": "IL", "postcode": "62701", "country": "US"}
WRITTEN = "1 Quiet Road Springfield, IL 62701 United States"


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_an_order_has_one_address_on_every_page_letter_and_paper(app, world):
    order = sell({"COFFEE": 1}, details=replace(DETAILS, **AMERICAN))
    (letter,) = letters("order_confirmation")
    assert WRITTEN in words(letter.text)
    assert WRITTEN in words(letter.html)
    add_user("admin@example.org", Role.ADMIN)
    add_member(world.sunlit_bench, "packer@example.org", MemberRole.FULFILMENT)
    parcel = f"/studio/sunlit-bench/orders/{order.parcels[0].ref}"
    for reader, page in [
        ("", f"/orders/{order.ref}?key={order.key}"),
        ("packer@example.org", parcel),
        ("admin@example.org", f"/admin/orders/{order.ref}"),
    ]:
        assert WRITTEN in words(opened(app, reader, page).get_data(as_text=True)), page
    for reader, paper in [
        ("", f"/orders/{order.ref}/invoice.pdf?key={order.key}"),
        ("packer@example.org", f"{parcel}/packing-list.pdf"),
        ("packer@example.org", f"{parcel}/label.pdf"),
    ]:
        assert "Springfield, IL 62701" in pdf_words(opened(app, reader, paper).data), paper


def test_the_payment_page_shows_the_address_as_the_post_wants_it(client, world):
    client.post("/cart/lines", data={"sku": "COFFEE", "quantity": 1})
    client.post("/checkout", data={"email": "ada@example.org", "name": "Ada Lark"})
    client.post("/checkout/delivery", data=AMERICAN)
    assert WRITTEN in words(client.get("/checkout/payment").get_data(as_text=True))


def opened(app, reader, page):
    client = app.test_client()
    if reader:
        sign_in(client, reader)
    return client.get(page)
