"""Versions of batches, of which the approved ones can't be changed, and steps whose documents lie in the shop."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('draft', 'sent', 'changes_asked')")
REFUSAL = "an approved batch_revision is append-only"


def upgrade() -> None:
    _steps()
    op.create_table(
        "batch_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.Column("editors", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'changes_asked', 'approved', 'dropped')",
            name=op.f("ck_batch_revision_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (number IS NOT NULL)", name=op.f("ck_batch_revision_approved_ones_are_numbered")
        ),
        sa.CheckConstraint(
            "number IS NULL OR batch_id IS NOT NULL", name=op.f("ck_batch_revision_approved_ones_have_a_batch")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_batch_revision_product_id_product")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_revision_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_revision")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_batch_revision_batch_id_number")),
        sa.UniqueConstraint("ref", name=op.f("uq_batch_revision_ref")),
    )
    op.create_index(
        "ix_one_open_batch_revision", "batch_revision", ["batch_id"], unique=True, sqlite_where=OPEN,
        postgresql_where=OPEN,
    )  # fmt: skip
    op.create_index("ix_batch_revision_queue", "batch_revision", ["state", "sent_at"])
    op.create_index("ix_batch_revision_product_id", "batch_revision", ["product_id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER batch_revision_no_{verb.lower()} BEFORE {verb} ON batch_revision "
                f"WHEN OLD.state = 'approved' BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION batch_revision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER batch_revision_append_only BEFORE UPDATE OR DELETE ON batch_revision FOR EACH ROW "
        "WHEN (OLD.state = 'approved') EXECUTE FUNCTION batch_revision_is_append_only()"
    )


def _steps() -> None:
    with op.batch_alter_table("batch_event") as table:
        table.add_column(sa.Column("ref", sa.String(20), nullable=True))
        table.add_column(sa.Column("document_ref", sa.String(24), nullable=True))
        table.add_column(sa.Column("document_open", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("consents", sa.JSON(), nullable=True))
        table.add_column(sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE batch_event SET ref = 'E' || id")
    # Addresses elsewhere were kept and never shown; they stay in the words of their step.
    op.execute(
        "UPDATE batch_event SET text = text || '\n\n' || document_url WHERE document_url IS NOT NULL AND document_url <> ''"
    )
    with op.batch_alter_table("batch_event") as table:
        table.alter_column("ref", existing_type=sa.String(20), nullable=False)
        table.drop_column("document_url")
        table.drop_index(op.f("ix_batch_event_batch_id"))
        table.create_unique_constraint(op.f("uq_batch_event_batch_id_ref"), ["batch_id", "ref"])
        table.create_check_constraint(
            op.f("ck_batch_event_open_document_is_there"), "NOT document_open OR document_ref IS NOT NULL"
        )
        table.create_foreign_key(
            op.f("fk_batch_event_document_ref_document"), "document", ["document_ref"], ["ref"]
        )


def downgrade() -> None:
    op.drop_table("batch_revision")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION batch_revision_is_append_only()")
    with op.batch_alter_table("batch_event") as table:
        table.drop_constraint(op.f("fk_batch_event_document_ref_document"), type_="foreignkey")
        table.drop_constraint(op.f("ck_batch_event_open_document_is_there"), type_="check")
        table.drop_constraint(op.f("uq_batch_event_batch_id_ref"), type_="unique")
        for name in ("ref", "document_ref", "document_open", "consents", "withdrawn"):
            table.drop_column(name)
        table.add_column(sa.Column("document_url", sa.String(300), nullable=True))
        table.create_index(op.f("ix_batch_event_batch_id"), ["batch_id"])
