"""Parcels sent in parts, each with its carrier and tracking number."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATUS = "status IN ('waiting'{}, 'dispatched', 'delivered', 'cancelled')"


def upgrade() -> None:
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(60), nullable=False),
        sa.Column("tracking", sa.String(120), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_dispatch_parcel_id_parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("ref", name=op.f("uq_dispatch_ref")),
    )
    op.create_index(op.f("ix_dispatch_parcel_id"), "dispatch", ["parcel_id"])
    op.create_table(
        "dispatch_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_dispatch_line_has_a_quantity")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=op.f("fk_dispatch_line_dispatch_id_dispatch")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_dispatch_line_order_line_id_order_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_line")),
        sa.UniqueConstraint(
            "dispatch_id", "order_line_id", name=op.f("uq_dispatch_line_dispatch_id_order_line_id")
        ),
    )
    op.create_index(op.f("ix_dispatch_line_dispatch_id"), "dispatch_line", ["dispatch_id"])
    op.create_index(op.f("ix_dispatch_line_order_line_id"), "dispatch_line", ["order_line_id"])
    with op.batch_alter_table("parcel") as table:
        table.drop_column("tracking")
        table.drop_constraint(op.f("ck_parcel_status_is_known"), type_="check")
        table.create_check_constraint(op.f("ck_parcel_status_is_known"), STATUS.format(", 'part_sent'"))


def downgrade() -> None:
    op.execute("UPDATE parcel SET status = 'dispatched' WHERE status = 'part_sent'")
    with op.batch_alter_table("parcel") as table:
        table.add_column(sa.Column("tracking", sa.String(120), nullable=False, server_default=""))
        table.drop_constraint(op.f("ck_parcel_status_is_known"), type_="check")
        table.create_check_constraint(op.f("ck_parcel_status_is_known"), STATUS.format(""))
    op.drop_table("dispatch_line")
    op.drop_table("dispatch")
