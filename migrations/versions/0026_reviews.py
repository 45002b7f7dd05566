"""Reviews with a state, a version, and an answer that can be hidden."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime
from storefront.core.refs import new_ref

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review") as table:
        table.add_column(sa.Column("ref", sa.String(20), nullable=True))
        table.add_column(sa.Column("state", sa.String(20), nullable=False, server_default="waiting"))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("decided_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("decided_by", sa.String(120), nullable=True))
        table.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("answered_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("answered_by", sa.String(120), nullable=True))
        table.add_column(sa.Column("answer_hidden_at", UtcDateTime(), nullable=True))
        table.drop_index(op.f("ix_review_product_id"))
    op.execute("UPDATE review SET changed_at = created_at, decided_at = approved_at")
    op.execute("UPDATE review SET state = 'shown' WHERE approved_at IS NOT NULL")
    op.execute("UPDATE review SET answered_at = created_at WHERE answer IS NOT NULL")
    review = sa.table("review", sa.column("id"), sa.column("ref"))
    for (known,) in op.get_bind().execute(sa.select(review.c.id)).all():
        op.execute(review.update().where(review.c.id == known).values(ref=new_ref()))
    with op.batch_alter_table("review") as table:
        table.drop_column("approved_at")
        for name, kind in (("ref", sa.String(20)), ("changed_at", UtcDateTime())):
            table.alter_column(name, existing_type=kind, nullable=False)
        for name in ("state", "version", "reason"):
            table.alter_column(name, server_default=None)
        table.create_unique_constraint(op.f("uq_review_ref"), ["ref"])
        table.create_check_constraint(op.f("ck_review_state_is_known"), "state IN ('waiting', 'shown', 'refused')")
        table.create_check_constraint(op.f("ck_review_refused_with_a_reason"), "state <> 'refused' OR reason <> ''")
        table.create_index(op.f("ix_review_of_product"), ["product_id", "state", "changed_at", "id"])
        table.create_index(op.f("ix_review_queue"), ["state", "changed_at", "id"])


def downgrade() -> None:
    with op.batch_alter_table("review") as table:
        table.add_column(sa.Column("approved_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE review SET approved_at = coalesce(decided_at, changed_at) WHERE state = 'shown'")
    op.execute("UPDATE review SET answer = NULL WHERE answer_hidden_at IS NOT NULL")
    with op.batch_alter_table("review") as table:
        table.drop_index(op.f("ix_review_queue"))
        table.drop_index(op.f("ix_review_of_product"))
        table.drop_constraint(op.f("ck_review_refused_with_a_reason"), type_="check")
        table.drop_constraint(op.f("ck_review_state_is_known"), type_="check")
        table.drop_constraint(op.f("uq_review_ref"), type_="unique")
        for name in (
            "ref", "state", "version", "changed_at", "decided_at", "decided_by", "reason", "answered_at", "answered_by",
            "answer_hidden_at",
        ):  # fmt: skip
            table.drop_column(name)
        table.create_index(op.f("ix_review_product_id"), ["product_id"])
