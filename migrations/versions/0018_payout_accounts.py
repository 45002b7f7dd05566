"""Where a group's money goes; until now nothing was paid out."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(200), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("number_end", sa.String(4), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_from", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("way IN ('bank', 'mobile')", name=op.f("ck_payout_account_way_is_known")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_payout_account_producer_id_producer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_account")),
        sa.UniqueConstraint("ref", name=op.f("uq_payout_account_ref")),
    )
    op.create_index(op.f("ix_payout_account_producer_id"), "payout_account", ["producer_id"])
    with op.batch_alter_table("payout") as batch:
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=False))
        batch.create_foreign_key(op.f("fk_payout_account_id_payout_account"), "payout_account", ["account_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("payout") as batch:
        batch.drop_constraint(op.f("fk_payout_account_id_payout_account"), type_="foreignkey")
        batch.drop_column("account_id")
    op.drop_table("payout_account")
