"""Each letter gets a random reference for its address, as everything else that has one."""

import sqlalchemy as sa
from alembic import op

from storefront.core.refs import new_ref

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LETTERS = sa.table("outgoing_mail", sa.column("id", sa.Integer), sa.column("ref", sa.String))


def upgrade() -> None:
    op.add_column("outgoing_mail", sa.Column("ref", sa.String(20)))
    connection = op.get_bind()
    for number in connection.scalars(sa.select(LETTERS.c.id)).all():
        connection.execute(sa.update(LETTERS).where(LETTERS.c.id == number).values(ref=new_ref()))
    with op.batch_alter_table("outgoing_mail") as letters:
        letters.alter_column("ref", existing_type=sa.String(20), nullable=False)
        letters.create_unique_constraint(op.f("uq_outgoing_mail_ref"), ["ref"])


def downgrade() -> None:
    with op.batch_alter_table("outgoing_mail") as letters:
        letters.drop_constraint(op.f("uq_outgoing_mail_ref"), type_="unique")
        letters.drop_column("ref")
