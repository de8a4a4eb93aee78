"""An application with soft deletes, in a database of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, LiteralString, cast

import psycopg

from denorm_assets.db.apply.uninstall import run_drops
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.soft_deletes.mark import apply_soft_deletes, plan_soft_deletes
from denorm_assets.db.table_changes.soft_deletes.purge import Purged, PurgeOptions, purge
from denorm_assets.db.table_changes.soft_deletes.undo import plan_soft_delete_undo
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.step import Step
from tests.support.log_lines import LogLines

SHOP = """
CREATE SCHEMA app;
CREATE TABLE app.owners (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE);
CREATE TABLE app.items (
    id int PRIMARY KEY, owner_id uuid REFERENCES app.owners ON DELETE CASCADE, body text NOT NULL DEFAULT '');
CREATE TABLE app.notes (
    item_id int REFERENCES app.items ON DELETE CASCADE, number int, body text, PRIMARY KEY (item_id, number));
INSERT INTO app.owners (name) VALUES ('ann'), ('bob');
INSERT INTO app.items SELECT n, (SELECT id FROM app.owners WHERE name = 'ann'), 'item ' || n
FROM generate_series(1, 10) AS n;
INSERT INTO app.notes SELECT 1 + n / 2, n, 'note' FROM generate_series(0, 9) AS n;
"""


@dataclass
class Marking:
    """The system `shop` with soft deletes for some of its tables."""

    database: Database
    url: str
    tables: tuple[str, ...] = ("owners", "items", "notes")
    keep_days: int | None = None
    lines: LogLines = field(default_factory=LogLines)

    @property
    def work(self) -> SoftDeletes:
        return SoftDeletes(tuple(TableName.parse(table) for table in self.tables), self.keep_days)

    @property
    def system(self) -> System:
        return System("shop", "app", (Phase("phase_1_soft_deletes", work=self.work),))

    def of(self, *tables: str) -> Marking:
        """The same with soft deletes for these tables."""
        return replace(self, tables=tables)

    def run(self, statement: str) -> int:
        """Run SQL of the application; returns how many rows it says that it touched."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(cast(LiteralString, statement)).rowcount

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What `query` yields."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(cast(LiteralString, query)).fetchall()

    def value(self, query: str) -> Any:
        """The one value that `query` yields."""
        [(value,)] = self.rows(query)
        return value

    def apply(self) -> list[Step]:
        return apply_soft_deletes(self.database, self.system, self.work)

    def plan(self) -> list[Step]:
        with self.database.session("app") as session:
            return plan_soft_deletes(session, self.system, self.work)

    def actions(self) -> set[str]:
        return {step.action for step in self.plan()}

    def undo(self) -> list[Step]:
        with self.database.session("app") as session:
            steps = plan_soft_delete_undo(session, self.system, self.work)
            run_drops(session, steps)
            return steps

    def purge(self, days: int | None = None, **options: Any) -> dict[str, Purged]:
        """Purge; table -> what became of it."""
        done = purge(self.database, self.system, PurgeOptions(days, **options))
        return {each.table.removeprefix("app."): each for each in done}

    def catalog(self) -> list[tuple[Any, ...]]:
        """Everything in the application's schema, and all functions in ours."""
        return self.rows(
            "SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), c.relacl::text"
            " FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relnamespace = 'app'::regnamespace"
            " UNION ALL SELECT p.proname, 'f', NULL, NULL, NULL FROM pg_proc AS p"
            " WHERE p.proname LIKE 'deletes@_of@_%' ESCAPE '@' ORDER BY 1, 2, 3"
        )
