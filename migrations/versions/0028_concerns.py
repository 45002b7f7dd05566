"""Concerns with their threads, and freezes of payments."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("waits_since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_concern_owner_id_user")),
        sa.UniqueConstraint("number", name=op.f("uq_concern_number")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_concern_key_hash")),
        sa.CheckConstraint("state IN ('open', 'asked', 'closed')", name=op.f("ck_concern_state_is_known")),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'not_upheld', 'elsewhere')", name=op.f("ck_concern_outcome_is_known")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_concern_closed_with_an_outcome")
        ),
    )
    op.create_index(op.f("ix_concern_owner_id"), "concern", ["owner_id"])
    op.create_index("ix_concern_queue", "concern", ["state", "waits_since", "id"])
    op.create_table(
        "concern_party",
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("concern_id", "party", name=op.f("pk_concern_party")),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_concern_party_concern_id_concern")),
    )
    op.create_index(op.f("ix_concern_party_party"), "concern_party", ["party"])
    op.create_table(
        "concern_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_concern_entry_concern_id_concern")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_concern_entry_author_id_user")),
        sa.CheckConstraint(
            "kind IN ('report', 'answer', 'note', 'closing')", name=op.f("ck_concern_entry_kind_is_known")
        ),
        sa.CheckConstraint(
            "(kind = 'report') = (author_id IS NULL)", name=op.f("ck_concern_entry_only_reports_have_no_author")
        ),
    )
    op.create_index(op.f("ix_concern_entry_concern_id"), "concern_entry", ["concern_id"])
    op.create_table(
        "freeze",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("party", sa.String(100), nullable=False),
        sa.Column("concern_number", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=False),
        sa.Column("frozen_by", sa.String(120), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(120), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.UniqueConstraint("ref", name=op.f("uq_freeze_ref")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_freeze_lifted_by_someone")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_freeze_has_a_reason")),
    )
    op.create_index(op.f("ix_freeze_concern_number"), "freeze", ["concern_number"])
    op.create_index(
        "uq_freeze_in_force",
        "freeze",
        ["party", "concern_number"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    for table in ("freeze", "concern_entry", "concern_party", "concern"):
        op.drop_table(table)
