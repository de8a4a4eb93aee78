"""What is not ours by registry and COMMENT is never taken over, written to or dropped, unless a person says so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.create_tables import adoption
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import plan_uninstall, uninstall
from denorm_assets.db.capture.declared import RESTORED
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.protected_tables import require_no_source
from denorm_assets.db.plan.consent import Consent
from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user
from denorm_assets.errors import (
    ControlSchemaTaken,
    DeclarationError,
    NameTaken,
    NotAdoptable,
    NotApplied,
    NotInPlace,
    StillInUse,
    TargetIsSource,
)
from denorm_assets.model.index import Index, on
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from denorm_assets.sql.control import migrations, query
from tests.integration.db.apply import test_rebuilding
from tests.integration.db.apply.test_rebuilding import SAME, apply, assert_done
from tests.integration.db.conftest import ITEMS, ITEMS_COPY, MakeCase
from tests.support.case import Case, case_of, pooled
from tests.support.live import AGREED

live = test_rebuilding.live
MakeLive = Callable[..., Case]

NOW = Debounce(quiet=0, max_wait=0)
ADOPT = Consent(adopt=frozenset({"shop/links"}))
COMMENT = "denorm_assets read model shop/links, code version 0123456789ab"
LIKE_OURS = (
    "CREATE TABLE links (id bigint PRIMARY KEY, body text NOT NULL); INSERT INTO links VALUES (1, 'mine'), (99, 'x')"
)
CALLING = """
CREATE TABLE items (id bigint PRIMARY KEY, n int NOT NULL);
INSERT INTO items SELECT n, n FROM generate_series(1, 20) AS n;
CREATE FUNCTION twice(n int) RETURNS int IMMUTABLE LANGUAGE sql RETURN n * 2;
"""
NAMESAKES = {
    "a table of the same columns and key": LIKE_OURS,
    "one with a copied COMMENT": f"{LIKE_OURS}; COMMENT ON TABLE links IS '{COMMENT}'",
    "a view": "CREATE VIEW links AS SELECT id, body FROM items",
    "a materialized view": f"CREATE MATERIALIZED VIEW links AS {ITEMS_COPY}; CREATE UNIQUE INDEX ON links (id)",
    "one with a copied COMMENT, too": (
        f"CREATE MATERIALIZED VIEW links AS {ITEMS_COPY}; COMMENT ON MATERIALIZED VIEW links IS '{COMMENT}'"
    ),
    "a sequence": "CREATE SEQUENCE links",
    "an index": "CREATE INDEX links ON items (body)",
    "a partition": (
        "CREATE TABLE whole (id bigint, body text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
        " CREATE TABLE links PARTITION OF whole FOR VALUES FROM (1) TO (100)"
    ),
    "a child": (
        "CREATE TABLE parent (id bigint PRIMARY KEY, body text);"
        " CREATE TABLE links (PRIMARY KEY (id)) INHERITS (parent)"
    ),
    "a type": "CREATE TYPE links AS ENUM ('a')",
    "a row type": "CREATE TYPE links AS (id bigint)",
    "a foreign table": (
        "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;"
        " CREATE FOREIGN TABLE links (id bigint, body text) SERVER files OPTIONS (filename '/dev/null')"
    ),
}
ALL = """
SELECT c.oid::regclass::text, c.relfilenode, obj_description(c.oid, 'pg_class'), c.xmin::text
FROM pg_class AS c WHERE c.relnamespace IN ('app'::regnamespace, to_regnamespace('denorm')) ORDER BY 1
"""


@pytest.mark.parametrize("refresh", [Debounced(), Full()], ids=["table", "view"])
@pytest.mark.parametrize("what", NAMESAKES)
def test_apply_namesake_of_read_model_is_refused_unchanged(
    make_case: MakeCase, what: str, refresh: Debounced | Full
) -> None:
    driving = () if isinstance(refresh, Full) else ("items.id",)
    ddl = f"{ITEMS.format(rows=3)};{NAMESAKES[what]}"
    try:
        case = make_case(ddl, ITEMS_COPY, refresh=refresh, driving=driving, apply=False)
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this server has no file_fdw")
    before = case.rows(ALL)
    for refused in (
        lambda: plan_system(case.database, case.system).steps,
        lambda: apply_system(case.database, case.system, AGREED),
        case.apply,
    ):
        with pytest.raises(NameTaken, match=r"app.links exists already and was not created by denorm-assets"):
            refused()
    assert case.rows(ALL) == before
    assert case.lines == []


@pytest.mark.parametrize("comment", [None, COMMENT])
def test_adopt_table_with_consent_counts_differing_rows_first(make_case: MakeCase, comment: str | None) -> None:
    case = make_case(f"{ITEMS.format(rows=3)};{LIKE_OURS}", ITEMS_COPY, apply=False)
    if comment is not None:
        case.run(f"COMMENT ON TABLE links IS '{comment}'")
    difference = (
        "rows of the table that are not in the definition, which the backfill removes or corrects: 2; "
        "rows of the definition that are not in the table: 3"
    )
    steps = plan_system(case.database, case.system, ADOPT.adopt).steps
    assert [step.action for step in steps if step.kind == "table"] == ["adopt"]
    assert adoption(case.database, case.system, case.model) == difference
    with pytest.raises(NameTaken, match="run `denorm-assets plan --adopt shop/links`, which shows how many"):
        case.apply()
    apply_system(case.database, case.system, ADOPT)
    [said, done] = [line for line in case.lines if line.startswith("table app.links")]
    assert (said, done) == (f"table app.links is to be adopted: {difference}", "table app.links: adopt")
    assert case.rows("SELECT * FROM links ORDER BY id") == [(1, "mine"), (99, "x")], "rows are the backfill's"
    assert case.registered().state == "declared"
    case.apply()
    case.load()
    case.finish()
    case.assert_right()
    assert plan_uninstall(case.database, case.system)
    uninstall(case.database, case.system)
    assert case.value("SELECT to_regclass('links')") is None


@pytest.mark.parametrize(
    "made",
    [
        "TABLE links (id bigint PRIMARY KEY, body text NOT NULL, more int)",
        "TABLE links (id bigint PRIMARY KEY)",
        "TABLE links (id int PRIMARY KEY, body text NOT NULL)",
        "TABLE links (id bigint, body text NOT NULL)",
        "VIEW links AS SELECT id, body FROM items",
        "SEQUENCE links",
    ],
)
def test_adopt_object_of_other_shape_is_refused(make_case: MakeCase, made: str) -> None:
    case = make_case(f"{ITEMS.format(rows=3)}; CREATE {made}", ITEMS_COPY, apply=False)
    before = case.rows(ALL)
    for refused in (
        lambda: plan_system(case.database, case.system, ADOPT.adopt).steps,
        lambda: apply_system(case.database, case.system, ADOPT),
    ):
        with pytest.raises(NotAdoptable):
            refused()
    assert case.rows(ALL) == before


def test_adopt_table_of_other_system_is_refused(items: Callable[..., Case]) -> None:
    case = items(3)
    store = replace(case.system, name="store")
    with pytest.raises(NameTaken, match="is the read model shop/links already"):
        apply_system(case.database, store, Consent(frozenset({"store/links"})))


def test_apply_table_missing_from_registry_needs_adopt(items: Callable[..., Case]) -> None:
    case = items(10)
    case.load()
    case.run("DELETE FROM denorm.read_model")
    for system in (case.system, replace(case.system, name="store")):
        case.system = system
        with pytest.raises(NameTaken):
            case.apply()
    case.apply(Consent(frozenset({"store/links"})))
    case.load()
    case.assert_right()


SOURCES = {
    "itself": ("", "items", "SELECT id, body FROM items WHERE id > 1"),
    "a partition of its source": (
        "CREATE TABLE pt (id bigint PRIMARY KEY, body text NOT NULL) PARTITION BY RANGE (id);"
        " CREATE TABLE pt_1 PARTITION OF pt FOR VALUES FROM (1) TO (100)",
        "pt_1",
        "SELECT id, body FROM pt",
    ),
    "the parent of its source": (
        "CREATE TABLE pt (id bigint PRIMARY KEY, body text NOT NULL) PARTITION BY RANGE (id);"
        " CREATE TABLE pt_1 PARTITION OF pt FOR VALUES FROM (1) TO (100)",
        "pt",
        "SELECT id, body FROM pt_1",
    ),
    "a child of its source": (
        "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (items)",
        "child",
        ITEMS_COPY,
    ),
    "what a view reads": ("CREATE VIEW seen AS SELECT * FROM items", "items", "SELECT id, body FROM seen"),
    "what a view of a view reads": (
        "CREATE VIEW seen AS SELECT * FROM items; CREATE VIEW again AS SELECT * FROM seen",
        "items",
        "SELECT id, body FROM again",
    ),
}


@pytest.mark.parametrize("refresh", [Debounced(), Full()], ids=["table", "view"])
@pytest.mark.parametrize("what", SOURCES)
def test_apply_read_model_named_like_its_source_is_refused(
    make_case: MakeCase, what: str, refresh: Debounced | Full
) -> None:
    ddl, name, definition = SOURCES[what]
    case = make_case(f"{ITEMS.format(rows=3)};{ddl}", definition, driving=(), refresh=refresh, apply=False)
    case.redeclare(name=name)
    before = case.rows(ALL)
    consent = Consent(frozenset({f"shop/{name}"}), loss=True)
    for refused in (
        lambda: plan_system(case.database, case.system).steps,
        lambda: plan_system(case.database, case.system, consent.adopt).steps,
        lambda: apply_system(case.database, case.system, consent),
        lambda: case.apply(consent),
    ):
        with pytest.raises(TargetIsSource, match=f"app.{name} is read by its own definition"):
            refused()
    assert case.rows(ALL) == before


def second(case: Case, name: str, text: str) -> ReadModel:
    path = case.model.definition.path.with_name(f"{name}.sql")
    path.write_text(text)
    return ReadModel(name, SqlFile(path), ("id",))


def test_adopt_source_of_other_read_model_is_refused(items: Callable[..., Case]) -> None:
    case = items(3)
    case.run("CREATE TABLE other (id bigint PRIMARY KEY, body text NOT NULL)")
    taking = second(case, "items", "SELECT id, body FROM other")
    consent = Consent(frozenset({"shop/items", "store/items"}))
    with_it = replace(case.system, phases=(Phase("first", (case.model, taking)),))
    # Another system knows only from the registry what is a source.
    alone = replace(case.system, name="store", phases=(Phase("first", (taking,)),))
    for system, reader in ((with_it, "the definition of shop/links"), (alone, "a read model of another system")):
        with pytest.raises(TargetIsSource, match=f"app.items is read by {reader}"):
            apply_system(case.database, system, consent)


def test_apply_read_models_reading_each_other_are_refused(live: MakeLive) -> None:
    case = live(driving=())
    chained = second(case, "chained", "SELECT id, body FROM links")
    case.system = replace(case.system, phases=(*case.system.phases, Phase("second", (chained,))))
    apply(case)
    case.redefine("SELECT l.id, l.body FROM chained AS l")
    with pytest.raises(DeclarationError, match=r"shop/(links|chained) reads shop/(links|chained), which reads"):
        apply(case)


def test_adopt_table_read_by_chain_is_refused(make_case: MakeCase) -> None:
    case = make_case(ITEMS.format(rows=3), ITEMS_COPY, apply=False)
    chained = second(case, "chained", "SELECT id, body FROM links")
    first = Phase("first", (case.model,))
    with case.database.session("app") as session:
        require_no_source(session, replace(case.system, phases=(first, Phase("second", (chained,)))), [case.model])
    case.run(LIKE_OURS)
    case.system = replace(case.system, phases=(first, Phase("second", (chained,))))
    with pytest.raises(TargetIsSource, match=r"app.links is read by the definition of shop/chained"):
        apply_system(case.database, case.system, ADOPT)


MOVED = {
    "renamed": ("ALTER TABLE links RENAME TO old", "app.old"),
    "moved": ("CREATE SCHEMA attic; ALTER TABLE links SET SCHEMA attic", "attic.links"),
}


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW)], ids=["debounced", "realtime"])
@pytest.mark.parametrize("how", MOVED)
def test_refresh_other_table_in_place_of_ours_is_never_written(
    live: MakeLive, how: str, refresh: Debounced | Realtime
) -> None:
    case = live(refresh=refresh)
    done, now = MOVED[how]
    case.run(done)
    with pytest.raises(NotInPlace, match=f"app.links is gone; its table is {now} now"):
        apply(case)
    with pytest.raises(NotApplied):
        case.load(again=True)
    case.run(f"CREATE TABLE links (LIKE {now} INCLUDING ALL); COMMENT ON TABLE links IS '{COMMENT}'")
    case.run("INSERT INTO links VALUES (-1, 'not ours')")
    case.write("UPDATE items SET body = 'changed'; DELETE FROM items WHERE id > 3")
    for refused in (lambda: case.load(again=True), case.refresh, case.finish):
        with pytest.raises(NotInPlace, match=f"app.links is not the table .* its table is {now} now"):
            refused()
    with pytest.raises(NameTaken):
        apply(case)
    [looked] = case.refresh_if_due()
    assert f"its table is {now} now" in str(looked.error)
    assert case.rows("SELECT * FROM links") == [(-1, "not ours")]
    uninstall(case.database, case.system)
    assert case.rows("SELECT * FROM links") == [(-1, "not ours")]
    assert case.value(f"SELECT to_regclass('{now}')") is None


def test_refresh_table_renamed_away_and_back_becomes_right(live: MakeLive) -> None:
    case = live(refresh=Realtime())
    case.run("ALTER TABLE links RENAME TO old")
    case.write("UPDATE items SET body = 'changed'")
    case.run("ALTER TABLE old RENAME TO links")
    case.refresh()
    assert_done(case)


def test_apply_system_with_other_schema_creates_no_second_table(live: MakeLive) -> None:
    case = live()
    case.run("CREATE SCHEMA later")
    case.redefine("SELECT id, body FROM app.items")
    case.redeclare(backfill=None)
    case.system = replace(case.system, schema="later")
    with pytest.raises(NotInPlace, match=r"later.links is gone; its table is app.links now"):
        apply(case)
    case.run("ALTER TABLE app.links SET SCHEMA later")
    apply(case)
    case.assert_right()


def dump_and_restore(case: Case, url: str) -> None:
    """Put the schemas of `case` into the database at `url` by pg_dump; in the same one they are dropped first."""
    folder = find_binaries(None, server_user()).folder

    def environ(of: str) -> dict[str, str]:
        parts = conninfo_to_dict(of)
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
        return {**os.environ, **{name: str(parts[part]) for name, part in names.items()}}

    dump = [folder / "pg_dump", "-n", "app", "-n", "denorm"]
    dumped = subprocess.run(dump, env=environ(case.url), capture_output=True, check=True).stdout
    if url == case.url:
        case.run("DROP SCHEMA app, denorm CASCADE")
    restore = [folder / "psql", "-q", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(restore, env=environ(url), input=dumped, check=True, capture_output=True)


@pytest.mark.parametrize("same", [False, True], ids=["another database", "the same database"])
@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)])
def test_kept_fresh_restored_dump_with_pending_changes_fails_until_apply(
    make_case: MakeCase, new_database: Callable[[str], str], refresh: Refresh, same: bool
) -> None:
    case = make_case(CALLING, "SELECT id, app.twice(n) AS n FROM items", driving=(), refresh=refresh)
    case.refresh()
    case.write("UPDATE items SET n = 5 WHERE id < 9")
    url = case.url if same else new_database("template0")
    dump_and_restore(case, url)
    restored = case_of(pooled(url), url, case.system)
    try:
        check = restored.checks()["kept_fresh"]
        assert not check.passed
        assert {row["fault"] for row in check.rows} == {RESTORED}
        assert check.summary.endswith("run `denorm-assets apply`, or materialize its phase")
        [refreshed] = restored.refresh_if_due()
        assert refreshed.error is not None
        assert "was restored from a dump since `apply` ran, so that app.items is a new table" in refreshed.error
        assert "columns that it uses changed" not in refreshed.error
        restored.apply()
        restored.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
        assert [found.error for found in restored.refresh_if_due()] == [None]
        restored.assert_right()
        assert restored.checks()["kept_fresh"].passed
    finally:
        restored.close()


@pytest.mark.parametrize("same", [False, True], ids=["another database", "the same database"])
def test_apply_restored_dump_keeps_its_read_models(
    live: MakeLive, new_database: Callable[[str], str], same: bool
) -> None:
    case = live()
    url = case.url if same else new_database("template0")
    dump_and_restore(case, url)
    restored = case_of(pooled(url), url, case.system)
    try:
        with restored.database.session() as session:
            assert control_schema.installed(session)
        restored.load(again=True)
        apply(restored)
        restored.write("UPDATE items SET body = 'after the restore' WHERE id < 9")
        restored.refresh()
        assert_done(restored)
        # From now on, OIDs count again.
        restored.run(f"ALTER TABLE links RENAME TO old; {LIKE_OURS}; COMMENT ON TABLE links IS '{COMMENT}'")
        with pytest.raises(NameTaken):
            apply(restored)
    finally:
        restored.close()


def of_the_release_before(case: Case) -> None:
    """Have the control schema as the release before left it, which had fourteen migrations and the same registry."""
    case.run("ALTER TABLE denorm.read_model RENAME COLUMN generation TO era; ALTER SCHEMA denorm RENAME TO newer")
    with case.database.session() as session:
        session.execute(query("schema", "create_schema"))
        session.execute(query("schema", "create_migration_table"))
        for version, name, text in migrations()[:14]:
            session.script(text)
            session.execute(query("schema", "record_migration", version=version, name=name))
    for table in ("read_model", "source", "dependency", "id_range", "range_progress"):
        columns = case.value(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [f"denorm.{table}"],
        )
        case.run(f"INSERT INTO denorm.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM newer.{table}")
    case.run("DROP SCHEMA newer CASCADE")


def test_apply_registry_of_release_before_keeps_its_tables(live: MakeLive) -> None:
    case = live()
    of_the_release_before(case)
    assert {step.action for step in plan_system(case.database, case.system).steps if step.kind == "table"} == {"keep"}
    case.redefine(SAME)
    assert {step.action for step in plan_system(case.database, case.system).steps if step.kind == "table"} == {
        "rebuild"
    }
    apply(case)
    assert_done(case)


def test_apply_table_unknown_to_release_before_is_refused(live: MakeLive) -> None:
    case = live()
    case.run(f"DROP TABLE links; {LIKE_OURS}")
    of_the_release_before(case)
    for refused in (lambda: plan_system(case.database, case.system).steps, lambda: apply(case)):
        with pytest.raises(NameTaken):
            refused()
    assert case.value("SELECT count(*) FROM links") == 2


def test_uninstall_table_with_copied_comment_is_kept(live: MakeLive) -> None:
    case = live(indexes=[Index("body")])
    case.run(f"CREATE TABLE kept (LIKE links INCLUDING ALL); COMMENT ON TABLE kept IS '{COMMENT}'")
    case.run(f"CREATE SCHEMA attic; CREATE TABLE attic.links (id int); COMMENT ON TABLE attic.links IS '{COMMENT}'")
    case.run("CREATE TABLE denorm_next_1 (id int)")
    case.run("COMMENT ON TABLE denorm_next_1 IS 'denorm_assets read model shop/denorm_next_1, code version 0'")
    apply(case)
    uninstall(case.database, case.system)
    found = case.rows("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relname ~ 'kept|links|next'")
    assert sorted(found) == [("attic.links",), ("denorm_next_1",), ("kept",)]


INDEX_NAMES = {
    "the application's index on the same table": "CREATE INDEX items_body_idx ON items (body)",
    "one on another table": "CREATE TABLE more (id int); CREATE INDEX items_body_idx ON more (id)",
    "a table": "CREATE TABLE items_body_idx (id int)",
}


@pytest.mark.parametrize("what", INDEX_NAMES)
def test_apply_application_index_with_declared_name_is_refused_unchanged(make_case: MakeCase, what: str) -> None:
    case = make_case(f"{ITEMS.format(rows=3)}; {INDEX_NAMES[what]}", ITEMS_COPY, apply=False)
    wanted = Phase("indexes", indexes=(on("items", Index("body"), query="none"),))
    case.system = replace(case.system, phases=(*case.system.phases, wanted))
    before = case.rows(ALL)
    for refused in (lambda: plan_system(case.database, case.system).steps, lambda: apply(case)):
        with pytest.raises(NameTaken, match=r"the index items_body_idx of app.items cannot be created"):
            refused()
    assert case.rows(ALL) == before


def test_finish_index_name_taken_by_table_is_refused(make_case: MakeCase) -> None:
    case = make_case(
        f"{ITEMS.format(rows=3)}; CREATE TABLE links_body_idx (id int)", ITEMS_COPY, indexes=[Index("body")]
    )
    case.load()
    for refused in (case.finish, lambda: plan_system(case.database, case.system).steps):
        with pytest.raises(NameTaken, match="links_body_idx exists already"):
            refused()


def test_apply_view_key_index_name_taken_is_refused(make_case: MakeCase) -> None:
    ddl = f"{ITEMS.format(rows=3)}; CREATE TABLE links_pkey (id int)"
    case = make_case(ddl, ITEMS_COPY, driving=(), refresh=Full(), apply=False)
    for refused in (lambda: plan_system(case.database, case.system).steps, case.apply):
        with pytest.raises(NameTaken, match="links_pkey exists already"):
            refused()


CONTROL = {
    "with tables of the application": "CREATE SCHEMA denorm; CREATE TABLE denorm.orders (id int)",
    "with a table called like ours": "CREATE SCHEMA denorm; CREATE TABLE denorm.migration (version int, name text)",
    "with migrations of the application": (
        "CREATE SCHEMA denorm; CREATE TABLE denorm.migration (version int, name text, applied_at timestamptz);"
        " INSERT INTO denorm.migration SELECT n, 'orders' FROM generate_series(1, 20) AS n"
    ),
    "with a function": "CREATE SCHEMA denorm; CREATE FUNCTION denorm.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "with a type": "CREATE SCHEMA denorm; CREATE DOMAIN denorm.text AS text",
}


@pytest.mark.parametrize("what", CONTROL)
def test_apply_schema_denorm_of_application_is_refused(make_case: MakeCase, what: str) -> None:
    case = make_case(f"{ITEMS.format(rows=3)}; {CONTROL[what]}", ITEMS_COPY, apply=False)
    before = case.rows(ALL)
    for refused in (lambda: plan_system(case.database, case.system).steps, lambda: apply(case), case.apply):
        with pytest.raises(ControlSchemaTaken):
            refused()
    assert case.rows(ALL) == before


def test_apply_empty_schema_denorm_of_other_role_is_refused(make_case: MakeCase) -> None:
    case = make_case(ITEMS.format(rows=3), ITEMS_COPY, apply=False)
    guest = f"guest_{case.value('SELECT current_database()')}"
    case.run(f"CREATE ROLE {guest}; CREATE SCHEMA denorm AUTHORIZATION {guest}")
    try:
        with pytest.raises(ControlSchemaTaken, match=f"belongs to the role {guest}"):
            case.apply()
        case.run("ALTER SCHEMA denorm OWNER TO CURRENT_USER")
        case.apply()
    finally:
        case.run(f"DROP OWNED BY {guest}; DROP ROLE {guest}")


def test_uninstall_application_table_in_schema_denorm_is_refused(items: Callable[..., Case]) -> None:
    case = items(3)
    case.run("CREATE TABLE denorm.orders (id int)")
    with pytest.raises(StillInUse, match=r"the schema denorm holds what is not ours: .*denorm.orders"):
        uninstall(case.database, case.system)
    assert case.value("SELECT count(*) FROM denorm.read_model") == 1
    case.run("ALTER TABLE denorm.orders SET SCHEMA app")
    uninstall(case.database, case.system)
    assert case.value("SELECT to_regclass('orders')") == "orders"
