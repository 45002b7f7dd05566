"""Spreadsheets of listings that wait to be checked or imported."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("with_images", sa.Boolean(), nullable=False),
        sa.Column("skip_bad", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'checked', 'agreed', 'done', 'refused')",
            name=op.f("ck_listing_sheet_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_listing_sheet_producer_id_producer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_sheet")),
        sa.UniqueConstraint("ref", name=op.f("uq_listing_sheet_ref")),
    )
    op.create_index(op.f("ix_listing_sheet_producer_id"), "listing_sheet", ["producer_id"])
    op.create_index("ix_listing_sheet_state", "listing_sheet", ["state", "created_at"])


def downgrade() -> None:
    op.drop_table("listing_sheet")
