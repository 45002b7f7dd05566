"""Orders keep e-mail addresses as accounts do, so that the index on them finds a guest's orders."""

import sqlalchemy as sa
from alembic import op

from storefront.accounts.finding import normal

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ORDERS = sa.table("order", sa.column("id", sa.Integer), sa.column("email", sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    for number, email in connection.execute(sa.select(ORDERS.c.id, ORDERS.c.email)).all():
        if email != normal(email):
            connection.execute(sa.update(ORDERS).where(ORDERS.c.id == number).values(email=normal(email)))


def downgrade() -> None:
    """Nothing to take back: how the addresses were typed is not known any more, and nobody asks."""
