"""What a letter in the outbox is about, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outgoing_mail", sa.Column("about", sa.String(80), nullable=False, server_default=""))
    op.create_index(op.f("ix_outgoing_mail_about"), "outgoing_mail", ["about"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outgoing_mail_about"), "outgoing_mail")
    op.drop_column("outgoing_mail", "about")
