"""That a payout was taken back, and why."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payout", sa.Column("returned_at", UtcDateTime(), nullable=True))
    op.add_column("payout", sa.Column("return_reason", sa.String(200), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("payout", "return_reason")
    op.drop_column("payout", "returned_at")
