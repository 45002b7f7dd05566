"""One open case for each party, so that somebody can renew two, or renew one and apply for another."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN = "state IN ('draft', 'submitted', 'changes_asked')"
NEW = f"{OPEN} AND producer_id IS NULL AND charity_id IS NULL"


def upgrade() -> None:
    op.drop_index("uq_vetting_case_open", table_name="vetting_case")
    _unique("uq_vetting_case_open", ["applicant_id", "kind"], NEW)
    _unique("uq_vetting_case_open_producer", ["producer_id"], OPEN)
    _unique("uq_vetting_case_open_charity", ["charity_id"], OPEN)


def downgrade() -> None:
    for name in ("uq_vetting_case_open_charity", "uq_vetting_case_open_producer", "uq_vetting_case_open"):
        op.drop_index(name, table_name="vetting_case")
    _unique("uq_vetting_case_open", ["applicant_id", "kind"], OPEN)


def _unique(name: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, "vetting_case", columns, unique=True, sqlite_where=where, postgresql_where=where)
