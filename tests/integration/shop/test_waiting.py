"""Back in stock: whoever asked gets one letter when the thing can really be bought, and is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import World
from ordering import order_of, place_order
from people import add_user, letters, link_in, sign_in
from selling import sell, take_back
from sqlalchemy import func, select, update

from storefront.catalog import adjusting, waiting
from storefront.catalog.models import ProductStatus, StockWait, Variant
from storefront.checkout import holding
from storefront.core import clock, refusing
from storefront.core.db import session, unit_of_work
from storefront.producers import closing
from storefront.producers.models import ProducerStatus

PAGE = "/products/dhaka-scarf/waiting"
MEI = {"sku": "SCARF-BLACK", "email": "mei@example.org"}


def black() -> Variant:
    return session().scalars(select(Variant).where(Variant.sku == "SCARF-BLACK")).one()


def restock(units: int = 4, sku: str = "SCARF-BLACK") -> None:
    with unit_of_work() as current:
        current.execute(update(Variant).where(Variant.sku == sku).values(stock=units))


def waits() -> int:
    return session().scalar(select(func.count(StockWait.id))) or 0


def test_the_page_of_a_sold_out_variant_asks_for_an_address_without_script_or_account(world: World, client):
    page = client.get("/products/dhaka-scarf").get_data(as_text=True)
    assert f'action="{PAGE}"' in page
    assert "Sold out: Black. Tell me when it is back" in page
    assert 'value="SCARF-BLACK"' in page
    assert "/waiting" not in client.get("/products/drip-coffee").get_data(as_text=True)
    restock(0, "SCARF-RED")
    page = client.get("/products/dhaka-scarf").get_data(as_text=True)
    assert '<option value="SCARF-RED">Deep red</option>' in page


def test_one_letter_goes_out_when_it_is_back_and_the_address_is_forgotten(world: World, client):
    for _ in range(2):
        asked = client.post(PAGE, data=MEI)
        assert asked.location == f"{PAGE}?asked=1"
        assert "Set-Cookie" not in asked.headers
    assert "you get one letter" in client.get(asked.location).get_data(as_text=True)
    assert waits() == 1
    assert waiting.tell() == 0, "still sold out"
    restock()
    assert waiting.tell() == 1
    assert waiting.tell() == 0
    (letter,) = letters("back_in_stock")
    assert letter.recipient == "mei@example.org"
    assert letter.subject == "Back: Palpa Dhaka scarf"
    assert "Palpa Dhaka scarf, Black: $48.00" in letter.text
    assert link_in(letter) == "/products/dhaka-scarf"
    assert letter.unsubscribe_url in letter.text
    assert waits() == 0


def test_a_counted_stock_a_released_hold_and_a_return_each_bring_it_back(world: World, client):
    def count() -> None:
        with unit_of_work():
            adjusting.count_stock(black(), 3, seen_stock=0, actor="user:E", now=clock.now())

    def release() -> None:
        with unit_of_work():
            holding.release(order_of(held))

    def give_back() -> None:
        take_back(sold)

    count()
    for turn, bring_back in enumerate((release, give_back, count)):
        wanted = {"SCARF-BLACK": 3}
        if bring_back is release:
            held = place_order(wanted)
        elif bring_back is give_back:
            sold = sell(wanted)
        else:
            restock(0)
        client.post(PAGE, data=MEI)
        assert waiting.tell() == 0
        bring_back()
        assert waiting.tell() == 1, bring_back.__name__
        assert len(letters("back_in_stock")) == turn + 1


@pytest.mark.parametrize("how", ["paused", "suspended", "lapsed", "closed"])
def test_no_letter_while_it_cannot_be_bought(world: World, client, how: str):
    client.post(PAGE, data=MEI)
    restock()
    with unit_of_work():
        if how == "paused":
            world.scarf.status = ProductStatus.PAUSED
        elif how == "closed":
            today = clock.today()
            closure = closing.close(world.weavers, today, today, actor="user:E", now=clock.now())
        else:
            world.weavers.status = ProducerStatus(how)
    assert waiting.tell() == 0
    assert waits() == 1
    with unit_of_work():
        world.scarf.status, world.weavers.status = ProductStatus.LIVE, ProducerStatus.APPROVED
        if how == "closed":
            closing.reopen(world.weavers, closure.ref, actor="user:E", now=clock.now())
    assert waiting.tell() == 1


def test_who_ended_such_letters_gets_none_and_nothing_tells_it(world: World, client):
    client.post(PAGE, data=MEI)
    with unit_of_work():
        refusing.refuse(waiting.letters("Mei@example.org"), clock.now())
    restock()
    assert waiting.tell() == 0
    assert waits() == 0
    restock(0)
    assert client.post(PAGE, data=MEI).location == f"{PAGE}?asked=1"
    assert waits() == 0


def test_whoever_has_the_mailbox_may_begin_again_and_nobody_else(world: World, client):
    with unit_of_work():
        refusing.refuse(waiting.letters("mei@example.org"), clock.now())
    add_user("otto@example.org")
    sign_in(client, "otto@example.org")
    client.post(PAGE, data=MEI)
    assert waits() == 0
    add_user("mei@example.org")
    sign_in(client, "mei@example.org")
    client.post(PAGE, data={**MEI, "email": "Mei@Example.org"})
    assert waits() == 1


def test_who_waited_half_a_year_in_vain_is_forgotten(world: World, client):
    client.post(PAGE, data=MEI)
    with clock.at(clock.now() + timedelta(days=179)):
        waiting.tell()
        assert waits() == 1
    with clock.at(clock.now() + timedelta(days=180, minutes=1)):
        waiting.tell()
    assert waits() == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "mei at home"}, "Enter an e-mail address like name@example.org"),
        ({"sku": "SCARF-RED"}, "This one can be ordered now"),
        ({"sku": "COFFEE"}, "This one can be ordered now"),
        ({"sku": "x" * 61}, "Choose one"),
    ],
)
def test_an_answer_that_does_not_do_is_told_of_and_kept(world: World, client, data, message: str):
    refused = client.post(PAGE, data={**MEI, **data})
    assert refused.status_code == 422
    assert message in refused.get_data(as_text=True)
    assert f'value="{data.get("email", MEI["email"])}"' in refused.get_data(as_text=True)
    assert waits() == 0


def test_a_stranger_can_cause_only_so_many_letters(world: World, client, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 1)
    restock(0, "SCARF-RED")
    client.post(PAGE, data=MEI)
    assert client.post(PAGE, data={**MEI, "sku": "SCARF-RED"}).status_code == 303
    assert waits() == 1
    statuses = [client.post(PAGE, data={**MEI, "email": f"a{n}@example.org"}).status_code for n in range(12)]
    assert statuses.count(429) == 4


def test_two_workers_send_one_letter(world: World, client):
    client.post(PAGE, data=MEI)
    restock()
    (wait_id,) = session().scalars(select(StockWait.id)).all()
    told = []
    for _ in range(2):
        with unit_of_work():
            told.append(waiting._tell(wait_id, clock.now()))
    assert told == [True, False]
