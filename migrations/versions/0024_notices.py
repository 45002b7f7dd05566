"""How members want to be told of what happens to their group, and until when they have been."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("pace", sa.String(20), nullable=False),
        sa.Column("told_until", UtcDateTime(), nullable=False),
        sa.CheckConstraint("pace IN ('at_once', 'daily', 'never')", name=op.f("ck_notice_pace_is_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_notice_member_id_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("member_id", "kind", name=op.f("uq_notice_member_id_kind")),
    )


def downgrade() -> None:
    op.drop_table("notice")
