"""Identifiers in tables that are not plain: what follows, what comes back, and what is refused up front."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from denorm_assets.db.schema_changes import do_work
from denorm_assets.db.schema_work import apply_system, plan_system
from denorm_assets.db.uninstalling import uninstall
from denorm_assets.errors import IdentifierRefused, WorkNotUndone
from denorm_assets.model.schema_change import Expand, Identifiers
from denorm_assets.model.system import Phase
from tests.db.test_identifiers import Library
from tests.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, SWITCH, fill

A, B = "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001", "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0002"


@pytest.fixture
def library(new_database: Callable[[str], str]) -> Generator[Library]:
    made = Library(new_database("template0"))
    fill(made.url, people=10, books=40, tags=5, book_tags=10)
    yield made
    made.application.close()
    made.database.close()


def test_a_new_table_may_refer_to_the_uuid_keys(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("CREATE TABLE loans (person uuid REFERENCES people (uid))")
    assert library.done() == [True, True, True, False]
    before = library.shape()
    with pytest.raises(WorkNotUndone, match=r"library.loans refer to uuid columns of library.people"):
        library.undo()
    with pytest.raises(WorkNotUndone, match=r"library.loans"):
        uninstall(library.database, LIBRARY, library.lines.append)
    assert library.shape() == before
    library.do(CONTRACT)
    assert library.done() == [True] * 4


def test_an_identifier_given_as_uuid_is_kept_where_the_text_has_a_default(library: Library) -> None:
    library.run("ALTER TABLE people ALTER id SET DEFAULT gen_random_uuid()::text")
    library.do(EXPAND)
    library.run("INSERT INTO people (uid, name) VALUES (%s, 'by uuid')", A)
    library.run("INSERT INTO people (id, name) VALUES (%s, 'by text')", B)
    library.run("INSERT INTO people (name) VALUES ('by neither')")
    rows = library.rows("SELECT name, id, uid::text FROM people WHERE name LIKE 'by%' ORDER BY name DESC")
    assert rows[:2] == [("by uuid", A, A), ("by text", B, B)]
    assert rows[2][1] == rows[2][2]


def test_tables_whose_names_run_together_have_triggers_of_their_own(library: Library) -> None:
    library.run("CREATE SCHEMA library_a; CREATE TABLE library.a_b (id text PRIMARY KEY)")
    library.run("CREATE TABLE library_a.b (code text PRIMARY KEY)")
    both = Identifiers("library.a_b.id", "library_a.b.code")
    do_work(library.database, LIBRARY, Phase("phase", work=Expand(both)), library.lines.append)
    library.run("INSERT INTO a_b VALUES (%s)", A)
    library.run("INSERT INTO library_a.b VALUES (%s)", A)
    assert library.rows("SELECT uid::text, code_uid::text FROM a_b, library_a.b") == [(A, A)]


def test_what_was_dropped_meanwhile_keeps_nothing_from_being_undone(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("DROP TABLE tags CASCADE")
    uninstall(library.database, LIBRARY, library.lines.append)
    assert not [row for row in library.shape() if "uid" in str(row[1]) or "denorm" in str(row[1])]
    library.run("INSERT INTO people VALUES (%s, 'new')", A)


def test_two_foreign_keys_of_one_column_both_follow_and_come_back(library: Library) -> None:
    library.run("CREATE TABLE authors (id varchar(255) PRIMARY KEY REFERENCES people)")
    library.run("INSERT INTO authors SELECT id FROM people")
    library.run("ALTER TABLE books ADD CONSTRAINT author FOREIGN KEY (owner_id) REFERENCES authors")
    before = library.shape()
    library.do(EXPAND, FILL, SWITCH)
    assert library.done()[:3] == [True] * 3
    keys = library.rows("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'books'::regclass")
    assert keys == [(4,)]
    library.undo()
    assert library.shape() == before


def test_an_index_of_the_application_is_never_dropped_for_its_name(library: Library) -> None:
    library.run("CREATE UNIQUE INDEX people_id_key ON people (id, name)")
    before = library.shape()
    with pytest.raises(IdentifierRefused, match="people_id_key"):
        library.do(EXPAND, FILL, SWITCH)
    assert library.shape() == before


def test_a_second_unique_index_on_a_key_stays(library: Library) -> None:
    library.run("CREATE UNIQUE INDEX also ON people (id)")
    before = library.shape()
    library.do(EXPAND, FILL, SWITCH)
    library.undo()
    assert library.shape() == before


@pytest.mark.parametrize(
    ("ddl", "message"),
    [
        (
            "ALTER TABLE book_tags DROP CONSTRAINT book_tags_pkey, ADD PRIMARY KEY (book_id, tag_id) DEFERRABLE",
            "book_tags_pkey .*DEFER",
        ),
        ("ALTER TABLE tags ADD CONSTRAINT odd UNIQUE (owner_id, id) DEFERRABLE", "odd .*DEFER"),
        (
            "ALTER TABLE book_tags DROP CONSTRAINT book_tags_pkey, ADD COLUMN n int, "
            "ADD PRIMARY KEY (book_id, tag_id) INCLUDE (n)",
            "INCLUDE",
        ),
        ("ALTER TABLE tags ADD CONSTRAINT odd UNIQUE NULLS NOT DISTINCT (owner_id, id)", "odd .*NULLS NOT DISTINCT"),
        ("ALTER TABLE people REPLICA IDENTITY USING INDEX people_pkey", "REPLICA IDENTITY"),
        ("ALTER TABLE people CLUSTER ON people_pkey", "CLUSTER"),
        ("CREATE PUBLICATION part FOR TABLE people (id, name)", "publication part"),
        ("CREATE PUBLICATION part FOR TABLE people WHERE (id <> 'x')", "publication part"),
        (
            "UPDATE books SET lent_to = NULL; ALTER TABLE books DROP CONSTRAINT books_lent_to_fkey, "
            "ADD CONSTRAINT odd FOREIGN KEY (lent_to, sequel_of) "
            "REFERENCES pairs ON DELETE SET NULL (lent_to)",
            "odd .*SET NULL",
        ),
        (
            "ALTER TABLE books ALTER lent_to SET DEFAULT 'x', ADD CONSTRAINT odd FOREIGN KEY (lent_to) "
            "REFERENCES people ON DELETE SET DEFAULT",
            "odd .*SET DEFAULT",
        ),
        ("ALTER TABLE books ADD CONSTRAINT odd FOREIGN KEY (owner_id) REFERENCES people NOT VALID", "odd .*validate"),
        ("ALTER TABLE books ADD CONSTRAINT odd FOREIGN KEY (owner_id) REFERENCES people", "odd .*another"),
        (
            "UPDATE books SET lent_to = NULL; CREATE UNIQUE INDEX i ON tags (owner_id); ALTER TABLE books "
            "ADD CONSTRAINT odd FOREIGN KEY (lent_to) REFERENCES tags (owner_id)",
            "odd .*unique index",
        ),
        ("ALTER TABLE books ADD CONSTRAINT odd FOREIGN KEY (lent_to) REFERENCES people MATCH FULL", "odd .*MATCH FULL"),
        ("ALTER TABLE books ADD part varchar GENERATED ALWAYS AS (owner_id) STORED REFERENCES people", "generated"),
        ("CREATE TABLE more_people () INHERITS (people)", "inherit"),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER zzz BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION f()",
            "trigger zzz",
        ),
    ],
)
def test_what_could_not_be_kept_is_refused_before_anything_changes(library: Library, ddl: str, message: str) -> None:
    library.run("CREATE TABLE pairs (a varchar REFERENCES people, b varchar REFERENCES books, PRIMARY KEY (a, b))")
    library.run(ddl)
    before = library.shape()
    with pytest.raises(IdentifierRefused, match=message):
        library.do(EXPAND)
    assert library.shape() == before


def test_filling_does_not_look_like_a_change_to_the_applications_triggers(library: Library) -> None:
    library.run("ALTER TABLE people ADD updated_at timestamptz DEFAULT 'epoch'")
    library.run(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';"
        "CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    library.do(EXPAND, FILL)
    assert library.rows("SELECT count(*) FROM people WHERE updated_at > 'epoch' OR uid IS NULL") == [(0,)]


def test_comments_of_keys_come_back(library: Library) -> None:
    library.run("COMMENT ON CONSTRAINT people_pkey ON people IS 'the key'")
    library.run("COMMENT ON CONSTRAINT books_owner_id_fkey ON books IS 'whose'")
    comments = (
        "SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint "
        "WHERE obj_description(oid, 'pg_constraint') IS NOT NULL ORDER BY 1"
    )
    library.do(EXPAND, FILL, SWITCH)
    library.undo()
    assert library.rows(comments) == [("books_owner_id_fkey", "whose"), ("people_pkey", "the key")]


def test_plan_shows_each_phase_and_what_is_left_to_a_person(library: Library) -> None:
    def planned() -> list[tuple[str, str]]:
        return [(step.kind, step.action) for step in plan_system(library.database, LIBRARY) if step.action != "keep"]

    assert {("uuid columns", "create"), ("uuid values", "fill")} <= set(planned())
    apply_system(library.database, LIBRARY, library.lines.append)
    assert planned() == [("text columns", "drop")] * 4


def test_an_application_without_rights_on_our_schema_goes_on(library: Library) -> None:
    library.run(
        "CREATE ROLE reader_writer; GRANT USAGE ON SCHEMA library TO reader_writer;"
        "GRANT SELECT (id, name), INSERT (id, name), UPDATE (id, name) ON people TO reader_writer"
    )
    try:
        library.do(EXPAND, FILL, SWITCH)
        library.run("SET ROLE reader_writer")
        library.run("INSERT INTO people (id, name) VALUES (%s, 'new')", A)
        library.run("UPDATE people SET id = %s WHERE id = %s", B, A)
        assert library.rows("SELECT name FROM people WHERE id = %s", B) == [("new",)]
        library.run("INSERT INTO people (uid, name) VALUES (%s, 'by uuid')", A)
        assert library.rows("SELECT name FROM people WHERE uid = %s", A) == [("by uuid",)]
        library.run("RESET ROLE")
    finally:
        library.run("RESET ROLE; DROP OWNED BY reader_writer; DROP ROLE reader_writer")
