"""A parcel of an order as its page shows it: where it is, what is in it, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storefront.catalog.browsing import Thumbnail
from storefront.checkout.models import Dispatch, Order, OrderStatus, Parcel, ParcelStatus
from storefront.core.money import Money
from storefront.payments.return_models import Cancellation
from storefront.web.rendering import day_text, money
from storefront.web.shop.sums import ShownLine, ShownParcel
from storefront.web.shop.views import span_text
from storefront.web.wording import gettext

# Orders that were paid, whatever became of them.
SOLD = (OrderStatus.PAID, OrderStatus.CANCELLED)


def shown(
    found: Order,
    parcel: Parcel,
    pictures: dict[int, Thumbnail],
    owed: Mapping[int, int],
    cancelled: Cancellation | None,
) -> ShownParcel:
    """The parcel as `components/parcel.html` draws it; pictures are by product id, what is `owed` by the line's."""
    status, tone = _status(found, parcel)
    arrives = ""
    on_its_way = (ParcelStatus.WAITING, ParcelStatus.PART_SENT, ParcelStatus.DISPATCHED)
    if parcel.status in on_its_way and found.status == OrderStatus.PAID:
        arrives = gettext("Arrives %(days)s", days=span_text(parcel.arrives_from, parcel.arrives_to))
    return ShownParcel(
        producer=parcel.producer_name,
        producer_url=f"/producers/{parcel.producer_slug}",
        ships_from=parcel.ships_from,
        arrives=arrives,
        delivery=Money(parcel.delivery_minor, found.currency),
        delivery_note="",
        lines=[
            ShownLine(
                ref=line.ref,
                title=line.title,
                variant=line.variant_name,
                url=f"/products/{line.product_slug}",
                picture=pictures.get(line.product_id),
                quantity=line.quantity,
                most=line.quantity,
                unit_price=Money(line.unit_minor, found.currency),
                total=Money(line.gross_minor, found.currency),
                giving=_line_giving(line.pledge, Money(owed[line.id], found.currency)),
            )
            for line in parcel.lines
        ],
        status=status,
        status_tone=tone,
        news=[*_end(cancelled), *(text for dispatch in parcel.dispatches for text in _news(dispatch))],
    )


def _end(cancelled: Cancellation | None) -> Iterator[str]:
    """When the shopper cancelled the parcel."""
    if cancelled is not None:
        yield gettext("Cancelled %(day)s, before it was sent", day=day_text(cancelled.cancelled_at))


def _news(dispatch: Dispatch) -> list[str]:
    """What left, when, with whom, and whether it arrived."""
    goods = ", ".join(f"{row.quantity} × {row.order_line.title}" for row in dispatch.lines)
    day, carrier = day_text(dispatch.sent_at), dispatch.carrier
    told = [gettext("Sent %(day)s with %(carrier)s: %(goods)s", day=day, carrier=carrier, goods=goods)]
    if dispatch.tracking:
        told.append(gettext("Tracking number %(code)s", code=dispatch.tracking))
    if dispatch.delivered_at:
        told.append(gettext("Delivered %(day)s", day=day_text(dispatch.delivered_at)))
    return told


def _status(found: Order, parcel: Parcel) -> tuple[str, str]:
    if found.status not in SOLD:
        return gettext("waits for payment"), "honey"
    return {
        ParcelStatus.WAITING: (gettext("to be packed"), "honey"),
        ParcelStatus.PART_SENT: (gettext("partly on its way"), "slate"),
        ParcelStatus.DISPATCHED: (gettext("on its way"), "slate"),
        ParcelStatus.DELIVERED: (gettext("delivered"), "leaf"),
        ParcelStatus.CANCELLED: (gettext("cancelled"), "plain"),
    }[ParcelStatus(parcel.status)]


def _line_giving(pledge: dict[str, str] | None, part: Money) -> str:
    if not pledge or not part:
        return ""
    return gettext("%(share)s to %(charity)s", share=money(part), charity=pledge["charity_name"])
