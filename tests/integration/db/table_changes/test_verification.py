"""The five verifications: of a schema as its phases left it, and of one that somebody changed since."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_indexes import build_phase_indexes
from denorm_assets.db.table_changes.phase_work import do_work
from denorm_assets.db.table_changes.references import table_references
from denorm_assets.db.table_changes.soft_deletes.mark import apply_soft_deletes
from denorm_assets.db.table_changes.verify import changes_schema, verify
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import Index, on
from denorm_assets.model.schema_change import Expand, Fill, Identifiers, SoftDeletes, Switch
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, QueryPair, System
from denorm_assets.model.table_name import TableName
from tests.support.log_lines import LogLines

LIBRARY = """
CREATE SCHEMA app;
CREATE TABLE app.users (id varchar(255) PRIMARY KEY, name text);
CREATE TABLE app.books (
    id varchar(255) PRIMARY KEY, user_id varchar(255) NOT NULL REFERENCES app.users ON DELETE CASCADE, title text);
INSERT INTO app.users SELECT gen_random_uuid(), 'user ' || n FROM generate_series(1, 5) AS n;
INSERT INTO app.books SELECT gen_random_uuid(), id, 'a book of ' || name FROM app.users;
"""
CHANGED = "changed since it was made"
TITLE_INDEX = "indexrelid = 'app.books_title_idx'::regclass"
IDENTIFIERS = Identifiers("users.id", "books.id")


@dataclass
class Library:
    """Users and their books, with a system that changes their tables."""

    database: Database
    url: str
    system: System
    lines: LogLines = field(default_factory=LogLines)

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def do(self, *numbers: int) -> None:
        """Do the work of the phases with these numbers, from 1."""
        for number in numbers:
            phase = self.system.phases[number - 1]
            if isinstance(phase.work, SoftDeletes):
                apply_soft_deletes(self.database, self.system, phase.work)
            else:
                do_work(self.database, self.system, phase)
            build_phase_indexes(self.database, self.system, phase)

    def verify(self) -> dict[str, CheckResult]:
        with self.database.session("app") as session:
            return {result.name: result for result in verify(session, self.system)}

    def failed(self) -> dict[str, list[object]]:
        """The verifications that fail, with the last column of each row of theirs."""
        return {
            name: [list(row.values())[-1] for row in result.rows]
            for name, result in self.verify().items()
            if not result.passed
        }


@pytest.fixture
def library(database: Database, database_url: str, tmp_path: Path) -> Library:
    (tmp_path / "page.sql").write_text("SELECT title FROM app.books ORDER BY title LIMIT 10")
    file = SqlFile(tmp_path / "page.sql")
    phases = (
        Phase("phase_1_expand", work=Expand(IDENTIFIERS)),
        Phase("phase_2_fill", work=Fill(IDENTIFIERS)),
        Phase("phase_3_switch", work=Switch(IDENTIFIERS)),
        Phase("phase_4_soft_deletes", work=SoftDeletes((TableName("users"), TableName("books")))),
        Phase("phase_5_indexes", indexes=(on("books", Index("title"), query="page"),)),
    )
    system = System("library", "app", phases, (QueryPair("page", file, file, {}),))
    made = Library(database, database_url, system)
    made.run(LIBRARY)
    return made


@pytest.fixture
def changed(library: Library) -> Library:
    """All phases are done."""
    library.do(1, 2, 3, 4, 5)
    return library


def test_verify_all_phases_done_passes(changed: Library) -> None:
    found = changed.verify()
    assert list(found) == ["types", "soft_deletes", "indexes", "foreign_keys", "orphans"]
    assert changed.failed() == {}
    assert [result.summary for result in found.values()] == [
        "nothing is wrong with 3 identifiers",
        "nothing is wrong with 6 columns, indexes and views",
        "nothing is wrong with 1 indexes",
        "nothing is wrong with 1 foreign keys",
        "nothing is wrong with 1 foreign keys",
    ]


def test_verify_before_phases_names_what_is_missing(library: Library) -> None:
    assert library.failed() == {
        "types": ["missing", "missing", "missing"],
        "soft_deletes": ["missing"] * 6,
        "indexes": ["missing"],
    }
    assert library.verify()["types"].summary == (
        "3 faults in 3 identifiers; materialize the system's phases, or run `denorm-assets apply library`"
    )
    library.do(1)
    assert library.failed()["types"] == ["takes NULLs", "takes NULLs", "takes NULLs"]
    assert library.failed()["foreign_keys"] == ["still on text columns"]


@pytest.mark.parametrize(
    ("damage", "name", "fault"),
    [
        ("ALTER TABLE app.books ALTER COLUMN user_uid DROP NOT NULL", "types", "takes NULLs"),
        ("CREATE INDEX ON app.books (id, title)", "types", "its index on uuid is missing"),
        ("DROP VIEW app.books_live", "soft_deletes", "missing"),
        ("DROP TRIGGER trg_denorm_soft_delete ON app.books_live", "soft_deletes", CHANGED),
        ("CREATE OR REPLACE VIEW app.users_live AS SELECT name, uid FROM app.users", "soft_deletes", CHANGED),
        ("DROP INDEX app.books_deleted_at_idx", "soft_deletes", "missing"),
        ("DROP INDEX app.books_title_idx", "indexes", "missing"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.books_title_idx'::regclass",
            "indexes",
            "invalid or outdated",
        ),
        ("ALTER TABLE app.books DISABLE TRIGGER ALL", "foreign_keys", "its triggers are disabled"),
    ],
)
def test_verify_changed_object_is_named(changed: Library, damage: str, name: str, fault: str) -> None:
    changed.run(damage)
    assert changed.failed() == {name: [fault]}


def test_verify_foreign_key_dropped_or_not_validated_is_named(changed: Library) -> None:
    with changed.database.session("app") as session:
        [held] = table_references(session, changed.system)
    assert (held.columns, held.to_columns, held.fault) == (("user_uid",), ("uid",), "")
    changed.run(f'ALTER TABLE app.books DROP CONSTRAINT "{held.name}"')
    # Nor does what a DELETE through the view marks along follow from it any more.
    assert changed.failed() == {"foreign_keys": ["missing"], "soft_deletes": [CHANGED]}
    changed.run(
        "ALTER TABLE app.books ADD FOREIGN KEY (user_uid) REFERENCES app.users (uid) ON DELETE CASCADE NOT VALID"
    )
    assert changed.failed() == {"foreign_keys": ["not validated"]}


def test_verify_orphans_written_without_triggers_are_found(changed: Library) -> None:
    changed.run("SET session_replication_role = replica; DELETE FROM app.users WHERE name IN ('user 2', 'user 3')")
    result = changed.verify()["orphans"]
    assert not result.passed
    [row] = result.rows
    assert (row["columns"], row["refer to"], row["rows"]) == ("app.books (user_uid)", "app.users", 2)
    assert str(row["samples"]).count("; ") == 1
    assert "delete these rows or bring back those that they refer to" in result.summary


def test_verify_table_gone_fails_saying_why(library: Library) -> None:
    library.run("DROP TABLE app.books")
    found = library.verify()
    assert not found["soft_deletes"].passed
    assert "app.books cannot get soft deletes: there is no such table" in found["soft_deletes"].summary
    assert "app.books.id" in found["types"].summary


def test_changes_schema_system_without_schema_phases_is_false(library: Library) -> None:
    assert changes_schema(library.system)
    assert not changes_schema(System("bare", "app", library.system.phases[4:]))
