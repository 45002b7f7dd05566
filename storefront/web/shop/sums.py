"""A cart with today's prices, its voucher and what each line gives, and the same as the components draw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from storefront.cart.models import Cart
from storefront.cart.viewing import CartView, Group, LineView, view
from storefront.catalog.browsing import Thumbnail
from storefront.catalog.delivery import arrives
from storefront.checkout import pending, vouchers
from storefront.checkout.models import Voucher
from storefront.checkout.pending import Pending
from storefront.checkout.placing import price_view
from storefront.checkout.pricing import Priced, shared_out
from storefront.checkout.vouchers import Refusal
from storefront.core.money import Money
from storefront.giving.pledges import PledgeTerms, terms_for
from storefront.web.rendering import money
from storefront.web.shop.views import span_text
from storefront.web.wording import gettext


@dataclass(frozen=True)
class Look:
    """A cart as it stands now. `refused` says why its voucher takes nothing off; `giving` is by the line's ref."""

    cart: Cart | None
    view: CartView
    priced: Priced
    pending: Pending
    voucher: Voucher | None
    refused: Refusal | None
    giving: dict[str, tuple[PledgeTerms, int]]

    @property
    def giving_minor(self) -> int:
        """What the whole cart would owe to charities."""
        return sum(minor for _terms, minor in self.giving.values())


@dataclass(frozen=True)
class ShownLine:
    """A line as `cart_line` draws it."""

    ref: str
    title: str
    variant: str
    url: str
    picture: Thumbnail | None
    quantity: int
    most: int
    unit_price: Money
    total: Money
    giving: str
    notices: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class ShownParcel:
    """A producer's part as `parcel` draws it."""

    producer: str
    producer_url: str
    ships_from: str
    arrives: str
    delivery: Money
    delivery_note: str
    lines: list[ShownLine]
    status: str = ""
    status_tone: str = "plain"
    news: list[str] = field(default_factory=list)


def look(cart: Cart | None, now: datetime) -> Look:
    """Read and price a cart: at most four statements."""
    unpaid = pending.of_cart(cart.id if cart else None)
    shown = view(cart, unpaid.held)
    voucher, refused = _voucher(shown, unpaid, now)
    good = voucher if voucher and not refused else None
    priced = price_view(shown, vouchers.discount(good) if good else None)
    return Look(cart, shown, priced, unpaid, voucher, refused, _giving(shown, priced, now))


def _voucher(shown: CartView, unpaid: Pending, now: datetime) -> tuple[Voucher | None, Refusal | None]:
    if not shown.voucher_code:
        return None, None
    voucher = vouchers.find(shown.voucher_code)
    items = sum(line.total.minor for line in shown.lines if line.buyable)
    counted = unpaid.voucher_code == shown.voucher_code
    return voucher, vouchers.refusal(voucher, items, now, counted=counted)


def _giving(shown: CartView, priced: Priced, now: datetime) -> dict[str, tuple[PledgeTerms, int]]:
    """What each line would owe, with pledges that have a cap shared out as `pledges.freeze` will do it."""
    products = {line.ref: line.product_id for line in shown.lines}
    terms = terms_for(set(products.values()), now.date())
    with_terms = [(line, terms[products[line.key]]) for line in priced.lines if products[line.key] in terms]
    rooms = {one.pledge_id: one.room_minor for _line, one in with_terms}
    wanted = [(one.pledge_id, one.promise(line.net_minor, line.quantity)) for line, one in with_terms]
    given = shared_out(rooms, wanted)
    return {line.key: (one, minor) for (line, one), minor in zip(with_terms, given, strict=True)}


def parcels(look: Look, now: datetime, told: dict[str, list[tuple[str, str]]]) -> list[ShownParcel]:
    """The cart's groups as the components draw them; `told` are notices by the line's ref."""
    return [_parcel(look, group, now, told) for group in look.view.groups]


def _parcel(look: Look, group: Group, now: datetime, told: dict[str, list[tuple[str, str]]]) -> ShownParcel:
    currency = look.priced.currency
    note = ""
    priced = next((one for one in look.priced.parcels if one.producer_id == group.producer_id), None)
    delivery = Money(priced.delivery_minor if priced else 0, currency)
    if group.free_from_minor is not None and delivery:
        note = gettext("free from %(price)s", price=money(Money(group.free_from_minor, currency)))
    span = span_text(*arrives(now.date(), group.days_min, group.days_max))
    return ShownParcel(
        producer=group.name,
        producer_url=f"/producers/{group.slug}",
        ships_from=group.ships_from,
        arrives=gettext("Arrives %(days)s", days=span),
        delivery=delivery,
        delivery_note=note,
        lines=[line_shown(line, giving_words(look, line), told.get(line.ref, [])) for line in group.lines],
    )


def line_shown(line: LineView, giving: str, notices: list[tuple[str, str]]) -> ShownLine:
    """A cart's line as the component draws it."""
    return ShownLine(
        ref=line.ref,
        title=line.title,
        variant=line.variant_name,
        url=f"/products/{line.slug}",
        picture=line.picture,
        quantity=line.quantity,
        most=line.most,
        unit_price=line.price,
        total=line.total,
        giving=giving,
        notices=notices,
    )


def giving_words(look: Look, line: LineView) -> str:
    """`$1.20 to Open Bench Foundation`, or nothing."""
    terms, minor = look.giving.get(line.ref, (None, 0))
    if terms is None or not minor:
        return ""
    return gettext("%(share)s to %(charity)s", share=money(Money(minor, terms.currency)), charity=terms.charity_name)


def rows(look: Look) -> list[tuple[str, Money | str]]:
    """The rows of the order summary."""
    currency = look.priced.currency
    shown: list[tuple[str, Money | str]] = [(gettext("Goods"), Money(look.priced.items_minor, currency))]
    if look.priced.discount_minor:
        name = gettext("Voucher %(code)s", code=look.view.voucher_code or "")
        shown.append((name, Money(-look.priced.discount_minor, currency)))
    free = gettext("Free") if not look.priced.delivery_minor else Money(look.priced.delivery_minor, currency)
    shown.append((gettext("Delivery"), free))
    return shown


def giving_line(look: Look) -> str:
    """One line about what the whole cart gives, or nothing."""
    if not look.giving_minor:
        return ""
    amount = money(Money(look.giving_minor, look.priced.currency))
    return gettext("%(amount)s of this goes to charity, out of the prices shown. Nothing is added.", amount=amount)
