"""Photographs on a weak line: sent one at a time, made smaller before, sent again by themselves, never twice."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from backstage import Backstage, photograph
from browsing import sign_in
from people import PASSWORD as SECRET
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

UPLOADS = "**/photos/uploads"
# What is sent, as the browser measures it: it doesn't show the files of a form to its driver.
WATCHED = """() => {
  const real = window.fetch;
  window.fetch = async (address, options) => {
    const file = options.body.get("photos");
    const { width, height } = await createImageBitmap(file);
    sessionStorage.sent = JSON.stringify([width, height, file.size]);
    return real(address, options);
  };
}"""


def files(*sizes: tuple[int, int]) -> list[dict[str, object]]:
    """Photographs of these sizes, each of another colour."""
    found = []
    for number, size in enumerate(sizes, start=1):
        data = io.BytesIO()
        Image.new("RGB", size, (40, 60 * number % 256, 200)).save(data, "JPEG")
        found.append({"name": f"IMG_{number}.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()})
    return found


@pytest.fixture
def editing(backstage: Backstage, new_context: Callable[..., BrowserContext]) -> Page:
    """The question about photographs of a new listing, on a phone."""
    owner = backstage.person("Owner")
    group = backstage.group(owner, f"Weak Line {owner.email[6:11]}")
    page = new_context(viewport={"width": 360, "height": 780}).new_page()
    sign_in(page, owner.email, SECRET)
    page.wait_for_url("**/studio/**")
    page.goto(f"/studio/{group}/listings")
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    return page


def upload(page: Page, *chosen: dict[str, object]) -> None:
    page.get_by_label("Add photographs").set_input_files(list(chosen))  # type: ignore[arg-type]


def test_three_photographs_arrive_once_though_the_line_drops_in_the_second(editing: Page) -> None:
    sent: list[Route] = []

    def line(route: Route) -> None:
        sent.append(route)
        if len(sent) == 2:  # it never arrives
            return route.abort("connectionfailed")
        if len(sent) == 3:  # it arrives, and the answer is lost
            route.fetch(max_redirects=0)
            return route.abort("connectionreset")
        return route.continue_()

    editing.route(UPLOADS, line)
    upload(editing, *files((4000, 3000), (1200, 900), (1000, 800)))
    expect(editing.get_by_text("The line dropped at photograph 2 of 3.")).to_be_visible()
    expect(editing.get_by_text("2 photographs added")).to_be_visible(timeout=30_000)
    expect(editing.get_by_label("What does it show?")).to_have_count(3)
    assert len(sent) == 5, "the first and the third once, the second three times"
    editing.reload()
    expect(editing.get_by_label("What does it show?")).to_have_count(3)


def test_a_photograph_is_made_smaller_before_it_is_sent(editing: Page) -> None:
    data = io.BytesIO()
    Image.effect_noise((4000, 3000), 40).save(data, "JPEG", quality=95)
    editing.evaluate(WATCHED)
    upload(editing, {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()})
    expect(editing.get_by_label("What does it show?")).to_have_count(1, timeout=30_000)
    width, height, size = editing.evaluate("JSON.parse(sessionStorage.sent)")
    assert (width, height) == (2560, 1920)
    assert size < len(data.getvalue()) / 2


def test_what_is_no_photograph_is_named_and_the_others_are_kept(editing: Page) -> None:
    broken = {"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": photograph()[:500]}
    first, last = files((400, 300), (500, 300))
    upload(editing, first, broken, last)
    expect(editing.get_by_text("Photograph 2 did not arrive whole.")).to_be_visible()
    editing.get_by_role("link", name="See the photographs that arrived").click()
    expect(editing.get_by_label("What does it show?")).to_have_count(2)


def test_where_the_line_stays_down_the_rest_is_kept_to_be_sent(editing: Page) -> None:
    editing.clock.install()
    editing.route(UPLOADS, lambda route: route.abort("internetdisconnected"))
    upload(editing, *files((400, 300), (500, 300)))
    told = editing.get_by_role("status").filter(has_text="line")
    for _ in range(20):
        expect(told).to_have_text(re.compile("The line dropped at photograph 1 of 2|The line is still down"))
        if "still down" in told.inner_text():
            break
        editing.clock.run_for(31_000)
    expect(editing.get_by_text("2 of 2 photographs have not been sent")).to_be_visible()
    editing.unroute(UPLOADS)
    editing.get_by_role("button", name="Upload").click()
    expect(editing.get_by_label("What does it show?")).to_have_count(2, timeout=30_000)


def test_words_beside_the_photographs_are_saved_with_those_that_come_later(editing: Page) -> None:
    first, second = files((400, 300), (500, 300))
    upload(editing, first)
    editing.get_by_label("What does it show?").fill("A tin on a bench")
    upload(editing, second)
    expect(editing.get_by_label("What does it show?")).to_have_count(2)
    expect(editing.get_by_label("What does it show?").first).to_have_value("A tin on a bench")
    expect(editing.locator("[data-kept-offer]")).to_be_hidden()


def described(page: Page) -> Locator:
    return page.get_by_label("What does it show?")


def slowly(page: Page, then: Callable[[int], None]) -> None:
    """Does something each time when a photograph is about to go, by the number of what was sent."""
    sent: list[Route] = []

    def line(route: Route) -> None:
        sent.append(route)
        then(len(sent))
        route.continue_()

    page.route(UPLOADS, line)


def test_words_typed_while_several_photographs_go_are_saved_with_them(editing: Page) -> None:
    first, *more = files((400, 300), (500, 300), (600, 300), (700, 300))
    upload(editing, first)
    expect(described(editing)).to_have_count(1)
    slowly(editing, lambda number: described(editing).first.fill(f"A tin on a bench, {number}") if number < 4 else None)
    upload(editing, *more)
    expect(editing.get_by_text("3 photographs added")).to_be_visible(timeout=30_000)
    expect(described(editing).first).to_have_value("A tin on a bench, 3")
    expect(editing.get_by_text("changed this answer")).to_have_count(0)
    expect(editing.locator("[data-kept-offer]")).to_be_hidden()


def test_what_is_pressed_while_photographs_go_is_done_once_they_are_there(editing: Page) -> None:
    upload(editing, *files((400, 300), (500, 300)))
    expect(described(editing)).to_have_count(2)
    described(editing).first.fill("A tin on a bench")
    described(editing).last.fill("Taken out again")
    take_out = editing.get_by_role("button", name="Take out photograph 2")
    slowly(editing, lambda number: take_out.click(no_wait_after=True) if number == 1 else None)
    upload(editing, *files((600, 300), (700, 301))[1:], files((800, 300))[0])
    expect(editing.get_by_text("2 photographs added")).to_be_visible(timeout=30_000)
    expect(described(editing)).to_have_count(3)
    assert [one.input_value() for one in described(editing).all()] == ["A tin on a bench", "", ""]


def test_words_typed_while_the_line_is_down_are_saved_when_the_rest_is_sent(editing: Page) -> None:
    first, second = files((400, 300), (500, 300))
    upload(editing, first)
    expect(described(editing)).to_have_count(1)
    editing.clock.install()
    editing.route(UPLOADS, lambda route: route.abort("internetdisconnected"))
    upload(editing, second)
    described(editing).fill("A tin on a bench")
    for _ in range(20):
        if editing.get_by_text("still down").count():
            break
        editing.clock.run_for(31_000)
    expect(editing.get_by_text("1 of 1 photographs have not been sent")).to_be_visible()
    editing.unroute(UPLOADS)
    editing.get_by_role("button", name="Upload").click()
    expect(described(editing)).to_have_count(2, timeout=30_000)
    expect(described(editing).first).to_have_value("A tin on a bench")


def test_words_beside_a_photograph_that_is_there_already_are_saved(editing: Page) -> None:
    (first,) = files((400, 300))
    upload(editing, first)
    described(editing).fill("A tin on a bench")
    upload(editing, first)
    editing.wait_for_url("**/photos")
    expect(described(editing)).to_have_value("A tin on a bench")


def test_without_scripts_no_button_loses_a_chosen_photograph(
    editing: Page, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(java_script_enabled=False)
    context.add_cookies(editing.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(editing.url)
    upload(page, *files((400, 300), (500, 300)))
    page.get_by_role("button", name="Save and go on").last.click()
    expect(page.get_by_text("2 photographs added")).to_be_visible()
    expect(page.get_by_label("What does it show?")).to_have_count(2)
