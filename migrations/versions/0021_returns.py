"""Goods sent back: what, why, and every step."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "return_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("send_to", sa.Text(), nullable=False),
        sa.Column("sellable", sa.Boolean(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('asked', 'agreed', 'refused', 'withdrawn', 'received', 'refunded')",
            name=op.f("ck_return_request_status_is_known"),
        ),
        sa.CheckConstraint(
            "status <> 'refunded' OR refund_id IS NOT NULL", name=op.f("ck_return_request_refunded_by_a_refund")
        ),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_return_request_parcel_id_parcel")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_return_request_refund_id_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_request")),
        sa.UniqueConstraint("ref", name=op.f("uq_return_request_ref")),
    )
    op.create_index(op.f("ix_return_request_parcel_id"), "return_request", ["parcel_id"])
    op.create_index(op.f("ix_return_request_refund_id"), "return_request", ["refund_id"])
    op.create_index("ix_return_request_queue", "return_request", ["status", "asked_at"])
    op.create_table(
        "return_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_has_a_quantity")),
        sa.CheckConstraint(
            "reason IN ('changed_mind', 'not_as_shown', 'broken', 'wrong_thing', 'other')",
            name=op.f("ck_return_line_reason_is_known"),
        ),
        sa.ForeignKeyConstraint(["return_id"], ["return_request.id"], name=op.f("fk_return_line_return_id_return_request")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id_order_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("return_id", "order_line_id", name=op.f("uq_return_line_return_id_order_line_id")),
    )
    op.create_index(op.f("ix_return_line_return_id"), "return_line", ["return_id"])
    op.create_index(op.f("ix_return_line_order_line_id"), "return_line", ["order_line_id"])
    op.create_table(
        "return_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["return_request.id"], name=op.f("fk_return_step_return_id_return_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_step")),
    )
    op.create_index(op.f("ix_return_step_return_id"), "return_step", ["return_id"])


def downgrade() -> None:
    op.drop_table("return_step")
    op.drop_table("return_line")
    op.drop_table("return_request")
