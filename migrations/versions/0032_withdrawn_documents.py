"""Documents of which a person took their consent back."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"])


def downgrade() -> None:
    op.drop_index(op.f("ix_document_sha256"), "document")
    op.drop_column("document", "withdrawn_at")
