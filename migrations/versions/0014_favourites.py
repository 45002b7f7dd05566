"""Favourites, and the links that show them."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "favourite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_favourite_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_favourite_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourite")),
        sa.UniqueConstraint("user_id", "product_id", name=op.f("uq_favourite_user_id_product_id")),
    )
    op.create_index(op.f("ix_favourite_product_id"), "favourite", ["product_id"])
    op.create_table(
        "favourite_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_favourite_link_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourite_link")),
        sa.UniqueConstraint("user_id", name=op.f("uq_favourite_link_user_id")),
        sa.UniqueConstraint("key", name=op.f("uq_favourite_link_key")),
    )


def downgrade() -> None:
    op.drop_table("favourite_link")
    op.drop_table("favourite")
