"""Invitations into groups, and agents who act for them."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLES = "role IN ('owner', 'editor', 'fulfilment', 'finance'{})"


def upgrade() -> None:
    set_roles(", 'agent'")
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitation_email_is_lower_case")),
        sa.CheckConstraint(ROLES.format(", 'agent'"), name=op.f("ck_invitation_role_is_known")),
        sa.CheckConstraint(
            "accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitation_is_taken_or_withdrawn")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_invitation_producer_id_producer")),
        sa.ForeignKeyConstraint(["invited_by"], ["user.id"], name=op.f("fk_invitation_invited_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("ref", name=op.f("uq_invitation_ref")),
    )
    op.create_index(op.f("ix_invitation_producer_id"), "invitation", ["producer_id"])


def downgrade() -> None:
    op.drop_table("invitation")
    op.execute("DELETE FROM member WHERE role = 'agent'")
    set_roles("")


def set_roles(agent: str) -> None:
    name = op.f("ck_member_role_is_known")
    with op.batch_alter_table("member") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, ROLES.format(agent))
