"""What became of money that a person had to look at."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ref", sa.String(200), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("closed_by", sa.String(120), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_closed_matter_has_words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_matter")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_closed_matter_kind_ref")),
    )


def downgrade() -> None:
    op.drop_table("closed_matter")
