"""Somebody in a picture and a story changes their mind, as the group, a shopper and a phone's cache see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex

from backstage import Backstage, photograph
from browsing import add_to_cart, cart_lines, go, one_of_its_own, press
from playwright.sync_api import Page, expect

from storefront.core import clock
from storefront.core.refs import new_ref

from .conftest import wait_until

ALT = "A weaver laughing at her loom"


def test_who_takes_their_consent_back_is_gone_from_every_page_at_once(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, title, name = backstage.person("Owner"), one_of_its_own("Loom balm"), f"Zenobia{new_ref(5)}"
    group = backstage.group(owner, one_of_its_own("Loom Bench"))
    page = phone(owner)
    page.goto(f"/studio/{group}/listings")
    press(page, "New listing")
    # Another colour each time: a file that was once withdrawn is never taken again.
    photo = {"name": "IMG_7.jpg", "mimeType": "image/jpeg", "buffer": photograph(f"#{token_hex(3)}")}
    page.get_by_label("Add photographs").set_input_files([photo])
    press(page, "Upload")
    page.get_by_label("What does it show?").fill(ALT)
    page.get_by_role("group", name="Can somebody be recognised in it?").get_by_label("Yes").check()
    press(page, "Save and record a consent")
    page.get_by_label("Who agreed?").fill(name)
    for use in page.get_by_role("group", name="To what?").get_by_role("checkbox").all():
        use.check()
    page.get_by_label("In which language were they asked?").select_option("ne")
    page.get_by_label("aloud, before a witness").check()
    page.get_by_label("Name of the witness or guardian").fill("Asha Rai")
    page.get_by_label("On which day?").fill(clock.today().isoformat())
    page.get_by_label("Until when does it hold?").fill((clock.today() + timedelta(days=300)).isoformat())
    press(page, "Keep the consent")
    page.get_by_role("group", name="If yes: who agreed to it?").get_by_label(name).check()
    press(page, "Save and go on")
    backstage.fill(group, title=title)
    go(page, "Back to the listing")
    go(page, "Its story")
    page.get_by_label(re.compile("^The story")).fill(f"{name} came in spring and stayed.")
    page.get_by_role("group", name="can somebody be recognised in it?").get_by_label("Yes").check()
    page.get_by_role("group", name="If yes: who agreed to it?").get_by_label(name).check()
    press(page, "Save and go on")
    slug = backstage.publish(group)

    shopper, address = phone(), f"/products/{slug}"
    shopper.goto(address)
    wait_until(lambda: bool(shopper.reload()) and shopper.get_by_role("img", name=ALT).count() > 0, what="the picture")
    expect(shopper.get_by_text(f"{name} came in spring and stayed.")).to_be_visible()
    kept = str(shopper.get_by_role("img", name=ALT).first.evaluate("one => one.currentSrc || one.src"))
    assert shopper.request.get(kept).status == 200
    add_to_cart(shopper, slug)

    page.goto(f"/studio/{group}/consents")
    go(page, name)
    page.get_by_label("Why does it end?").fill("She asked for it")
    press(page, "Withdraw and hide")

    assert cart_lines(shopper) == [title], "goods are still for sale; only their picture and story are gone"
    for where in ("/cart", address, f"{address}/history", f"/producers/{group}", f"/products?q={title}", "/"):
        shopper.goto(where)
        assert ALT not in shopper.content(), where
        assert name not in shopper.content(), where
    shopper.goto(address)
    expect(shopper.get_by_text("This part of the story was withdrawn")).to_be_visible()
    gone = shopper.goto(kept)
    assert gone is not None
    assert gone.status == 410, "nor from what the phone had kept"
    page.goto(f"/studio/{group}/listings/{slug}")
    press(page, "Change this listing")
    go(page, "Its story")
    expect(page.get_by_text("The consent of a person in the story has ended")).to_be_visible()
