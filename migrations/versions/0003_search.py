"""What finding needs: the full-text index, the words for typing errors, and the log of changed listings.

These tables are made by hand (see `catalog.indexing` and `catalog.shelf`). Triggers write the log, so that
no code path can forget it; a migration that rebuilds `product`, `product_material` or `producer` on SQLite
must make them again with `make_triggers`.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SHELF_COLUMNS = "status, cause, producer_id, price_from_minor, in_stock"

# Trigger name -> (event and table, what to log). A null product means "read everything again".
TRIGGERS = {
    "search_product_new": ("INSERT ON product", "NEW.id"),
    "search_product_changed": (f"UPDATE OF {SHELF_COLUMNS} ON product", "NEW.id"),
    "search_product_gone": ("DELETE ON product", "OLD.id"),
    "search_material_new": ("INSERT ON product_material", "NEW.product_id"),
    "search_material_gone": ("DELETE ON product_material", "OLD.product_id"),
    "search_producer_new": ("INSERT ON producer", "NULL"),
    "search_producer_changed": ("UPDATE ON producer", "NULL"),
}


def make_triggers(dialect: str) -> None:
    for name, (event, product) in TRIGGERS.items():
        insert = f"INSERT INTO search_change (product_id) VALUES ({product})"
        if dialect == "sqlite":
            op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW BEGIN {insert}; END")
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {insert}; RETURN NULL; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_fts USING fts5(tokens, detail = none, tokenize = 'ascii')")
        op.execute("CREATE TABLE search_change (id INTEGER PRIMARY KEY, product_id INTEGER)")
        typo_end = "PRIMARY KEY (deletion, word)) WITHOUT ROWID"
    else:
        op.execute("CREATE TABLE search_fts (rowid BIGINT PRIMARY KEY, tokens tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_fts_tokens ON search_fts USING gin (tokens)")
        op.execute("CREATE TABLE search_change (id BIGSERIAL PRIMARY KEY, product_id INTEGER)")
        typo_end = "PRIMARY KEY (deletion, word))"
    op.execute(f"CREATE TABLE search_typo (deletion VARCHAR(60) NOT NULL, word VARCHAR(60) NOT NULL, {typo_end}")
    make_triggers(dialect)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (event, _) in TRIGGERS.items():
        if sqlite:
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {event.rpartition(' ')[2]}")
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("search_typo", "search_change", "search_fts"):
        op.execute(f"DROP TABLE {table}")
