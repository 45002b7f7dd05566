"""Versions of listings, of which the approved ones can't be changed any more."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('draft', 'sent', 'changes_asked')")
REFUSAL = "an approved listing_revision is append-only"


def upgrade() -> None:
    op.create_table(
        "listing_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stock", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'changes_asked', 'approved', 'dropped')",
            name=op.f("ck_listing_revision_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (number IS NOT NULL)", name=op.f("ck_listing_revision_approved_ones_are_numbered")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_listing_revision_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_revision")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_listing_revision_product_id_number")),
        sa.UniqueConstraint("ref", name=op.f("uq_listing_revision_ref")),
    )
    op.create_index(
        "ix_one_open_revision", "listing_revision", ["product_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_listing_revision_queue", "listing_revision", ["state", "sent_at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER listing_revision_no_{verb.lower()} BEFORE {verb} ON listing_revision "
                f"WHEN OLD.state = 'approved' BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION listing_revision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER listing_revision_append_only BEFORE UPDATE OR DELETE ON listing_revision FOR EACH ROW "
        "WHEN (OLD.state = 'approved') EXECUTE FUNCTION listing_revision_is_append_only()"
    )


def downgrade() -> None:
    op.drop_table("listing_revision")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION listing_revision_is_append_only()")
