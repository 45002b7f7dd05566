"""People in pictures and stories: nothing is sent without their consent, and its end hides them everywhere at once."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from cast import World
from consented import agree, withdraw
from listings import EDITOR, add_member, approve, change, draft_of, explain, filled, send, shown, start
from ordering import order_of, place_order
from people import add_user, letters, post, sign_in
from PIL import Image
from sqlalchemy import select

from storefront import chores
from storefront.accounts.models import Role
from storefront.catalog import adjusting, content, revising
from storefront.catalog.models import ListingRevision, ProductPicture
from storefront.config import current
from storefront.core import clock, documents, journal, media
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.core.media import Picture
from storefront.giving import promising
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Consent, Given, Use

WORD, ALT = "Zenobia", "Quixote at the loom"
STORY = {"title": f"{WORD} weaves", "body": f"{WORD} came in spring.", "lang": "ne"}
TRANSLATION = {"title": f"Of {WORD}", "body": f"{WORD} began here.", "by": "our field officer"}


def photograph(colour="#2040c0"):
    file = io.BytesIO()
    Image.new("RGB", (700, 600), colour).save(file, "JPEG")
    return file.getvalue()


def upload(data=None):
    decoded = media.decode(data or photograph())
    with unit_of_work():
        ref = media.receive(decoded, folder=current().media_dir, now=clock.now()).ref
    chores.CHORES["make_renditions"]()
    return ref


def told_of(world, consent, **more):
    """A live balm whose picture and story rest on the consent; returns the product and the picture's reference."""
    revision = draft_of(world)
    ref = upload()
    picture = {"ref": ref, "alt": ALT, "focus_x": 0, "focus_y": 0, "consents": [consent.ref]}
    story = {**STORY, "consents": [consent.ref], "translation": TRANSLATION}
    change(revision, pictures=[picture], story=story, **more)
    send(revision)
    approve(revision)
    with unit_of_work():
        adjusting.count_stock(revision.product.variants[0], 9, seen_stock=0, actor=EDITOR, now=clock.now())
    return revision.product, ref


def files_of(ref):
    return list(current().media_dir.glob(f"{ref}-*"))


def fetch(client, address, **headers):
    """Status, caching and ETag of a file."""
    with client.get(address, headers=headers) as answer:
        return answer.status_code, answer.headers["Cache-Control"], answer.headers.get("ETag", "")


def addresses(app, slug):
    """Every public address, with the parts of this product and of its group filled in."""
    parts = {"producer_slug": "sunlit-bench", "code": "B-DRIP-COFFEE", "number": "0"}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or getattr(app.view_functions[rule.endpoint], "access", "") != "public":
            continue
        slugs = {"/producers": "sunlit-bench", "/charities": "hill-schools-trust", "/causes": "women"}
        parts["slug"] = next((one for start, one in slugs.items() if rule.rule.startswith(start)), slug)
        yield re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda part: parts.get(part[1], "nothing"), rule.rule)
    yield from (f"/products?q={word}" for word in (WORD, "Quixote", "balm"))


def everything_public(app, slug, order):
    """What every public page says to somebody with this product in their cart and an order of it."""
    client = app.test_client()
    client.post("/cart/lines", data={"sku": "BALM", "quantity": "1"})
    client.post(f"/products/{slug}/favourite")
    found = {}
    for address in [*addresses(app, slug), f"/orders/{order.ref}?key={order.key}"]:
        found[address] = client.get(address, follow_redirects=True).get_data().decode(errors="replace")
    return found


def test_a_withdrawal_takes_picture_and_words_from_every_public_page_and_address(world: World, app):
    consent = agree(world.sunlit_bench)
    product, ref = told_of(world, consent)
    renditions = [f"/media/{path.name}" for path in files_of(ref)]
    order = order_of(place_order({"BALM": 1}))
    client = app.test_client()

    before = everything_public(app, product.slug, order)
    page = f"/products/{product.slug}"
    with_picture = {address for address, html in before.items() if ref in html}
    with_words = {address for address, html in before.items() if WORD in html or "Quixote" in html}
    assert {"/", "/products", page, "/cart", f"/orders/{order.ref}?key={order.key}", "/producers/sunlit-bench",
            "/causes/women", "/products?q=balm"} <= with_picture  # fmt: skip
    assert {page, f"{page}/history", f"/products?q={WORD}"} <= with_words
    assert {fetch(client, address)[0] for address in renditions} == {200}
    assert len(renditions) == 2 * len({320, 480, 640, 700})

    withdraw(consent)

    after = everything_public(app, product.slug, order)
    asked = {f"/products?q={word}" for word in (WORD, "Quixote")}  # the search page repeats what was asked for
    assert [address for address, html in after.items() if ref in html or ALT in html] == []
    assert [address for address, html in after.items() if address not in asked and WORD in html] == []
    assert not any("weaves" in html or "came in spring" in html or "began here" in html for html in after.values())
    assert {fetch(client, address)[:2] for address in renditions} == {(410, "no-store")}
    assert files_of(ref) == []
    assert "This part of the story was withdrawn" in after[page]
    assert "This part of the story was withdrawn" in after[f"{page}/history"]
    assert "picture-none" in after[page], "the only picture is gone: an empty frame stands in its place"
    assert "picture-none" in after["/products"]
    assert '"image":[]' in after[page]
    assert "og:image" not in after[page]


def test_what_is_left_is_an_approved_version_and_everything_is_in_the_journal(world: World):
    consent = agree(world.sunlit_bench)
    product, ref = told_of(world, consent)
    withdraw(consent)
    session().rollback()
    last = revising.approved(product)
    assert content.digest(shown(product)) == last.digest, "approved equals shown"
    assert (last.number, last.decided_by, last.content["pictures"]) == (2, consenting.RULE, [])
    assert last.content["story"] == {"title": "", "body": "", "lang": "ne", "consents": [], "withdrawn": True}
    acts = {row.act: row for row in session().scalars(select(JournalEntry).where(JournalEntry.act.contains("onsent")))}
    assert acts["consent recorded"].subject == acts["consent ended"].subject == f"consent:{consent.ref}"
    assert acts["consent ended"].facts == {"reason": "She asked for it"}
    assert session().scalar(select(JournalEntry.facts).where(JournalEntry.act == "media withdrawn"))["number"] == 2
    assert "Zenobia" not in str([row.facts for row in session().scalars(select(JournalEntry))]), "names are private"
    assert journal.first_break() is None
    assert session().scalar(select(Picture.withdrawn_at).where(Picture.ref == ref)) is not None
    with pytest.raises(consenting.AlreadyEnded):
        withdraw(consent)
    slug = product.slug
    assert slug not in set(promising.unapproved())


def test_a_picture_or_story_with_somebody_in_it_is_not_sent_without_a_consent_in_force(world: World):
    revision = draft_of(world)
    ref = add = upload()
    assert add == ref
    ours, theirs = agree(world.sunlit_bench), agree(world.weavers)
    only_stories = agree(world.sunlit_bench, uses=[Use.STORY])
    picture = {"ref": ref, "alt": ALT, "focus_x": 50, "focus_y": 50}
    wrong = {"people_unasked": {}, "no_consent": {"consents": [""]}}
    for code, said in wrong.items():
        change(revision, pictures=[{**picture, **said}])
        assert [one.code for one in revising.problems(revision)] == [code]
        with pytest.raises(revising.NotReady):
            send(revision)
    for consent in (theirs, only_stories):
        change(revision, pictures=[{**picture, "consents": [ours.ref, consent.ref]}])
        assert [one.code for one in revising.problems(revision)] == ["no_consent"]
    change(revision, pictures=[{**picture, "consents": [ours.ref]}], story={**STORY})
    assert [one.code for one in revising.problems(revision)] == ["story_people_unasked"]
    change(revision, story={**STORY, "consents": [theirs.ref]})
    assert [one.code for one in revising.problems(revision)] == ["no_story_consent"]
    change(revision, story={**STORY, "consents": [only_stories.ref]})
    send(revision)
    withdraw(only_stories)
    with pytest.raises(revising.NotReady):
        approve(revision)


def test_copies_and_second_uploads_of_a_withdrawn_picture_are_gone_too(world: World):
    consent = agree(world.sunlit_bench)
    _, ref = told_of(world, consent)
    with unit_of_work():
        twin = media.copy(
            session().scalar(select(Picture).where(Picture.ref == ref)), folder=current().media_dir, now=clock.now()
        ).ref
    again = upload()
    other = upload(photograph("#a03030"))
    revision = draft_of(world, "OTHER")
    pictures = [{**filled(one)["pictures"][0], "consents": []} for one in (twin, again, other)]
    change(revision, pictures=pictures)
    send(revision)
    approve(revision)
    withdraw(consent)
    assert [one["ref"] for one in shown(revision.product)["pictures"]] == [other]
    assert (files_of(twin), files_of(again)) == ([], [])
    assert files_of(other)
    with pytest.raises(media.UnreadablePicture, match="withdrawn"):
        media.refuse_withdrawn(media.decode(photograph()))
    assert media.standing(upload()).withdrawn, "sent by a road that doesn't ask, it is withdrawn from the beginning"


def test_a_withdrawn_picture_leaves_the_groups_own_page_a_second_listing_and_shared_favourites(world: World, app):
    consent = agree(world.sunlit_bench)
    product, ref = told_of(world, consent)
    second = draft_of(world, "TWO")
    change(second, title="Second balm", pictures=[{**filled(ref)["pictures"][0], "consents": [consent.ref]}])
    send(second)
    approve(second)
    with unit_of_work() as current:
        world.sunlit_bench.picture_id = current.scalars(select(Picture.id).where(Picture.ref == ref)).one()
    client, other = app.test_client(), app.test_client()
    client.post(f"/products/{product.slug}/favourite")
    client.post("/favourites/link")
    link = re.search(r"/favourites/[\w-]{20,}", client.get("/favourites").text)[0]
    addresses = ("/producers/sunlit-bench", "/producers", f"/products/{second.product.slug}", link, "/")
    shown = [address for address in addresses if ref in other.get(address).text]
    assert {"/producers/sunlit-bench", f"/products/{second.product.slug}", link} <= set(shown), "the control"
    withdraw(consent)
    for address in addresses:
        page = other.get(address)
        assert page.status_code == 200, address
        assert ref not in page.text, address


def test_an_open_edit_loses_the_picture_and_is_not_approved_as_it_was_seen(world: World):
    consent = agree(world.sunlit_bench)
    product, _ref = told_of(world, consent)
    edit = start(product)
    change(edit, title="A better balm")
    explain(edit)
    send(edit)
    seen = edit.stamp
    withdraw(consent)
    session().refresh(edit)
    assert (edit.content["pictures"], edit.content["title"]) == ([], "A better balm")
    with pytest.raises(revising.EditedMeanwhile), unit_of_work():
        revising.approve(edit, stamp=seen, reviewer_id=0, actor="user:R", now=clock.now())
    assert {one.code for one in revising.problems(edit)} == {"no_photo"}
    assert edit.content["story"] == shown(product)["story"], "and the words are gone from it as from the shop"


def test_a_consent_ends_by_itself_on_its_day(world: World, monkeypatch):
    consent = agree(world.sunlit_bench, until=timedelta(days=3))
    product, ref = told_of(world, consent)
    assert chores.CHORES["end_consents"]() == 0
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert consenting.in_force(world.sunlit_bench.id, Use.STORY) == {}, "from its first minute, whenever the chore runs"
    assert chores.CHORES["end_consents"]() == 1
    assert (shown(product)["pictures"], files_of(ref)) == ([], [])
    session().refresh(consent)
    assert (consent.ended_by, consent.end_reason) == ("system", consenting.EXPIRED)
    (current().media_dir / f"{ref}-320.webp").write_bytes(b"left behind")
    assert chores.CHORES["end_consents"]() == 0
    assert files_of(ref) == [], "what a crash left behind goes with the next round"


def test_the_group_hears_of_an_end_that_it_did_not_bring_about(world: World, monkeypatch):
    writer = add_member(world.sunlit_bench, "ana@example.org", "editor")
    add_member(world.sunlit_bench, "money@example.org", "finance")
    first, second, third = (agree(world.sunlit_bench, until=timedelta(days=days)) for days in (400, 3, 401))
    told_of(world, first)
    admin = add_user("admin@example.org", Role.ADMIN)
    with unit_of_work():
        consenting.end(third, "We changed our mind", actor=f"user:{writer.ref} for producer:x", now=clock.now())
    assert letters("consent_ended") == [], "the group did it itself"
    with unit_of_work():
        consenting.end(first, "A court asked for it", actor=f"user:{admin.ref}", now=clock.now())
    (letter,) = letters("consent_ended")
    assert letter.recipient == "ana@example.org"
    assert "Garden balm" in letter.text
    assert f"/consents/{first.ref}" in letter.text
    for private in ("Zenobia", "court"):
        assert private not in letter.subject + letter.text + letter.html
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    chores.CHORES["end_consents"]()
    assert "has run out" in letters("consent_ended")[-1].text
    assert second.ref in letters("consent_ended")[-1].subject


def test_only_the_words_that_rest_on_it_go(world: World, client):
    """An earlier version told of her; the one that shoppers read now doesn't, and stays."""
    consent = agree(world.sunlit_bench)
    product, _ = told_of(world, consent)
    edit = start(product)
    change(edit, story={"title": "The hives", "body": "Two hives.", "lang": "en", "consents": []})
    explain(edit, "Told anew")
    send(edit)
    approve(edit)
    withdraw(consent)
    page = client.get(f"/products/{product.slug}").get_data(as_text=True)
    history = client.get(f"/products/{product.slug}/history").get_data(as_text=True)
    assert "Two hives." in page
    assert "was withdrawn" not in page
    assert "Two hives." in history
    assert "was withdrawn" in history
    assert WORD not in page + history


def test_a_picture_is_asked_for_again_at_once_or_where_nobody_is_in_it_within_a_day(world: World, client):
    consent = agree(world.sunlit_bench)
    _, ref = told_of(world, consent)
    address = f"/media/{ref}-320.webp"
    status, caching, tag = fetch(client, address)
    assert (status, caching) == (200, "no-cache, public")
    assert fetch(client, address, **{"If-None-Match": tag})[0] == 304
    unasked = upload(photograph("#a03030"))
    assert fetch(client, f"/media/{unasked}-320.webp")[1] == "no-cache, public"
    with unit_of_work() as now:
        now.scalars(select(Picture).where(Picture.ref == unasked)).one().consents = []
    assert fetch(client, f"/media/{unasked}-320.webp")[1] == "public, max-age=86400"
    withdraw(consent)
    assert fetch(client, address, **{"If-None-Match": tag})[0] == 410, "nor for those who have it"


HOME = "/studio/sunlit-bench/consents"
FORM = {
    "person": "Zenobia Quixote", "uses": ["picture", "story"], "asked_in": "ne", "given": "spoken", "witness": "Asha",
    "given_on": "2025-01-05", "expires_on": (clock.today() + timedelta(days=90)).isoformat(),
}  # fmt: skip


@pytest.fixture
def agent(world, client):
    user = add_member(world.sunlit_bench, "agent@example.org", "agent")
    sign_in(client, user.email)
    return user


def test_a_field_agent_records_a_consent_and_both_names_are_kept(world, client, agent):
    sent = {**FORM, "evidence": (io.BytesIO(photograph()), "note.jpg"), "back": "/studio/sunlit-bench/listings"}
    assert post(client, HOME, sent).location == "/studio/sunlit-bench/listings"
    consent = session().scalars(select(Consent)).one()
    assert consent.recorded_by == f"user:{agent.ref} for producer:sunlit-bench"
    assert (consent.uses, consent.witness, consent.document.kind) == (["picture", "story"], "Asha", "image/webp")
    html = client.get(f"{HOME}/{consent.ref}").get_data(as_text=True)
    for words in (
        f"{agent.name} for Sunlit Bench Workshop",
        "Zenobia Quixote",
        "aloud, before a witness",
        "नेपाली",
        "In force",
    ):
        assert words in html
    file = client.get(f"{HOME}/{consent.ref}/evidence")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Cache-Control"] == "private, no-store"
    again = {**FORM, "evidence": (io.BytesIO(photograph()), "note.jpg")}
    assert post(client, HOME, again).status_code == 303
    session().rollback()
    assert session().scalars(select(Consent)).all() == [consent], "a second click records no second one"
    assert post(client, f"{HOME}/{consent.ref}/withdrawal", {"reason": " "}).status_code == 422
    assert post(client, f"{HOME}/{consent.ref}/withdrawal", {"reason": "She asked"}).status_code == 303
    assert "Withdrawn" in client.get(HOME).get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("person", " ", "Write who agreed"),
        ("person", "x" * 201, "Write who agreed"),
        ("uses", [], "Choose what they agreed to"),
        ("uses", ["advertising"], "Choose what they agreed to"),
        ("asked_in", "", "in which language"),
        ("given", "thought", "Say how they agreed"),
        ("given", "written", "Add a photograph or PDF"),
        ("witness", "", "Name the witness"),
        ("given_on", "2999-01-01", "can&#39;t lie ahead"),
        ("given_on", "yesterday", "can&#39;t lie ahead"),
        ("expires_on", "2020-01-01", "a day to come"),
        ("expires_on", "2999-01-01", "a day to come"),
    ],
)
def test_half_a_consent_is_asked_again_with_every_answer_kept(world, client, agent, field, value, words):
    refused = post(client, HOME, {**FORM, field: value})
    html = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert words in html
    assert field == "witness" or 'value="Asha"' in html
    assert session().scalar(select(Consent.id)) is None


def test_the_consents_of_a_group_are_its_own_and_the_admins(world, app, client, agent):
    theirs = agree(world.weavers)
    for address in (f"{HOME}/{theirs.ref}", f"{HOME}/{theirs.ref}/evidence"):
        assert client.get(address).status_code == 404
    assert post(client, f"{HOME}/{theirs.ref}/withdrawal", {"reason": "x"}).status_code == 404
    admin = app.test_client()
    sign_in(admin, add_user("admin@example.org", Role.ADMIN).email)
    assert "Zenobia Quixote" in admin.get("/admin/consents?words=zenobia").get_data(as_text=True)
    assert "One consent" in admin.get("/admin/consents?words=TEHRATHUM").get_data(as_text=True)
    assert "No consent is like this" in admin.get("/admin/consents?words=asha").get_data(as_text=True)
    assert admin.get(f"/admin/consents/{theirs.ref}/evidence").status_code == 200
    assert post(admin, f"/admin/consents/{theirs.ref}/withdrawal", {"reason": "A letter"}).status_code == 303
    session().refresh(theirs)
    assert theirs.end_reason == "A letter"


def test_the_editor_asks_saves_and_leads_to_the_form_for_a_consent(world, client, agent):
    path = "/studio/sunlit-bench/listings/drip-coffee"
    post(client, f"{path}/moves", {"move": "edit"})
    revision = session().scalars(select(ListingRevision).where(ListingRevision.state == "draft")).one()
    (ref,) = (one["ref"] for one in revision.content["pictures"])

    def save(task, **fields):
        html = client.get(f"{path}/{task}").get_data(as_text=True)
        seen = re.search(r'name="seen" value="(\w+)"', html)[1]
        return post(client, f"{path}/{task}", {"seen": seen, **fields})

    asked = save("photos", **{f"people-{ref}": "yes", f"alt-{ref}": "Hands", "act": "consent"})
    assert asked.location == f"{HOME}/new?back={path}/photos"
    assert f'value="{path}/photos"' in client.get(asked.location).get_data(as_text=True)
    overview = client.get(path).get_data(as_text=True)
    assert "Photograph 1 shows somebody whose consent is missing" in overview
    consent = agree(world.sunlit_bench)
    assert "Zenobia Quixote, until" in client.get(f"{path}/photos").get_data(as_text=True)
    save("photos", **{f"people-{ref}": "yes", f"consent-{ref}": consent.ref})
    session().refresh(revision)
    assert revision.content["pictures"][0]["consents"] == [consent.ref]
    save("photos", **{f"people-{ref}": "no", f"consent-{ref}": consent.ref})
    session().refresh(revision)
    assert revision.content["pictures"][0]["consents"] == []
    assert session().scalar(select(ProductPicture.id).where(ProductPicture.product_id == world.coffee.id))


def test_words_of_a_story_are_withheld_also_where_nobody_had_asked_for_them(world: World, client):
    consent, told = agree(world.sunlit_bench), {"title": "Zenobia weaves", "body": "Zenobia came.", "lang": "en"}
    first = draft_of(world)
    change(first, story={**told, "consents": []})
    send(first)
    approve(first)
    for story in ({**told, "consents": [consent.ref]}, {**told, "title": "We weave", "body": "All.", "consents": []}):
        edit = start(first.product)
        change(edit, story=story)
        explain(edit)
        send(edit)
        approve(edit)
    withdraw(consent)
    page = client.get(f"/products/{first.product.slug}/history").text
    assert "Zenobia" not in page
    assert "We weave" in page


@pytest.mark.parametrize(
    "way",
    ["{nobody}-x/%2e%2e/{somebody}-320.webp", "{somebody}-320.webp/", "{somebody}-320.webp%00", "{somebody}-x.webp",
     "{somebody}-master.webp"],
)  # fmt: skip
def test_a_picture_with_somebody_has_one_address_only(world: World, client, way):
    consent = agree(world.sunlit_bench)
    _product, ref = told_of(world, consent)
    other = upload(photograph("#a03030"))
    assert fetch(client, f"/media/{ref}-320.webp")[0] == 200
    assert client.get("/media/" + way.format(nobody=other, somebody=ref)).status_code == 404


def test_another_paper_is_another_consent(world: World):
    def record(evidence):
        told = NewConsent("Asha", (Use.STORY,), "ne", Given.WRITTEN, "", clock.today(), clock.today() + timedelta(9))
        with unit_of_work():
            return consenting.record(world.sunlit_bench, told, evidence, actor="user:A", now=clock.now()).ref

    first, second = (documents.check(b"%PDF-1.7\n" + name + b"\n%%EOF\n") for name in (b"one", b"two"))
    assert record(first) == record(first) != record(second)


@pytest.mark.parametrize(
    ("again", "stays"),
    [({}, False), ({"body": "Put together anew."}, False), ({"translation": {}}, False),
     ({"body": "All of us.", "translation": {**TRANSLATION, "body": "All."}}, True)],
)  # fmt: skip
def test_a_draft_that_says_nobody_keeps_no_words_that_rested_on_an_ended_consent(world: World, again, stays):
    consent = agree(world.sunlit_bench)
    product, _ref = told_of(world, consent)
    edit = start(product)
    change(edit, story={**edit.content["story"], **again, "consents": []})
    withdraw(consent)
    session().rollback()
    session().refresh(edit)
    story = edit.content["story"]
    assert ("withdrawn" in story, story["body"] != "") == (not stays, stays)
    assert edit.digest == content.digest(edit.content)


def test_the_same_words_are_withheld_from_a_version_that_was_approved_as_telling_of_nobody(world: World, client):
    consent = agree(world.sunlit_bench)
    product, _ref = told_of(world, consent)
    edit = start(product)
    change(edit, story={**edit.content["story"], "consents": []})
    explain(edit)
    send(edit)
    approve(edit)
    pages = f"/products/{product.slug}", f"/products/{product.slug}/history"
    assert WORD in client.get(pages[0]).text, "the control"
    withdraw(consent)
    assert not any(WORD in client.get(page).text for page in pages)
