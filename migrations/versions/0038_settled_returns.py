"""A return can be over without a refund of its own: others gave its units back."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NAME = "ck_return_request_refunded_by_a_refund"


def upgrade() -> None:
    with op.batch_alter_table("return_request") as table:
        table.drop_constraint(op.f(NAME), type_="check")


def downgrade() -> None:
    op.execute("UPDATE return_request SET status = 'received' WHERE status = 'refunded' AND refund_id IS NULL")
    with op.batch_alter_table("return_request") as table:
        table.create_check_constraint(op.f(NAME), "status <> 'refunded' OR refund_id IS NOT NULL")
