"""Identifiers in tables that are not plain: what follows, what comes back, and what is refused up front."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.table_changes.phase_work import do_work, plan_work
from denorm_assets.errors import IdentifierRefused, WorkNotDone, WorkNotUndone
from denorm_assets.model.schema_change import Expand, Identifiers
from denorm_assets.model.system import Phase
from tests.integration.db.apply.test_uninstalling import dumped
from tests.support.identifiers.application import Library
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, PHASES, SWITCH

A, B = "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0001", "0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f0002"


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    return make_library(people=10, books=40, tags=5, book_tags=10)


def test_abort_new_table_referring_to_uuid_is_refused_and_contract_works(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("CREATE TABLE loans (person uuid REFERENCES people (uid))")
    assert library.done() == [True, True, True, False]
    before = library.shape()
    with pytest.raises(WorkNotUndone, match=r"library.loans refer to uuid columns of library.people"):
        library.undo()
    with pytest.raises(WorkNotUndone, match=r"library.loans"):
        uninstall(library.database, LIBRARY)
    assert library.shape() == before
    library.do(CONTRACT)
    assert library.done() == [True] * 4


def test_expand_text_with_default_keeps_given_uuid(library: Library) -> None:
    library.run("ALTER TABLE people ALTER id SET DEFAULT gen_random_uuid()::text")
    library.do(EXPAND)
    library.run("INSERT INTO people (uid, name) VALUES (%s, 'by uuid')", A)
    library.run("INSERT INTO people (id, name) VALUES (%s, 'by text')", B)
    library.run("INSERT INTO people (name) VALUES ('by neither')")
    rows = library.rows("SELECT name, id, uid::text FROM people WHERE name LIKE 'by%' ORDER BY name DESC")
    assert rows[:2] == [("by uuid", A, A), ("by text", B, B)]
    assert rows[2][1] == rows[2][2]


def test_expand_default_on_both_columns_fails_check_and_is_fixed(library: Library) -> None:
    library.run("ALTER TABLE people ALTER id SET DEFAULT gen_random_uuid()::text")
    library.do(EXPAND, FILL)
    library.run("ALTER TABLE people ALTER uid SET DEFAULT gen_random_uuid()")
    assert not library.done()[0], "the check `catalog` fails, too"
    library.do(EXPAND)
    library.run("INSERT INTO people (id, name) VALUES (%s, 'by text')", A)
    assert library.rows("SELECT id, uid::text FROM people WHERE name = 'by text'") == [(A, A)]


def test_contract_default_of_text_moves_to_uuid(library: Library) -> None:
    library.run("ALTER TABLE people ALTER id SET DEFAULT gen_random_uuid()::text")
    library.do(*PHASES)
    library.run("INSERT INTO people (name) VALUES ('new')")
    assert library.rows("SELECT count(DISTINCT uid), count(*) FROM people") == [(11, 11)]


def test_switch_dropping_text_column_by_hand_is_refused(library: Library) -> None:
    """Else every write to the table would fail from then on."""
    library.do(EXPAND, FILL, SWITCH)
    with pytest.raises(psycopg.errors.DependentObjectsStillExist, match="drop column owner_id of table"):
        library.run("ALTER TABLE books DROP COLUMN owner_id")
    library.run("UPDATE books SET title = title || '.'")


@pytest.mark.parametrize("ddl", ["RENAME uid TO id", "ADD id bigint"])
def test_contract_done_old_column_name_may_be_reused(library: Library, ddl: str) -> None:
    library.do(*PHASES)
    library.run(f"ALTER TABLE people {ddl}")
    before = library.shape()
    assert library.done() == [True] * 4
    assert library.do(*PHASES) == []
    assert library.shape() == before


def test_identifier_trigger_row_from_replication_gets_uuid(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("SET session_replication_role = replica")
    library.run("INSERT INTO people (id, name) VALUES (%s, 'replicated')", A)
    assert library.rows("SELECT uid::text FROM people WHERE name = 'replicated'") == [(A,)]


def test_identifiers_reference_to_missing_row_is_refused_even_after_switch(library: Library) -> None:
    library.do(EXPAND, FILL)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        library.run("UPDATE books SET lent_to = 'nobody'")
    library.do(SWITCH)
    with pytest.raises(psycopg.errors.CheckViolation, match="denorm_lent_to_uid_with_text"):
        library.run("UPDATE books SET lent_to = 'nobody'")
    library.run("UPDATE books SET lent_to = NULL")
    library.undo()
    assert not [row for row in library.shape() if "uid" in str(row)]


def test_plan_fill_names_triggers_that_will_run(library: Library) -> None:
    """None, where they can be left out: not beside one of ours that has to see what changes."""
    library.do(EXPAND)
    library.run("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    library.run("CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION f()")

    def why() -> str:
        with library.database.session("library") as session:
            return next(step.why for step in plan_work(session, LIBRARY, FILL) if step.name == "library.people")

    assert why() == ""
    library.run("CREATE FUNCTION denorm.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    library.run("CREATE TRIGGER ours AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION denorm.f()")
    assert why() == "touch run for every row that is filled"


def test_expand_tables_with_similar_names_get_own_triggers(library: Library) -> None:
    library.run("CREATE SCHEMA library_a; CREATE TABLE library.a_b (id text PRIMARY KEY)")
    library.run("CREATE TABLE library_a.b (code text PRIMARY KEY)")
    both = Identifiers("library.a_b.id", "library_a.b.code")
    do_work(library.database, LIBRARY, Phase("phase", work=Expand(both)))
    library.run("INSERT INTO a_b VALUES (%s)", A)
    library.run("INSERT INTO library_a.b VALUES (%s)", A)
    assert library.rows("SELECT uid::text, code_uid::text FROM a_b, library_a.b") == [(A, A)]


def test_uninstall_switched_table_was_dropped_undoes_rest(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run("DROP TABLE tags CASCADE")
    uninstall(library.database, LIBRARY)
    assert not [row for row in library.shape() if "uid" in str(row[1]) or "denorm" in str(row[1])]
    library.run("INSERT INTO people VALUES (%s, 'new')", A)


def test_switch_and_abort_two_foreign_keys_of_one_column_keep_both(library: Library) -> None:
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


def test_switch_application_index_with_our_name_is_refused(library: Library) -> None:
    library.run("CREATE UNIQUE INDEX people_id_key ON people (id, name)")
    before = library.shape()
    with pytest.raises(IdentifierRefused, match="people_id_key"):
        library.do(EXPAND, FILL, SWITCH)
    assert library.shape() == before


def test_abort_second_unique_index_on_key_is_kept(library: Library) -> None:
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
        ("COMMENT ON INDEX people_pkey IS 'an index'", "COMMENT"),
        ("ALTER INDEX people_pkey SET (fillfactor = 70)", "storage parameters"),
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
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER lending AFTER UPDATE OF lent_to ON books FOR EACH ROW EXECUTE FUNCTION f()",
            "trigger lending .*any UPDATE",
        ),
        (
            "CREATE VIEW busy AS SELECT p.id, p.name, count(*) FROM people AS p JOIN books AS b ON b.owner_id = p.id "
            "GROUP BY p.id",
            "view library.busy .*GROUP BY",
        ),
    ],
)
def test_expand_unsupported_table_feature_is_refused_unchanged(library: Library, ddl: str, message: str) -> None:
    library.run("CREATE TABLE pairs (a varchar REFERENCES people, b varchar REFERENCES books, PRIMARY KEY (a, b))")
    library.run(ddl)
    before = library.shape()
    with pytest.raises(IdentifierRefused, match=message):
        library.do(EXPAND)
    assert library.shape() == before


def test_fill_application_update_trigger_does_not_run(library: Library) -> None:
    library.run("ALTER TABLE people ADD updated_at timestamptz DEFAULT 'epoch'")
    library.run(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';"
        "CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    library.do(EXPAND, FILL)
    assert library.rows("SELECT count(*) FROM people WHERE updated_at > 'epoch' OR uid IS NULL") == [(0,)]


def test_abort_comments_on_keys_are_restored(library: Library) -> None:
    library.run("COMMENT ON CONSTRAINT people_pkey ON people IS 'the key'")
    library.run("COMMENT ON CONSTRAINT books_owner_id_fkey ON books IS 'whose'")
    comments = (
        "SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint "
        "WHERE obj_description(oid, 'pg_constraint') IS NOT NULL ORDER BY 1"
    )
    library.do(EXPAND, FILL, SWITCH)
    library.undo()
    assert library.rows(comments) == [("books_owner_id_fkey", "whose"), ("people_pkey", "the key")]


_SETTINGS = """
ALTER TABLE people ALTER id SET STATISTICS 321, REPLICA IDENTITY FULL, ADD CONSTRAINT filled CHECK (id <> '');
ALTER TABLE people RENAME CONSTRAINT people_pkey TO a_name;
COMMENT ON TABLE people IS 'persons';
COMMENT ON COLUMN people.id IS 'an identifier';
COMMENT ON CONSTRAINT tags_owner_id_name_key ON tags IS 'unique';
CREATE PUBLICATION published FOR TABLE people, books;
GRANT SELECT ON people TO PUBLIC;
GRANT UPDATE (id) ON people TO PUBLIC;
CREATE INDEX ix ON books (owner_id, title);
ALTER TABLE books CLUSTER ON ix;
CREATE INDEX iy ON books (title) INCLUDE (owner_id);
CREATE STATISTICS st ON id, name FROM people;
CREATE TABLE a (id text PRIMARY KEY REFERENCES people, b_id text);
CREATE TABLE b (id text PRIMARY KEY, a_id text REFERENCES a DEFERRABLE);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b ON UPDATE CASCADE;
"""


@pytest.mark.parametrize("reached", [1, 3])
def test_uninstall_expanded_or_switched_tables_restores_same_dump(library: Library, reached: int) -> None:
    library.run(_SETTINGS)
    before = sorted(dumped(library.url))
    library.do(*PHASES[:reached])
    uninstall(library.database, LIBRARY)
    # Rows lie in another order.
    assert sorted(dumped(library.url)) == before


def test_plan_schema_phases_after_apply_leaves_only_contract(library: Library) -> None:
    def planned() -> list[tuple[str, str]]:
        return [
            (step.kind, step.action) for step in plan_system(library.database, LIBRARY).steps if step.action != "keep"
        ]

    assert {("uuid columns", "create"), ("uuid values", "fill")} <= set(planned())
    apply_system(library.database, LIBRARY)
    assert planned() == [("text columns", "drop")] * 4


def test_switch_application_role_without_denorm_rights_still_writes(library: Library) -> None:
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


def test_switch_table_with_row_security_fills_all_and_lets_tenant_write(library: Library) -> None:
    library.run(
        "CREATE ROLE library_owner NOLOGIN; CREATE ROLE library_tenant NOLOGIN;"
        "GRANT USAGE ON SCHEMA library TO library_owner, library_tenant;"
        "ALTER TABLE people OWNER TO library_owner; GRANT SELECT, INSERT, UPDATE, DELETE ON people TO library_tenant;"
        "ALTER TABLE people ENABLE ROW LEVEL SECURITY; ALTER TABLE people FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY own ON people USING (name = 'mine') WITH CHECK (name = 'mine')"
    )
    try:
        before = library.shape()
        library.do(EXPAND, FILL, SWITCH)
        library.run("SET ROLE library_tenant")
        library.run("INSERT INTO people (id, name) VALUES (%s, 'mine')", A)
        library.run("INSERT INTO people (uid, name) VALUES (%s, 'mine')", B)
        assert library.rows("SELECT id, uid::text FROM people ORDER BY id") == [(A, A), (B, B)]
        library.run("UPDATE people SET id = %s WHERE uid = %s", A[:-1] + "9", A)
        library.run("DELETE FROM people WHERE id = %s", B)
        library.run("RESET ROLE")
        assert library.rows("SELECT count(*) FROM people WHERE uid::text IS DISTINCT FROM id") == [(0,)]
        library.undo()
        assert library.shape() == before
    finally:
        library.run("RESET ROLE; REASSIGN OWNED BY library_owner TO CURRENT_USER")
        library.run("DROP OWNED BY library_owner, library_tenant; DROP ROLE library_owner, library_tenant")


def test_contract_and_abort_column_used_by_policy_are_refused(library: Library) -> None:
    library.do(EXPAND, FILL, SWITCH)
    library.run(
        "CREATE POLICY by_text ON people USING (id <> ''); CREATE POLICY by_uuid ON people USING (uid <> id::uuid)"
    )
    before = library.shape()
    with pytest.raises(WorkNotDone, match=r"by_text.* library.people"):
        library.do(CONTRACT)
    with pytest.raises(WorkNotUndone, match=r"by_uuid.* library.people"):
        library.undo()
    assert library.shape() == before


def test_identifier_phases_every_kind_of_write_still_works(library: Library) -> None:
    library.run("CREATE TABLE staged (LIKE people)")
    number = 0
    for phase in (EXPAND, FILL, SWITCH):
        library.do(phase)
        old, new, copied = (f"0b5f1b9e-7e0e-4ab3-a3c3-3a5b1d2f{number + n:04}" for n in range(3))
        number += 3
        for _ in range(2):
            library.run(
                "INSERT INTO people (id, name) VALUES (%s, 'o') ON CONFLICT (id) DO UPDATE SET name = 'old'", old
            )
        with library.application.cursor().copy("COPY people (id, name) FROM STDIN") as copy:
            copy.write_row((copied, "copied"))
        library.run("TRUNCATE staged")
        library.run("INSERT INTO staged VALUES (%s, 'merged'), (%s, 'merged')", new, old)
        library.run(
            "MERGE INTO people AS p USING staged AS s ON p.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name "
            "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"
        )
        with library.application.transaction():
            # Deferred: who is lent to comes later.
            book, reader = str(uuid4()), str(uuid4())
            library.run("INSERT INTO books (id, owner_id, lent_to, title) VALUES (%s, %s, %s, 'x')", book, old, reader)
            library.run("INSERT INTO people (id, name) VALUES (%s, 'later')", reader)
    library.run(
        "INSERT INTO people (uid, name) VALUES (%s, 'new') ON CONFLICT (uid) DO UPDATE SET name = 'by uuid'", new
    )
    assert library.rows("SELECT name, uid::text FROM people WHERE id = %s", new) == [("by uuid", new)]
    library.run("WITH gone AS (DELETE FROM people WHERE uid = %s RETURNING *) SELECT FROM gone", new)
    assert library.rows("SELECT count(*) FROM people WHERE uid::text IS DISTINCT FROM id") == [(0,)]
    assert library.rows("SELECT count(*) FROM books WHERE lent_to_uid::text IS DISTINCT FROM lent_to") == [(0,)]
