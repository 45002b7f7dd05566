"""Letters that somebody wants no more of, and the link in a letter that ends its kind."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("mailbox", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
        sa.UniqueConstraint("mailbox", "kind", "about", name=op.f("uq_refusal_mailbox_kind_about")),
    )
    op.add_column("outgoing_mail", sa.Column("unsubscribe_url", sa.String(400), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("outgoing_mail") as letters:
        letters.drop_column("unsubscribe_url")
    op.drop_table("refusal")
