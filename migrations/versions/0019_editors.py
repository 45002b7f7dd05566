"""Everyone who wrote any of a listing's version."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listing_revision", sa.Column("editors", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("listing_revision", "editors")
