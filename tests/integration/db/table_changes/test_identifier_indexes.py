"""Indexes on text identifiers: which have one beside them on `uuid`, and what nobody may lose unsaid."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from denorm_assets.errors import WorkNotDone
from tests.support.identifiers.application import Library
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, SWITCH


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    return make_library(people=10, books=40, tags=5, book_tags=10)


def test_switch_indexed_identifiers_get_index_on_uuid(library: Library) -> None:
    """Without, a foreign key between `uuid` columns would read the whole table for each row that goes."""
    library.run('CREATE INDEX newest ON books (owner_id text_pattern_ops, title COLLATE "C" DESC) INCLUDE (sequel_of)')
    library.run("CREATE UNIQUE INDEX once ON books (owner_id, title) WHERE title > 'x'")
    library.run("CREATE INDEX hashed ON books USING hash (lent_to)")
    library.run("CREATE INDEX by_title ON books (title)")
    # What follows only in part would mislead.
    library.run("CREATE INDEX lent ON books (title) WHERE lent_to IS NOT NULL")
    library.run("CREATE INDEX shown ON books (upper(owner_id))")
    library.do(EXPAND, FILL)
    assert library.do(SWITCH)
    indexes = {row[1]: str(row[2]) for row in library.shape() if " INDEX " in str(row[2])}
    made = {name: text.partition(" USING ")[2] for name, text in indexes.items() if name.endswith("_uid")}
    assert made == {
        "book_tags_tag_id_idx_uid": "btree (tag_uid)",
        "books_owner_id_title_idx_uid": "btree (owner_uid, title) WHERE (title <> ''::text)",
        "books_sequel_of_idx_uid": "btree (sequel_of_uid)",
        "newest_uid": 'btree (owner_uid, title COLLATE "C" DESC) INCLUDE (sequel_of_uid)',
        "once_uid": "btree (owner_uid, title) WHERE (title > 'x'::text)",
        "hashed_uid": "hash (lent_to_uid)",
    }
    assert "UNIQUE" in indexes["once_uid"]
    assert library.do(SWITCH) == []
    library.run("SET enable_seqscan = off")
    plan = library.rows("EXPLAIN (GENERIC_PLAN) SELECT 1 FROM books WHERE sequel_of_uid = $1")
    assert "books_sequel_of_idx_uid" in str(plan)


def test_switch_existing_index_on_uuid_is_enough(library: Library) -> None:
    library.do(EXPAND, FILL)
    library.run("CREATE INDEX mine ON books (sequel_of_uid)")
    assert "create index books_sequel_of_idx_uid" not in library.do(SWITCH)


def test_switch_half_built_index_is_rebuilt(library: Library) -> None:
    library.do(EXPAND, FILL)
    library.run("CREATE INDEX books_sequel_of_idx_uid ON books (sequel_of_uid)")
    library.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'books_sequel_of_idx_uid'::regclass")
    assert "rebuild index books_sequel_of_idx_uid" in library.do(SWITCH)
    assert library.do(SWITCH) == []


def test_switch_two_equal_indexes_become_one(library: Library) -> None:
    library.run("CREATE INDEX again ON books (sequel_of text_pattern_ops)")
    library.do(EXPAND, FILL, SWITCH)
    assert [row[1] for row in library.shape() if str(row[2]).endswith("USING btree (sequel_of_uid)")] == ["again_uid"]


def test_switch_foreign_key_with_partial_index_gets_full_uuid_index(library: Library) -> None:
    """Whatever the index on text was: nobody's DELETE may read a whole table that it did not read before."""
    library.run("CREATE INDEX lent ON books (lent_to, upper(title)) WHERE lent_to IS NOT NULL")
    library.run("CREATE INDEX plainer ON books (lent_to) WHERE lent_to IS NOT NULL")
    library.do(EXPAND, FILL, SWITCH)
    assert "btree (lent_to_uid)" in str([row[2] for row in library.shape() if row[1] == "books_lent_to_uid_idx"])
    assert library.do(SWITCH) == []
    library.undo()
    assert not [row for row in library.shape() if "uid" in str(row)]


@pytest.mark.parametrize(
    ("ddl", "message"),
    [
        ("CREATE UNIQUE INDEX lent_once ON books (title) WHERE lent_to IS NOT NULL", "index library.lent_once"),
        ("CREATE UNIQUE INDEX spelled ON tags (upper(owner_id), name)", "index library.spelled"),
        (
            "ALTER TABLE books ADD CHECK (lent_to IS NULL OR owner_id <> lent_to)",
            "constraint books_check on table library.books",
        ),
        (
            "CREATE UNIQUE INDEX who ON people (id); ALTER TABLE people REPLICA IDENTITY USING INDEX who",
            "IDENTITY index",
        ),
    ],
)
def test_contract_constraint_on_text_identifier_is_refused(library: Library, ddl: str, message: str) -> None:
    library.run("UPDATE books SET lent_to = NULL")
    library.run(ddl)
    library.do(EXPAND, FILL, SWITCH)
    before = library.shape()
    with pytest.raises(WorkNotDone, match=f"{message}.* would go with the text identifiers of library"):
        library.do(CONTRACT)
    assert library.shape() == before


def test_contract_unique_index_keeps_rejecting_duplicates_on_uuid(library: Library) -> None:
    library.run("CREATE UNIQUE INDEX once ON books (owner_id, title)")
    library.do(EXPAND, FILL, SWITCH, CONTRACT)
    with pytest.raises(psycopg.errors.UniqueViolation, match="once_uid"):
        library.run("INSERT INTO books (uid, owner_uid, title) SELECT gen_random_uuid(), owner_uid, title FROM books")
