"""Reviews: only from buyers, looked at before they show, answered once; averages are those of the list."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from listings import add_member
from ordering import order_of
from people import add_user, letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.producers import members
from storefront.producers.models import Member, MemberRole
from storefront.voices import answering, moderating, reviewing
from storefront.voices.models import Review, WordsState
from storefront.voices.moderating import ChangedMeanwhile, OwnGroup
from storefront.voices.reviewing import NotBought
from storefront.web.shop import reviews as pages

SAID = {"stars": "4", "text": "Good coffee.\nThe lid is stiff.", "signed_as": "M. L."}


def line_of(order, sku):
    return next(line for line in order.lines if line.sku == sku)


def form_of(order, sku="COFFEE"):
    return f"/orders/{order.ref}/lines/{line_of(order, sku).ref}/review?key={order.key}"


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def write(sku="COFFEE", *, stars=4, text="Good.", order=None, by=None, signed_as=""):
    order = order or sell({sku: 1})
    with unit_of_work():
        return reviewing.write(
            line_of(order, sku), by=by, stars=stars, text=text, signed_as=signed_as, now=clock.now()
        ).ref


def found(ref):
    return session().scalars(select(Review).where(Review.ref == ref)).one()


def show(ref, by):
    with unit_of_work():
        review = found(ref)
        moderating.show(review, seen=review.version, by=by, now=clock.now())


def answer(world, ref, text):
    with unit_of_work():
        member = members.of_group(world.sunlit_bench.id)[0]
        review = found(ref)
        answering.answer(review, text, seen=review.version, by=member, now=clock.now())


def enter_admin(client):
    admin = add_user("admin@example.org", Role.ADMIN, name="Ada")
    sign_in(client, admin.email)
    return admin


def decide(client, ref, decision, seen=1, **more):
    return post(client, f"/admin/reviews/{ref}/decisions", {"decision": decision, "seen": str(seen), **more})


def test_a_guest_reviews_what_they_bought_through_the_orders_key_and_it_shows_once_read(world, client, app):
    order = sell({"COFFEE": 2})
    page = text_of(client, f"/orders/{order.ref}?key={order.key}")
    assert "Review Sunlit drip coffee" in page
    assert client.post(form_of(order), data=SAID).location == f"/orders/{order.ref}?key={order.key}#said"
    assert "Waits to be read by one of us." in text_of(client, f"/orders/{order.ref}?key={order.key}")
    assert "The lid is stiff." not in text_of(client, "/products/drip-coffee")
    admin = app.test_client()
    enter_admin(admin)
    review = session().scalars(select(Review)).one()
    assert "The lid is stiff." in text_of(admin, "/admin/reviews")
    assert decide(admin, review.ref, "show").status_code == 303
    shown = text_of(client, "/products/drip-coffee")
    assert "The lid is stiff." in shown
    assert "M. L." in shown
    assert "mei@example.org" not in shown
    acts = select(JournalEntry.act).where(JournalEntry.act.like("review%")).order_by(JournalEntry.sequence)
    assert list(session().scalars(acts)) == ["review written", "review shown"]


@pytest.mark.parametrize("key", ["", "?key=wrong"])
def test_nobody_else_writes_for_an_order_not_even_an_admin(world, client, key):
    order = sell({"COFFEE": 1})
    enter_admin(client)
    path = form_of(order).partition("?")[0] + key
    assert client.get(path).status_code == client.post(path, data=SAID).status_code == 404
    assert "Review Sunlit" not in text_of(client, f"/orders/{order.ref}{key}")
    assert session().scalars(select(Review)).all() == []


def test_a_signed_in_buyer_needs_no_key(world, client):
    user = add_user()
    order = sell({"COFFEE": 1})
    with unit_of_work():
        session().get_one(Order, order.id).user_id = user.id
    sign_in(client)
    path = form_of(order).partition("?")[0]
    assert client.post(path, data={**SAID, "signed_as": ""}).status_code == 303
    assert "Shown" not in text_of(client, f"/orders/{order.ref}")
    assert session().scalars(select(Review)).one().signed_as == ""


def test_what_was_wholly_given_back_or_never_paid_is_not_reviewed(world, client):
    part, whole = sell({"COFFEE": 2, "SOAP": 1}), sell({"SCARF-RED": 1})
    take_back(part, {"COFFEE": 1, "SOAP": 1})
    take_back(whole)
    part, whole = order_of(part.ref), order_of(whole.ref)
    assert client.get(form_of(part)).status_code == 200
    for order, sku in ((part, "SOAP"), (whole, "SCARF-RED")):
        assert client.get(form_of(order, sku)).status_code == 404
        assert client.post(form_of(order, sku), data=SAID).status_code == 404
        with pytest.raises(NotBought):
            write(sku, order=order)


def of_account(user, *units):
    """Paid orders of an account."""
    orders = [sell(one) for one in units]
    with unit_of_work() as current:
        for one in orders:
            current.get_one(Order, one.id).user_id = user.id
    return [order_of(one.ref) for one in orders]


def test_a_review_of_what_was_given_back_can_only_be_taken_back(world, client):
    order = sell({"COFFEE": 1, "SOAP": 1})
    write(order=order, text="Good while it lasted.")
    client.get(form_of(order))
    take_back(order, {"COFFEE": 1})
    page = text_of(client, form_of(order))
    assert "Send the changed review" not in page
    assert "Take the review back" in page
    late = client.post(form_of(order), data=SAID)
    assert late.status_code == 422
    assert "The lid is stiff." in late.text, "no word is lost"
    never = client.post(form_of(order, "SOAP"), data=SAID)
    assert never.status_code == 303
    with unit_of_work():
        order_of(order.ref).status = OrderStatus.CANCELLED
    assert "Your review of Sunlit drip coffee" in text_of(client, f"/orders/{order.ref}?key={order.key}")
    away = form_of(order).replace("/review?", "/review/withdrawal?")
    assert client.post(away).status_code == 303
    assert client.post(form_of(order), data=SAID).status_code == 404


def test_a_buyer_has_one_review_a_product_and_writing_again_changes_it(world, client):
    first, second = of_account(add_user(), {"COFFEE": 1}, {"COFFEE-DARK": 1})
    assert write(order=first) == write("COFFEE-DARK", order=second, stars=2, text="The dark one is not for me.")
    review = session().scalars(select(Review)).one()
    assert (review.stars, review.version, review.line.sku) == (2, 2, "COFFEE")
    assert "The dark one is not for me." in text_of(client, form_of(second, "COFFEE-DARK"))


@pytest.mark.parametrize("account", [True, False], ids=["an account's", "a guest's"])
def test_who_types_somebody_elses_address_at_checkout_does_not_reach_their_review(world, client, account):
    (theirs,) = of_account(add_user("mei@example.org"), {"COFFEE": 1}) if account else [sell({"COFFEE": 1})]
    ref, forged = write(order=theirs, text="My own words"), sell({"COFFEE": 1})
    assert forged.email == theirs.email
    assert "My own words" not in text_of(client, form_of(forged))
    client.post(form_of(forged), data=SAID)
    client.post(form_of(forged).replace("/review?", "/review/withdrawal?"))
    assert [(one.ref, one.text) for one in session().scalars(select(Review))] == [(ref, "My own words")]


def test_a_change_goes_back_to_be_read_and_takes_the_answer_along(world, client):
    order = sell({"COFFEE": 1})
    ref = write(order=order, text="First words")
    admin = add_user("admin@example.org", Role.ADMIN)
    add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    show(ref, admin)
    answer(world, ref, "Thank you!")
    assert "Thank you!" in text_of(client, "/products/drip-coffee")
    write(order=order_of(order.ref), text="Second words")
    page = text_of(client, "/products/drip-coffee")
    assert "First words" not in page
    assert "Second words" not in page
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        moderating.show(found(ref), seen=1, by=admin, now=clock.now())
    show(ref, admin)
    page = text_of(client, "/products/drip-coffee")
    assert "Second words" in page
    assert "Thank you!" not in page


def test_a_review_that_is_taken_back_is_gone_and_another_may_follow(world, client):
    order = sell({"COFFEE": 1})
    show(write(order=order, text="Hasty words"), add_user("admin@example.org", Role.ADMIN))
    away = form_of(order).replace("/review?", "/review/withdrawal?")
    assert client.post(away).status_code == 303
    assert client.post(away).status_code == 303
    assert "Hasty words" not in text_of(client, "/products/drip-coffee")
    assert session().scalars(select(Review)).all() == []
    assert client.post(form_of(order), data=SAID).status_code == 303


def test_members_do_not_review_their_own_group(world, client):
    order = sell({"COFFEE": 1, "SCARF-RED": 1})
    add_member(world.sunlit_bench, "mei@example.org", MemberRole.FINANCE)
    page = text_of(client, f"/orders/{order.ref}?key={order.key}")
    assert "Review Palpa Dhaka scarf" in page
    assert "Review Sunlit drip coffee" not in page
    assert client.post(form_of(order), data=SAID).status_code == 404
    with pytest.raises(OwnGroup):
        write(order=order)
    weaver = add_member(world.weavers, "weaver@example.org", MemberRole.OWNER)
    with pytest.raises(OwnGroup):
        write("SCARF-RED", order=order, by=weaver)


def test_whoever_has_left_a_group_does_not_review_it_either(world):
    order = sell({"COFFEE": 1})
    for email in ("stays@example.org", "mei@example.org"):
        add_member(world.sunlit_bench, email, MemberRole.OWNER)
    with unit_of_work():
        members.leave(members.of_group(world.sunlit_bench.id)[1], clock.now())
    with pytest.raises(OwnGroup):
        write(order=order)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"stars": ""}, "Choose one to five stars"),
        ({"stars": "6"}, "Choose one to five stars"),
        ({"text": " \n "}, "Write what you think of it"),
        ({"text": "x" * 4001}, "Write at most 4000 characters"),
        ({"signed_as": "x" * 81}, "Write at most 80 characters"),
    ],
)
def test_what_does_not_do_is_said_beside_its_field_and_nothing_is_lost(world, client, answers, message):
    order = sell({"COFFEE": 1})
    told = client.post(form_of(order), data={**SAID, **answers})
    assert told.status_code == 422
    page = told.get_data(as_text=True)
    assert message in page
    assert "M. L." in page or "signed_as" in answers
    assert session().scalars(select(Review)).all() == []


def test_a_refusal_needs_a_reason_which_the_writer_gets_by_letter(world, client):
    ref = write(text="They are all crooks")
    enter_admin(client)
    assert decide(client, ref, "refuse").status_code == 422
    assert decide(client, ref, "refuse", reason="It is about people,\nnot the coffee.").status_code == 303
    letter = letters("words_refused", "mei@example.org")[0]
    assert "It is about people,\nnot the coffee." in letter.text
    assert "crooks" not in letter.text
    assert "/review?key=" in letter.text
    assert "They are all crooks" not in text_of(client, "/admin/reviews")
    assert "They are all crooks" in text_of(client, "/admin/reviews?state=refused")
    order = session().scalars(select(Order)).one()
    assert "not the coffee." in text_of(client, form_of(order))
    assert decide(client, ref, "refuse", reason="Again").status_code == 422


def test_nobody_decides_on_their_own_words_or_their_own_group(world, client):
    ref = write()
    admin = enter_admin(client)
    with unit_of_work():
        session().scalars(select(Order)).one().user_id = admin.id
    assert "You wrote this yourself" in decide(client, ref, "show").get_data(as_text=True)
    with unit_of_work():
        session().scalars(select(Order)).one().user_id = None
    other = write("SCARF-RED")
    with unit_of_work():
        session().add(
            Member(producer_id=world.weavers.id, user_id=admin.id, role=MemberRole.FINANCE, since=clock.now())
        )
    assert "You have to do with this group" in decide(client, other, "show").get_data(as_text=True)
    assert decide(client, ref, "show").status_code == 303


def test_the_queue_narrows_down_by_state_group_and_stars(world, client):
    with clock.at(clock.now() - timedelta(days=3)):
        ref = write(stars=1, text="Weak words")
    write("SCARF-RED", stars=5, text="Strong words")
    admin = enter_admin(client)
    page = text_of(client, "/admin/reviews")
    assert "waits for 3 days" in page
    assert page.index("Weak words") < page.index("Strong words")
    assert "Strong words" not in text_of(client, "/admin/reviews?producer=sunlit-bench")
    assert "Strong words" in text_of(client, "/admin/reviews?producer=weavers"), "a part of its name will do"
    assert "Weak words" not in text_of(client, "/admin/reviews?stars=5")
    show(ref, admin)
    assert "Weak words" not in text_of(client, "/admin/reviews")
    assert "Weak words" in text_of(client, "/admin/reviews?state=shown")
    assert "Weak words" in text_of(client, "/admin/reviews?state=all&page=x")


def test_the_group_answers_once_and_the_writer_gets_the_words(world, client):
    ref = write(text="A fine roast")
    show(ref, add_user("admin@example.org", Role.ADMIN))
    add_member(world.sunlit_bench, "editor@example.org", MemberRole.EDITOR)
    sign_in(client, "editor@example.org")
    assert "1 to answer" in text_of(client, "/studio/sunlit-bench")
    home = "/studio/sunlit-bench/voices"
    path = f"{home}/reviews/{ref}/answer"
    assert post(client, path, {"text": " ", "seen": "2"}).status_code == 422
    assert post(client, path, {"text": "Thank you, says the bench.", "seen": "2"}).status_code == 303
    again = post(client, path, {"text": "And more.", "seen": "2"})
    assert again.status_code == 422
    assert "has an answer already" in again.get_data(as_text=True)
    assert "Thank you, says the bench." in text_of(client, "/products/drip-coffee")
    assert "Thank you, says the bench." in letters("answer", "mei@example.org")[0].text


def test_an_answer_to_words_that_were_changed_meanwhile_is_kept_back(world, client):
    order = sell({"COFFEE": 1})
    ref, admin = write(order=order, text="A fine roast"), add_user("admin@example.org", Role.ADMIN)
    show(ref, admin)
    add_member(world.sunlit_bench, "editor@example.org", MemberRole.EDITOR)
    sign_in(client, "editor@example.org")
    home = "/studio/sunlit-bench/voices"
    seen = re.search(r'name="seen" value="(\d+)"', text_of(client, home))[1]
    write(order=order_of(order.ref), stars=1, text="It was stale")
    show(ref, admin)
    late = post(client, f"{home}/reviews/{ref}/answer", {"text": "We are glad!", "seen": seen})
    assert late.status_code == 422
    assert "Read it once more" in late.get_data(as_text=True)
    assert "We are glad!" in late.get_data(as_text=True)
    assert found(ref).answer is None


def test_only_shown_reviews_of_the_own_group_are_there_to_be_answered(world, client):
    ref = write(text="Not read yet")
    add_member(world.weavers, "weaver@example.org", MemberRole.OWNER)
    add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    for email, slug in (("owner@example.org", "sunlit-bench"), ("weaver@example.org", "tehrathum-weavers")):
        sign_in(client, email)
        home = f"/studio/{slug}/voices"
        assert "Not read yet" not in text_of(client, home)
        assert post(client, f"{home}/reviews/{ref}/answer", {"text": "Hm"}).status_code == 404
        post(client, "/sign-out")
    show(ref, add_user("admin@example.org", Role.ADMIN))
    sign_in(client, "weaver@example.org")
    path = f"/studio/tehrathum-weavers/voices/reviews/{ref}/answer"
    assert post(client, path, {"text": "Hm"}).status_code == 404


def test_an_answer_can_be_hidden_with_a_reason_that_the_group_gets(world, client):
    ref = write()
    add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    admin = enter_admin(client)
    show(ref, admin)
    answer(world, ref, "Go away.")
    path = f"/admin/reviews/{ref}/answer/hiding"
    assert post(client, path).status_code == 422
    seen = re.search(r'name="seen" value="(\d+)"', text_of(client, "/admin/reviews?state=shown"))[1]
    assert post(client, path, {"reason": "It is rude.", "seen": seen}).status_code == 303
    assert "Go away." not in text_of(client, "/products/drip-coffee")
    assert "It is rude." in letters("words_refused", "owner@example.org")[0].text
    assert post(client, path, {"reason": "It is rude."}).status_code == 422


def data_of(page):
    scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return [thing for script in scripts for thing in json.loads(script)["@graph"]]


def stars_in(page):
    return [int(one) for one in re.findall(r'aria-label="(\d) of 5 stars"', page)]


def test_average_and_count_are_those_of_the_list_wherever_they_stand(world, client, monkeypatch):
    """A step at a time: shown, refused after being shown, changed, taken back; product, producer, list and JSON-LD."""
    admin = add_user("admin@example.org", Role.ADMIN)
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)

    def check(product, producer):
        for path, expected in (("/products/drip-coffee", product), ("/producers/sunlit-bench", producer)):
            page = text_of(client, path)
            listed, number = [], 1
            while (more := client.get(f"{path}/reviews?page={number}")).status_code == 200:
                listed += stars_in(more.get_data(as_text=True))
                number += 1
                if not expected:
                    break
            assert sorted(listed) == sorted(expected)
            rated = [thing["aggregateRating"] for thing in data_of(page) if "aggregateRating" in thing]
            if not expected:
                assert rated == []
                assert "of 5, " not in page
                continue
            average = f"{sum(expected) / len(expected):.1f}"
            assert [(one["ratingValue"], one["reviewCount"]) for one in rated] == [(average, len(expected))]
            heads = set(re.findall(r"(\d\.\d) of 5, (\d+) review", page))
            assert heads == {(average, str(len(expected)))}

    check([], [])
    orders = []
    for at, (sku, stars) in enumerate((("COFFEE", 5), ("COFFEE", 4), ("COFFEE-DARK", 1), ("SOAP", 2))):
        orders.append(order := sell({sku: 1}))
        with unit_of_work():  # each order is another buyer's
            session().get_one(Order, order.id).email = f"buyer{at}@example.org"
        orders[at] = order_of(order.ref)
        ref = write(sku, order=orders[at], stars=stars)
        if at == 0:
            check([], [])
        show(ref, admin)
    check([5, 4, 1], [5, 4, 1, 2])
    low = session().scalars(select(Review).where(Review.stars == 1)).one()
    with unit_of_work():
        moderating.refuse(low, "Not about the coffee", seen=low.version, by=admin, now=clock.now())
    check([5, 4], [5, 4, 2])
    ref = write(order=orders[0], stars=3)
    check([4], [4, 2])
    show(ref, admin)
    check([4, 3], [4, 3, 2])
    with unit_of_work():
        reviewing.withdraw(line_of(orders[1], "COFFEE"), by=None, now=clock.now())
    check([3], [3, 2])
    assert {review.state for review in session().scalars(select(Review))} == {WordsState.SHOWN, WordsState.REFUSED}
