"""Keeps the search index: what can be found of each product and producer, as plain ASCII tokens.

A token begins with the field it stands in, so that a query can ask for a word in titles only without the
index knowing fields: `0` the whole title in one piece, `1` a word of the title, `2` of everything short
(subtitle, producer, materials, place, cause and the title again), `3` of the story and all of that, and
`p` a word about a producer. Products have their own id as row id, producers the negative of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select, text

from storefront.catalog.models import Product, ProductMaterial, ProductStatus
from storefront.catalog.words import deletions, split, token
from storefront.core.db import session
from storefront.producers.models import Producer, ProducerStatus
from storefront.provenance.models import Story
from storefront.vetting.events import StandingChanged

PAGE = 500
_TITLE_LENGTH = 60


@dataclass(frozen=True)
class Document:
    """One row of the index, and the words of it that a typing error may be forgiven for."""

    rowid: int
    tokens: str
    words: frozenset[str]


def index_product(product_id: int) -> None:
    """Bring the index of one product, and of its producer, up to date. Call it inside a unit of work."""
    session().flush()
    producer_id = session().scalar(select(Product.producer_id).where(Product.id == product_id))
    if producer_id is not None:
        _write([product_id, -producer_id], [*_product_documents([product_id]), *_producer_documents([producer_id])])
    else:
        _write([product_id], [])


def index_producer(producer_id: int) -> None:
    """Bring a producer and all its products up to date, for a changed name or place."""
    session().flush()
    ids = list(session().scalars(select(Product.id).where(Product.producer_id == producer_id)))
    _write([-producer_id, *ids], [*_producer_documents([producer_id]), *_product_documents(ids)])


def follow_producer(event: StandingChanged) -> None:
    """A producer may be found from now on, or not any more."""
    if event.producer_id is not None:
        index_producer(event.producer_id)


def reindex_all() -> int:
    """Make the whole index again; returns how many products and producers can now be found."""
    current = session()
    current.flush()
    current.execute(text("DELETE FROM search_fts"))
    current.execute(text("DELETE FROM search_typo"))
    producers = list(current.scalars(select(Producer.id).where(Producer.status == ProducerStatus.APPROVED)))
    products = list(current.scalars(select(Product.id).where(Product.status == ProductStatus.LIVE)))
    for ids in _pages(producers):
        _insert(_producer_documents(ids))
    for ids in _pages(products):
        _insert(_product_documents(ids))
    return len(producers) + len(products)


def _pages(ids: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(ids), PAGE):
        yield ids[at : at + PAGE]


def _product_documents(ids: Collection[int]) -> list[Document]:
    current = session()
    columns = (Story.title, Story.body, Story.translated_title, Story.translated_body)
    latest = select(Story.product_id, *columns).where(Story.product_id.in_(ids)).order_by(Story.version)
    stories = {row[0]: " ".join(row[1:]) for row in current.execute(latest)}
    materials: dict[int, list[str]] = {}
    for made_of in current.scalars(select(ProductMaterial).where(ProductMaterial.product_id.in_(ids))):
        materials.setdefault(made_of.product_id, []).append(made_of.material.replace("-", " "))
    rows = current.execute(
        select(
            Product.id, Product.title, Product.subtitle, Product.description, Product.cause,
            Producer.name, Producer.native_name, Producer.place, Producer.region,
        )
        .join(Producer)
        .where(Product.id.in_(ids), Product.status == ProductStatus.LIVE)
    )  # fmt: skip
    documents = []
    for row in rows:
        title = split(row.title)
        short = [row.subtitle, row.name, row.native_name or "", row.place, row.region, row.cause]
        about = split(" ".join([*short, *materials.get(row.id, [])]))
        story = split(f"{row.description} {stories.get(row.id, '')}")
        documents.append(_document(row.id, title, about, story))
    return documents


def _document(rowid: int, title: list[str], about: list[str], story: list[str]) -> Document:
    """Each wider field holds the narrower ones too, so that the words of a query may be spread over them."""
    tokens = {"0" + squeezed(title)}
    tokens |= {"1" + token(word) for word in title}
    tokens |= {"2" + token(word) for word in [*title, *about]}
    tokens |= {"3" + token(word) for word in [*title, *about, *story]}
    return Document(rowid, " ".join(sorted(tokens)), frozenset(title + about))


def squeezed(words: Iterable[str]) -> str:
    """A title in one piece, to find it by its beginning."""
    joined = "".join(words)
    return joined[:_TITLE_LENGTH] if joined.isascii() else "x" + joined.encode("utf-8", "ignore").hex()[:_TITLE_LENGTH]


def _producer_documents(ids: Collection[int]) -> list[Document]:
    rows = session().execute(
        select(Producer.id, Producer.name, Producer.native_name, Producer.place, Producer.region, Producer.summary)
        .where(Producer.id.in_(ids), Producer.status == ProducerStatus.APPROVED)
    )  # fmt: skip
    documents = []
    for row in rows:
        name = split(f"{row.name} {row.native_name or ''} {row.place} {row.region}")
        tokens = {"p" + token(word) for word in [*name, *split(row.summary)]}
        documents.append(Document(-row.id, " ".join(sorted(tokens)), frozenset(name)))
    return documents


def _write(rowids: Collection[int], documents: list[Document]) -> None:
    for rowid in rowids:
        session().execute(text("DELETE FROM search_fts WHERE rowid = :rowid"), {"rowid": rowid})
    _insert(documents)


def _insert(documents: list[Document]) -> None:
    current = session()
    if not documents:
        return
    tokens = (
        ":tokens" if current.get_bind().dialect.name == "sqlite" else "array_to_tsvector(string_to_array(:tokens, ' '))"
    )
    current.execute(
        text(f"INSERT INTO search_fts (rowid, tokens) VALUES (:rowid, {tokens})"),  # noqa: S608
        [{"rowid": one.rowid, "tokens": one.tokens} for one in documents],
    )
    known = {word for one in documents for word in one.words if 4 <= len(word) <= LONGEST_TYPO and not word.isdigit()}
    rows = [{"deletion": short, "word": word} for word in sorted(known) for short in sorted(deletions(word))]
    if rows:
        insert = "INSERT INTO search_typo (deletion, word) VALUES (:deletion, :word) ON CONFLICT DO NOTHING"
        current.execute(text(insert), rows)


LONGEST_TYPO = 24
