"""Questions about products, with their answers."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEPT = sa.text("email IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.Column("answer_hidden_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_question_product_id_product")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_question_user_id_user")),
        sa.UniqueConstraint("ref", name=op.f("uq_question_ref")),
        sa.CheckConstraint(
            "state IN ('waiting', 'shown', 'refused')", name=op.f("ck_question_state_is_known")
        ),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name=op.f("ck_question_refused_with_a_reason")),
        sa.CheckConstraint(
            "email IS NULL OR (user_id IS NULL AND answer IS NULL AND state <> 'refused')",
            name=op.f("ck_question_keeps_an_address_while_needed"),
        ),
    )
    op.create_index("ix_question_of_product", "question", ["product_id", "state", "answered_at", "id"])
    op.create_index("ix_question_queue", "question", ["state", "changed_at", "id"])
    op.create_index("ix_question_kept", "question", ["changed_at"], sqlite_where=KEPT, postgresql_where=KEPT)


def downgrade() -> None:
    op.drop_table("question")
