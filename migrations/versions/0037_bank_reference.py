"""By which transfer of the shop's bank a refund went back that Stripe could not bring."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refund", sa.Column("bank_reference", sa.String(120), nullable=True))


def downgrade() -> None:
    op.drop_column("refund", "bank_reference")
