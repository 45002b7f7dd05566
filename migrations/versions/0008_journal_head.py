"""The journal's head: how far its chain goes, so that entries missing from the end are noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )
    newest = sa.text("SELECT sequence, digest FROM journal_entry ORDER BY sequence DESC LIMIT 1")
    sequence, digest = op.get_bind().execute(newest).first() or (0, "0" * 64)
    head = sa.text("INSERT INTO journal_head (id, sequence, digest) VALUES (1, :sequence, :digest)")
    op.get_bind().execute(head, {"sequence": sequence, "digest": digest})


def downgrade() -> None:
    op.drop_table("journal_head")
