"""Payouts to producers with their word that the money came, and the days on which groups are closed."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_amount_is_positive")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_payout_producer_id_producer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("ref", name=op.f("uq_payout_ref")),
    )
    op.create_index(op.f("ix_payout_producer_id"), "payout", ["producer_id"])
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_closure_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_closure_producer_id_producer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("ref", name=op.f("uq_closure_ref")),
    )
    op.create_index(op.f("ix_closure_producer_id"), "closure", ["producer_id"])


def downgrade() -> None:
    op.drop_table("closure")
    op.drop_table("payout")
