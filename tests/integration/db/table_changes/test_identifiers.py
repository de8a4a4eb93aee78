"""Text identifiers become `uuid`: step by step, while the application writes; and back."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from denorm_assets.db.control.exclusive_access import alone_at_work
from denorm_assets.db.table_changes.phase_work import check_index_bytes
from denorm_assets.errors import IdentifierRefused, IdentifiersDiffer, WorkNotDone, WorkNotUndone
from tests.support.identifiers.application import Library
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, PHASES, SWITCH
from tests.support.killing import killed_at_each_statement


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    return make_library(people=50, books=5_000, tags=20, book_tags=300)


def test_identifier_phases_each_do_their_work_only_once(library: Library) -> None:
    for number, phase in enumerate(PHASES):
        assert library.done() == [True] * number + [False] * (4 - number) or number == 0
        assert library.do(phase)
        assert library.do(phase) == []
    assert library.done() == [True] * 4


def test_contract_all_phases_done_leaves_only_uuid_keys(library: Library) -> None:
    library.do(*PHASES)
    columns = library.rows("SELECT uid, owner_uid, lent_to_uid, sequel_of_uid FROM books WHERE title = 'book 27'")
    [expected] = library.rows("SELECT md5('b27')::uuid, md5('p28')::uuid, md5('p7')::uuid, md5('b1')::uuid")
    assert columns == [expected]
    shape = library.shape()
    assert not [row for row in shape if "character varying" in str(row[2])]
    primary = {row[0]: row[2] for row in shape if str(row[2]).startswith("PRIMARY KEY")}
    assert primary == {
        "library.people": "PRIMARY KEY (uid)",
        "library.books": "PRIMARY KEY (uid)",
        "library.tags": "PRIMARY KEY (uid)",
        "library.book_tags": "PRIMARY KEY (book_uid, tag_uid)",
    }
    references = [row[2] for row in shape if "FOREIGN KEY" in str(row[2])]
    assert len(references) == 6
    assert (
        "FOREIGN KEY (lent_to_uid) REFERENCES library.people(uid) ON UPDATE CASCADE ON DELETE SET NULL"
        " DEFERRABLE INITIALLY DEFERRED" in references
    )
    assert [row for row in shape if row[1] == "tags_owner_uid_name_key" and row[2] == "UNIQUE (owner_uid, name)"]


@pytest.mark.parametrize("reached", [1, 2, 3])
def test_abort_after_any_phase_restores_tables_and_keeps_rows(library: Library, reached: int) -> None:
    before = library.shape()
    library.do(*PHASES[:reached])
    library.run("INSERT INTO people VALUES ('0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001', 'new')")
    library.undo()
    assert library.shape() == before
    assert library.rows("SELECT name FROM people WHERE id = '0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001'") == [("new",)]


def test_abort_while_other_process_works_waits_naming_it(library: Library) -> None:
    """What each has planned, done beside each other, would drop both columns."""
    library.do(EXPAND, FILL)
    with library.database.session() as other, ThreadPoolExecutor(1) as lane:
        with alone_at_work(other, "library"):
            undoing = lane.submit(library.undo)
            said = f"library: another process changes its tables: process {os.getpid()} on "
            while not any(line.startswith(said) and line.endswith("UTC, waiting") for line in library.lines):
                assert not undoing.done()
        undoing.result(timeout=30)
    assert library.done()[0] is False


def test_index_bytes_after_switch_shows_text_and_uuid_size(library: Library) -> None:
    library.do(EXPAND, FILL)
    with library.database.session("library") as session:
        assert check_index_bytes(session, LIBRARY, SWITCH).rows == ()
        library.do(SWITCH)
        found = check_index_bytes(session, LIBRARY, SWITCH)
    pairs = {row["index"]: row["on uuid"] for row in found.rows}
    assert pairs["library.books_sequel_of_idx"] == "books_sequel_of_idx_uid"
    assert pairs["library.books_owner_id_title_idx"] == "books_owner_id_title_idx_uid"
    assert len(pairs) == 8
    assert all(int(row["text bytes"] or 0) >= int(row["uuid bytes"] or 0) for row in found.rows)
    assert found.summary.startswith("8 indexes take ")


def test_abort_after_contract_is_refused(library: Library) -> None:
    library.do(*PHASES)
    before = library.shape()
    with pytest.raises(WorkNotUndone, match="was dropped, and what it held is gone"):
        library.undo()
    assert library.shape() == before


@pytest.mark.parametrize("reached", [1, 2, 3])
def test_identifier_trigger_write_to_either_column_sets_other(library: Library, reached: int) -> None:
    library.do(*PHASES[:reached])
    old, new = "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001", "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0002"
    library.run("INSERT INTO people (id, name) VALUES (%s, 'by text')", old)
    library.run("INSERT INTO people (uid, name) VALUES (%s, 'by uuid')", new)
    library.run("INSERT INTO books (id, owner_id, title) VALUES (%s, %s, 'x')", new, old)
    library.run("UPDATE books SET owner_uid = %s WHERE id = %s", new, new)
    library.run("UPDATE books SET lent_to = %s WHERE uid = %s", old, new)
    texts = library.rows("SELECT id, owner_id, lent_to FROM books WHERE title = 'x'")
    assert texts == [(new, new, old)]
    uuids = library.rows("SELECT uid::text, owner_uid::text, lent_to_uid::text FROM books WHERE title = 'x'")
    assert uuids == texts
    library.run("DELETE FROM people WHERE id = %s", old)
    assert library.rows("SELECT lent_to, lent_to_uid FROM books WHERE title = 'x'") == [(None, None)]
    library.run("DELETE FROM people WHERE uid = %s", new)
    assert library.rows("SELECT FROM books WHERE title = 'x'") == []


def test_identifier_phases_killed_at_any_statement_resume_or_abort(
    make_library: Callable[..., Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(people=10, books=20, tags=5, book_tags=10)
    before = library.shape()
    library.do(*PHASES[:3])
    switched = library.shape()
    library.undo()
    kills = 0
    for number in killed_at_each_statement(library.url, monkeypatch, lambda: library.do(*PHASES[:3]), 37):
        kills = number
        if number % 2:
            library.do(*PHASES[:3])
            assert library.shape() == switched
            assert library.done()[:3] == [True] * 3
        library.undo()
        assert library.shape() == before
    assert kills > 100
    library.do(*PHASES[:3])
    for _ in killed_at_each_statement(library.url, monkeypatch, library.undo, 19):
        library.undo()
        assert library.shape() == before
        library.do(*PHASES[:3])
    assert library.shape() == before


def test_contract_killed_at_any_statement_is_completed_by_next_run(
    make_library: Callable[..., Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    def library() -> Library:
        made = make_library(people=10, books=20, tags=5, book_tags=10)
        made.do(*PHASES[:3])
        return made

    undisturbed = library()
    undisturbed.do(CONTRACT)
    for number in range(1, 40, 9):
        killed = library()
        next(killed_at_each_statement(killed.url, monkeypatch, partial(killed.do, CONTRACT), first=number), None)
        killed.do(CONTRACT)
        assert killed.shape() == undisturbed.shape()


def test_identifier_phases_prepared_statements_keep_working(library: Library) -> None:
    library.application.prepare_threshold = 0
    new = "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f{:04d}"
    for turn, phase in enumerate(PHASES[:3]):
        library.run("INSERT INTO people (id, name) VALUES (%s, %s)", new.format(turn), "prepared")
        library.run("UPDATE people SET name = name || '!' WHERE id = %s", new.format(turn))
        library.do(phase)
    assert library.rows("SELECT count(*) FROM people WHERE name = 'prepared!' AND uid IS NOT NULL") == [(3,)]


def test_fill_rows_after_empty_blocks_are_split_into_batches(library: Library) -> None:
    """Batches grow while blocks hold nothing, and would then lock as many rows as there are."""
    # Nobody refers to those who go; else each of them would have all books read.
    library.run("SET session_replication_role = replica")
    library.run("INSERT INTO people SELECT md5('q' || n)::uuid::text, 'q' FROM generate_series(1, 80000) AS n")
    library.run("DELETE FROM people WHERE name = 'q' AND id < '9'")
    library.run("INSERT INTO people SELECT md5('r' || n)::uuid::text, 'r' FROM generate_series(1, 80000) AS n")
    library.run("DELETE FROM people WHERE name = 'q'")
    library.run("SET session_replication_role = origin")
    library.do(EXPAND, FILL)
    [(batches, largest)] = library.rows(
        "SELECT count(*), max(rows) FROM"
        " (SELECT count(*) AS rows FROM people WHERE name = 'r' GROUP BY xmin::text) AS batches"
    )
    assert batches > 3
    assert largest < 40_000


def test_fill_value_that_is_no_uuid_fails_naming_it(library: Library) -> None:
    library.run("INSERT INTO people VALUES ('ABC', 'odd')")
    library.do(EXPAND)
    library.run("INSERT INTO people VALUES ('x-9', 'odd, too')")
    with pytest.raises(
        IdentifiersDiffer, match=r"2 values of library.people.id are no UUIDs, for example 'ABC', 'x-9'"
    ):
        library.do(FILL)
    with pytest.raises(IdentifiersDiffer):
        library.do(SWITCH)
    library.run("UPDATE people SET id = md5(id)::uuid::text WHERE name LIKE 'odd%'")
    library.do(FILL, SWITCH)
    assert library.done()[:3] == [True] * 3


def test_identifier_phases_out_of_order_are_refused(library: Library) -> None:
    for phase in (FILL, SWITCH, CONTRACT):
        with pytest.raises(WorkNotDone, match="uid does not exist yet"):
            library.do(phase)
    library.do(EXPAND, FILL)
    with pytest.raises(WorkNotDone, match="keys are not on the uuid columns yet"):
        library.do(CONTRACT)


def test_contract_and_abort_column_read_by_view_are_refused(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("CREATE VIEW by_text AS SELECT id FROM people; CREATE VIEW by_uuid AS SELECT uid FROM people")
    with pytest.raises(WorkNotDone, match=r"library.by_text read text identifiers of library.people"):
        library.do(CONTRACT)
    with pytest.raises(WorkNotUndone, match=r"library.by_uuid read uuid columns of library.people"):
        library.undo()


@pytest.mark.parametrize(
    ("ddl", "message"),
    [
        ("ALTER TABLE people RENAME id TO key", "there is no such column"),
        ("ALTER TABLE people ADD uid text", "the application has a column of that name"),
        ("DROP TABLE book_tags, tags", "there is no such table"),
    ],
)
def test_expand_column_that_cannot_become_uuid_is_refused_unchanged(library: Library, ddl: str, message: str) -> None:
    library.run(ddl)
    before = library.shape()
    with pytest.raises(IdentifierRefused, match=message):
        library.do(EXPAND)
    assert library.shape() == before


def test_fill_rows_missed_by_disabled_trigger_are_filled(library: Library) -> None:
    library.do(EXPAND, FILL)
    library.run("ALTER TABLE people DISABLE TRIGGER zz_denorm_identifiers")
    library.run("INSERT INTO people VALUES ('0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001', 'unseen')")
    assert library.done()[:2] == [False, False]
    library.run("ALTER TABLE people ENABLE TRIGGER zz_denorm_identifiers")
    library.do(EXPAND, FILL)
    assert library.rows("SELECT uid IS NOT NULL FROM people WHERE name = 'unseen'") == [(True,)]
