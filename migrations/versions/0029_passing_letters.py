"""An index of the letters that nobody needs to get, by which old ones are found and deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PASSING = sa.text("unsubscribe_url <> ''")


def upgrade() -> None:
    op.create_index(
        "ix_outgoing_mail_passing", "outgoing_mail", ["due_at"], sqlite_where=PASSING, postgresql_where=PASSING
    )


def downgrade() -> None:
    op.drop_index("ix_outgoing_mail_passing", "outgoing_mail")
