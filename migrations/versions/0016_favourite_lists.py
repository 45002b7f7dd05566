"""Favourites stand on a list: a user's, or a guest's under a key."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "favourite_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("key_hash", sa.String(64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (key_hash IS NULL)", name=op.f("ck_favourite_list_is_a_users_or_a_guests")
        ),
        sa.CheckConstraint(
            "(key_hash IS NULL) = (expires_at IS NULL)", name=op.f("ck_favourite_list_only_a_guests_ends")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_favourite_list_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourite_list")),
        sa.UniqueConstraint("user_id", name=op.f("uq_favourite_list_user_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_favourite_list_key_hash")),
    )
    op.create_index(op.f("ix_favourite_list_expires_at"), "favourite_list", ["expires_at"])
    op.execute(
        "INSERT INTO favourite_list (user_id, created_at) SELECT user_id, min(at) FROM ("
        "SELECT user_id, kept_at AS at FROM favourite UNION ALL SELECT user_id, created_at FROM favourite_link"
        ") AS kept GROUP BY user_id"
    )
    for table, unique in (("favourite", ["user_id", "product_id"]), ("favourite_link", ["user_id"])):
        op.add_column(table, sa.Column("list_id", sa.Integer(), nullable=True))
        op.execute(f"UPDATE {table} SET list_id = (SELECT l.id FROM favourite_list l WHERE l.user_id = {table}.user_id)")
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(op.f(f"uq_{table}_{'_'.join(unique)}"), type_="unique")
            changed.drop_constraint(op.f(f"fk_{table}_user_id_user"), type_="foreignkey")
            changed.drop_column("user_id")
            changed.alter_column("list_id", existing_type=sa.Integer(), nullable=False)
            changed.create_foreign_key(
                op.f(f"fk_{table}_list_id_favourite_list"), "favourite_list", ["list_id"], ["id"], ondelete="CASCADE"
            )
    with op.batch_alter_table("favourite") as changed:
        changed.create_unique_constraint(op.f("uq_favourite_list_id_product_id"), ["list_id", "product_id"])
    op.create_index(op.f("ix_favourite_link_list_id"), "favourite_link", ["list_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_favourite_link_list_id"), "favourite_link")
    with op.batch_alter_table("favourite") as changed:
        changed.drop_constraint(op.f("uq_favourite_list_id_product_id"), type_="unique")
    op.execute(
        "DELETE FROM favourite_link WHERE id NOT IN (SELECT max(id) FROM favourite_link GROUP BY list_id)"
    )
    for table, unique in (("favourite", ["user_id", "product_id"]), ("favourite_link", ["user_id"])):
        op.add_column(table, sa.Column("user_id", sa.Integer(), nullable=True))
        op.execute(f"UPDATE {table} SET user_id = (SELECT l.user_id FROM favourite_list l WHERE l.id = {table}.list_id)")
        op.execute(f"DELETE FROM {table} WHERE user_id IS NULL")
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(op.f(f"fk_{table}_list_id_favourite_list"), type_="foreignkey")
            changed.drop_column("list_id")
            changed.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
            changed.create_foreign_key(
                op.f(f"fk_{table}_user_id_user"), "user", ["user_id"], ["id"], ondelete="CASCADE"
            )
            changed.create_unique_constraint(op.f(f"uq_{table}_{'_'.join(unique)}"), unique)
    op.drop_index(op.f("ix_favourite_list_expires_at"), "favourite_list")
    op.drop_table("favourite_list")
