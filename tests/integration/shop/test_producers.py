"""Producer groups: only approved ones, with their own name, how they were vetted and what they earned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from storefront.catalog.models import OldSlug
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import accounts
from storefront.giving.posting import Posting, post


def test_all_producers_stand_by_region(world, client):
    page = client.get("/producers").get_data(as_text=True)
    assert "Sunlit Bench Workshop" in page
    assert "East Asia" in page
    assert "2 groups" in page


def test_the_page_has_name_words_pay_vetting_products_and_a_pin(world, client):
    with unit_of_work():
        world.sunlit_bench.native_name = "向陽工坊"
        world.sunlit_bench.native_lang = "zh-Hant-TW"
        world.sunlit_bench.words_native = "慢慢來"
    page = client.get("/producers/sunlit-bench").get_data(as_text=True)
    assert '<p class="producer-native" lang="zh-Hant-TW">向陽工坊</p>' in page
    assert '<blockquote lang="zh-Hant-TW">' in page
    for words in ("We like the work.", "Paid monthly.", "version 2026.1", "two reviewers", "Wage floor", "map-place"):
        assert words in page
    assert page.count('class="product-card"') == 2


def test_earnings_are_a_sum_of_the_ledger(world, client):
    assert "$0.00" in client.get("/producers/sunlit-bench").get_data(as_text=True)
    with unit_of_work():
        post(
            "sale",
            "test",
            currency="USD",
            at=clock.now(),
            postings=[Posting(accounts.STRIPE, 1200), Posting(accounts.producer("sunlit-bench"), -1200)],
        )
    assert "$12.00" in client.get("/producers/sunlit-bench").get_data(as_text=True)


def test_a_review_that_is_overdue_is_called_so(world, client):
    with unit_of_work():
        day = clock.today() - timedelta(days=1)
        session().execute(text("UPDATE approval SET review_due_on = :day"), {"day": day.isoformat()})
    assert "overdue" in client.get("/producers/sunlit-bench").get_data(as_text=True)


@pytest.mark.parametrize("status", ["suspended", "applying"])
def test_who_is_not_approved_is_not_shown(world, client, status):
    with unit_of_work():
        world.weavers.status = status
    assert client.get("/producers/tehrathum-weavers").status_code == 404
    assert "Tehrathum" not in client.get("/producers").get_data(as_text=True)
    assert "tehrathum" not in client.get("/sitemap.xml").get_data(as_text=True)


def test_an_old_address_of_a_producer_redirects(world, client):
    with unit_of_work():
        session().add(OldSlug(kind="producer", slug="the-bench", target_id=world.sunlit_bench.id))
    response = client.get("/producers/the-bench")
    assert (response.status_code, response.headers["Location"]) == (301, "/producers/sunlit-bench")


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/products/drip-coffee/reviews", "/products/drip-coffee"),
        ("/products/drip-coffee/questions", "/products/drip-coffee"),
        ("/producers/sunlit-bench/reviews", "/producers/sunlit-bench"),
        ("/producers/sunlit-bench/updates", "/producers/sunlit-bench"),
    ],
)
def test_what_is_said_of_something_leads_back_to_it_by_its_breadcrumb(world, client, page, back):
    answer = client.get(page)
    assert answer.status_code == 200
    way = answer.text[answer.text.index('class="breadcrumb"') :]
    assert f'<li><a href="{back}">' in way[: way.index("</nav>")]
