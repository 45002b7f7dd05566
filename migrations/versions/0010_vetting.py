"""Applications and everything said and decided in them; approvals that lapse."""

import sqlalchemy as sa
from alembic import op

from storefront.core.db import UtcDateTime, append_only_ddl
from storefront.core.refs import new_ref

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "vetting_answer", "vetting_message", "vetting_finding", "vetting_conflict", "vetting_vote", "vetting_decision",
    "vetting_appeal", "vetting_document",
)  # fmt: skip
OPEN = sa.text("state IN ('draft', 'submitted', 'changes_asked')")
STATUS = {"producer": "'applying', 'approved'{}, 'suspended'", "charity": "'pending', 'approved'{}, 'suspended'"}


def upgrade() -> None:
    set_statuses(", 'lapsed'")
    make_tables()
    for table in APPEND_ONLY:
        for statement in append_only_ddl(table)[op.get_bind().dialect.name]:
            op.execute(statement)
    take_over()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if not sqlite:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP FUNCTION {table}_is_append_only()")
    op.drop_index(op.f("ix_approval_review_due_on"), "approval")
    for table in ("approval_reminder", *reversed(APPEND_ONLY), "vetting_case"):
        op.drop_table(table)
    for table in STATUS:
        op.execute(f"UPDATE {table} SET status = 'suspended' WHERE status = 'lapsed'")
    set_statuses("")


def set_statuses(lapsed: str) -> None:
    """Change the CHECK; SQLite makes the table again for it, without the triggers that log changed listings."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, statuses in STATUS.items():
        triggers = triggers_of(table) if sqlite else []
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_status_is_known"), type_="check")
            batch.create_check_constraint(
                op.f(f"ck_{table}_status_is_known"), f"status IN ({statuses.format(lapsed)})"
            )
        for trigger in triggers:
            op.execute(trigger)


def triggers_of(table: str) -> list[str]:
    found = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    return list(op.get_bind().scalars(found, {"name": table}))


def make_tables() -> None:
    op.create_table(
        "vetting_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("charity_id", sa.Integer(), nullable=True),
        sa.Column("applicant_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("criteria_version", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('producer', 'charity')", name=op.f("ck_vetting_case_kind_is_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'changes_asked', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_vetting_case_state_is_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'producer' AND charity_id IS NULL) OR (kind = 'charity' AND producer_id IS NULL)",
            name=op.f("ck_vetting_case_is_of_its_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR producer_id IS NOT NULL OR charity_id IS NOT NULL",
            name=op.f("ck_vetting_case_approved_has_a_party"),
        ),
        reference("vetting_case", "producer_id", "producer"),
        reference("vetting_case", "charity_id", "charity"),
        reference("vetting_case", "applicant_id", "user"),
        reference("vetting_case", "owner_id", "user"),
        reference("vetting_case", "previous_id", "vetting_case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_case")),
        sa.UniqueConstraint("ref", name=op.f("uq_vetting_case_ref")),
    )
    for column in ("producer_id", "charity_id", "applicant_id", "owner_id", "state"):
        op.create_index(op.f(f"ix_vetting_case_{column}"), "vetting_case", [column])
    op.create_index(
        "uq_vetting_case_open", "vetting_case", ["applicant_id", "kind"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    part(
        "vetting_answer",
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    part(
        "vetting_document",
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        reference("vetting_document", "document_id", "document"),
        sa.UniqueConstraint("document_id", name=op.f("uq_vetting_document_document_id")),
    )
    part(
        "vetting_message",
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("side IN ('group', 'shop')", name=op.f("ck_vetting_message_side_is_known")),
        reference("vetting_message", "author_id", "user"),
    )
    part(
        "vetting_finding",
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('met', 'question', 'not_met')", name=op.f("ck_vetting_finding_verdict_is_known")
        ),
        reference("vetting_finding", "reviewer_id", "user"),
    )
    part(
        "vetting_conflict",
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        reference("vetting_conflict", "reviewer_id", "user"),
        sa.UniqueConstraint("case_id", "reviewer_id", name=op.f("uq_vetting_conflict_case_id_reviewer_id")),
    )
    op.create_index(op.f("ix_vetting_conflict_reviewer_id"), "vetting_conflict", ["reviewer_id"])
    part(
        "vetting_vote",
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("act IN ('approve', 'reject', 'reinstate')", name=op.f("ck_vetting_vote_act_is_voted_on")),
        reference("vetting_vote", "reviewer_id", "user"),
    )
    part(
        "vetting_decision",
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.String(20), nullable=False),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("criteria_version", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    part(
        "vetting_appeal",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        reference("vetting_appeal", "decision_id", "vetting_decision"),
        sa.UniqueConstraint("decision_id", name=op.f("uq_vetting_appeal_decision_id")),
    )
    op.create_index(op.f("ix_approval_review_due_on"), "approval", ["review_due_on"])
    op.create_table(
        "approval_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        reference("approval_reminder", "approval_id", "approval"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_reminder")),
        sa.UniqueConstraint("approval_id", "days", name=op.f("uq_approval_reminder_approval_id_days")),
    )


def part(table: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of rows that belong to a case."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        *columns,
        reference(table, "case_id", "vetting_case"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])


def reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def take_over() -> None:
    """Whoever was let in before there were cases gets one, so that the approval can end or be suspended."""
    insert = sa.text(
        "INSERT INTO vetting_case "
        "(ref, kind, name, producer_id, charity_id, criteria_version, state, round, opened_at, decided_at) "
        "VALUES (:ref, :kind, :name, :producer_id, :charity_id, :version, 'approved', 1, :at, :at)"
    ).bindparams(sa.bindparam("at", type_=UtcDateTime()))
    for kind in STATUS:
        rows = op.get_bind().execute(
            sa.text(
                f"SELECT party.id, party.name, approval.criteria_version, approval.created_at FROM {kind} AS party "
                f"JOIN approval ON approval.id = (SELECT max(id) FROM approval WHERE {kind}_id = party.id)"
            ).columns(created_at=UtcDateTime())
        )
        for row in rows.all():
            ids = {"producer_id": None, "charity_id": None, f"{kind}_id": row.id}
            facts = {"kind": kind, "name": row.name, "version": row.criteria_version, "at": row.created_at}
            op.get_bind().execute(insert, {"ref": new_ref(), **ids, **facts})
