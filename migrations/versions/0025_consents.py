"""Consents of people in pictures and stories, what rests on them, and stories in two languages."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("uses", sa.JSON(), nullable=False),
        sa.Column("asked_in", sa.String(35), nullable=False),
        sa.Column("given", sa.String(20), nullable=False),
        sa.Column("witness", sa.String(200), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(120), nullable=True),
        sa.Column("end_reason", sa.String(300), nullable=False),
        sa.CheckConstraint("given IN ('written', 'spoken', 'guardian')", name=op.f("ck_consent_given_is_known")),
        sa.CheckConstraint("given = 'written' OR witness <> ''", name=op.f("ck_consent_names_witness_or_guardian")),
        sa.CheckConstraint("given = 'spoken' OR document_id IS NOT NULL", name=op.f("ck_consent_has_evidence")),
        sa.CheckConstraint("expires_on > given_on", name=op.f("ck_consent_ends_after_it_began")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_consent_ended_by_someone")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_consent_producer_id_producer")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_consent_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("ref", name=op.f("uq_consent_ref")),
    )
    for column in ("producer_id", "expires_on", "ended_at"):
        op.create_index(op.f(f"ix_consent_{column}"), "consent", [column])
    op.add_column("picture", sa.Column("consents", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("picture", sa.Column("sha256", sa.String(64), nullable=True))
    op.add_column("picture", sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_picture_sha256"), "picture", ["sha256"])
    for name, kind in (("title", sa.String(200)), ("body", sa.Text()), ("by", sa.String(200))):
        op.add_column("story", sa.Column(f"translated_{name}", kind, nullable=False, server_default=""))
    op.add_column("story", sa.Column("consents", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("story", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("story") as story:
        for column in ("withdrawn", "consents", "translated_by", "translated_body", "translated_title"):
            story.drop_column(column)
    op.drop_index(op.f("ix_picture_sha256"), "picture")
    with op.batch_alter_table("picture") as picture:
        for column in ("withdrawn_at", "sha256", "consents"):
            picture.drop_column(column)
    op.drop_table("consent")
