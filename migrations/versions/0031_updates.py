"""Updates of groups to their buyers, and whom each went to."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_update",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("consents", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(120), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_group_update_producer_id_producer")),
        sa.UniqueConstraint("ref", name=op.f("uq_group_update_ref")),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'returned', 'approved', 'withdrawn')",
            name=op.f("ck_group_update_state_is_known"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_group_update_returned_with_a_reason")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by IS NOT NULL", name=op.f("ck_group_update_approved_by_someone")
        ),
    )
    op.create_index("ix_group_update_queue", "group_update", ["state", "changed_at", "id"])
    op.create_index("ix_group_update_of_group", "group_update", ["producer_id", "state", "decided_at"])
    op.create_table(
        "group_update_product",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", "product_id", name=op.f("pk_group_update_product")),
        sa.ForeignKeyConstraint(
            ["update_id"], ["group_update.id"], name=op.f("fk_group_update_product_update_id_group_update")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_group_update_product_product_id_product")
        ),
    )
    op.create_table(
        "group_update_letter",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["group_update.id"], name=op.f("fk_group_update_letter_update_id_group_update")
        ),
    )
    op.create_index("uq_group_update_letter", "group_update_letter", ["update_id", "mailbox"], unique=True)


def downgrade() -> None:
    for table in ("group_update_letter", "group_update_product", "group_update"):
        op.drop_table(table)
