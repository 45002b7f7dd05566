"""Uploads: pictures whose other sizes are still to be made, and private documents."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("picture", sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_picture_waiting"), "picture", ["waiting"])
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(24), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_by", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('application/pdf', 'image/webp')", name=op.f("ck_document_kind_is_known")),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_is_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("ref", name=op.f("uq_document_ref")),
    )
    op.create_index(op.f("ix_document_owner"), "document", ["owner"])


def downgrade() -> None:
    op.drop_table("document")
    op.drop_index(op.f("ix_picture_waiting"), "picture")
    op.drop_column("picture", "waiting")
