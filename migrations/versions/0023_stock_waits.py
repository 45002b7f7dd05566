"""Who gets a letter when something that was sold out is back."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_wait_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_wait")),
        sa.UniqueConstraint("variant_id", "email", name=op.f("uq_stock_wait_variant_id_email")),
    )
    op.create_index(op.f("ix_stock_wait_email"), "stock_wait", ["email"])
    op.create_index(op.f("ix_stock_wait_asked_at"), "stock_wait", ["asked_at"])


def downgrade() -> None:
    op.drop_table("stock_wait")
