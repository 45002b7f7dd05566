"""Delivery given back by parcel, and parcels that their shoppers cancelled."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime
from storefront.core.money import split

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_delivery_amount_is_positive")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_delivery_refund_id_refund")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_refund_delivery_parcel_id_parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_delivery")),
        sa.UniqueConstraint("refund_id", "parcel_id", name=op.f("uq_refund_delivery_refund_id_parcel_id")),
    )
    op.create_index(op.f("ix_refund_delivery_refund_id"), "refund_delivery", ["refund_id"])
    op.create_index(op.f("ix_refund_delivery_parcel_id"), "refund_delivery", ["parcel_id"])
    _spread_earlier_refunds()
    op.create_table(
        "cancellation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("cancelled_by", sa.String(120), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_cancellation_parcel_id_parcel")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_cancellation_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation")),
        sa.UniqueConstraint("parcel_id", name=op.f("uq_cancellation_parcel_id")),
    )
    op.create_index(op.f("ix_cancellation_refund_id"), "cancellation", ["refund_id"])


def _spread_earlier_refunds() -> None:
    """Until now delivery went back over all parcels of an order by what each had cost, as the ledger entered it."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT refund.id, refund.delivery_minor, parcel.id, parcel.delivery_minor FROM refund "
            "JOIN payment ON payment.id = refund.payment_id JOIN parcel ON parcel.order_id = payment.order_id "
            "WHERE refund.delivery_minor > 0 AND parcel.delivery_minor > 0 ORDER BY refund.id, parcel.id"
        )
    )
    parcels = defaultdict(list)
    for refund_id, back, parcel_id, cost in rows:
        parcels[refund_id, back].append((parcel_id, cost))
    for (refund_id, back), costs in parcels.items():
        shares = split(back, [cost for _, cost in costs])
        for (parcel_id, _), share in zip(costs, shares, strict=True):
            if share:
                connection.execute(
                    sa.text("INSERT INTO refund_delivery (refund_id, parcel_id, amount_minor) VALUES (:r, :p, :m)"),
                    {"r": refund_id, "p": parcel_id, "m": share},
                )


def downgrade() -> None:
    op.drop_table("cancellation")
    op.drop_table("refund_delivery")
