"""Creating tables: once, whoever else does it at the same time; refused where something else stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.control import control_schema
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import (
    CommentLost,
    ConfigurationError,
    ControlSchemaTooNew,
    DefinitionError,
    MissingPrivilege,
    NameTaken,
    NeedsRebuild,
    NotApplied,
)
from denorm_assets.model.index import Index, references
from denorm_assets.sql.control import migrations
from tests.integration.db.conftest import ITEMS_COPY, MakeCase
from tests.support.case import Case, as_role, together
from tests.support.case_process import Worker

EVERYTHING_OF_OURS = """
SELECT c.oid::regclass::text, c.relfilenode, obj_description(c.oid), s.xmin::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN (SELECT oid, xmin FROM pg_class) AS s ON s.oid = c.oid
WHERE n.nspname IN ('app', 'denorm') ORDER BY 1
"""


def test_plan_unapplied_system_lists_steps_and_changes_nothing(items: Callable[..., Case]) -> None:
    case = items(10, apply=False, indexes=[Index("body")], references=[references("id", "items.id", foreign_key=True)])
    before = case.rows(EVERYTHING_OF_OURS)
    steps = plan_system(case.database, case.system).steps
    assert [(step.kind, step.name, step.action) for step in steps[1:]] == [
        ("table", "app.links", "create"),
        ("capture", "app.items", "create"),
        ("index", "links_body_idx", "create"),
        ("foreign key", "links_id_fkey", "create"),
    ]
    assert (steps[0].kind, steps[0].action) == ("control schema", "migrate")
    assert case.rows(EVERYTHING_OF_OURS) == before
    assert model_status(case.database, case.system, case.model).state == "absent"


def test_apply_second_time_changes_nothing(items: Callable[..., Case]) -> None:
    case = items(1_200, indexes=[Index("body")], references=[references("id", "items.id", foreign_key=True)])
    case.load()
    apply_system(case.database, case.system)
    assert case.registered().state == "live"
    before, rows = case.rows(EVERYTHING_OF_OURS), case.snapshot()
    steps = apply_system(case.database, case.system)
    assert {step.action for step in steps} == {"keep"}
    assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep"}
    assert case.rows(EVERYTHING_OF_OURS) == before
    assert case.snapshot() == rows


@pytest.mark.parametrize("what", ["table", "view", "materialized view", "partitioned table"])
def test_apply_name_taken_by_other_object_is_refused_unchanged(make_case: MakeCase, what: str) -> None:
    made = {
        "table": "TABLE links (id bigint PRIMARY KEY, body text, more int)",
        "view": "VIEW links AS SELECT id, body FROM items",
        "materialized view": "MATERIALIZED VIEW links AS SELECT id, body FROM items",
        "partitioned table": "TABLE links (id bigint, body text) PARTITION BY RANGE (id)",
    }[what]
    case = make_case(
        f"CREATE TABLE items (id bigint PRIMARY KEY, body text); INSERT INTO items VALUES (1, 'x'); CREATE {made}",
        ITEMS_COPY,
        apply=False,
    )
    before = case.rows(EVERYTHING_OF_OURS)
    with pytest.raises((NeedsRebuild, NameTaken)):
        case.apply()
    assert case.rows(EVERYTHING_OF_OURS) == before


def test_apply_table_of_other_system_is_refused_until_uninstall(items: Callable[..., Case]) -> None:
    case = items(10)
    case.load()
    case.finish()
    before, shop = case.rows(EVERYTHING_OF_OURS), case.system
    store = replace(shop, name="store")
    for refused in (
        lambda: plan_system(case.database, store).steps,
        lambda: apply_system(case.database, store),
    ):
        with pytest.raises(NameTaken, match=r"app.links is the read model shop/links already.*uninstall shop` first"):
            refused()
    assert case.rows(EVERYTHING_OF_OURS) == before
    case.run("COMMENT ON TABLE links IS 'denorm_assets read model store/links, code version 0123456789ab'")
    case.system = store
    with pytest.raises(NameTaken):
        case.apply()
    case.system = shop
    with pytest.raises(CommentLost, match="Restore it with `COMMENT ON TABLE") as refused:
        case.apply()
    case.run(str(refused.value).split("`")[1])
    case.apply()
    uninstall(case.database, shop)
    case.system = store
    case.apply()
    case.load()
    case.assert_right()


def test_apply_dropped_table_is_created_and_needs_backfill(items: Callable[..., Case]) -> None:
    """What PostgreSQL says is done must not outlive the rows."""
    case = items(1_200)
    case.load()
    case.finish()
    case.run("DROP TABLE links")
    case.apply()
    assert case.registered().state == "declared"
    assert not any(item.done for item in case.progress())
    results = case.load()
    assert {result.outcome for result in results} == {"done"}
    case.finish()
    case.assert_right()


def test_backfill_table_gone_or_source_retyped_is_refused(items: Callable[..., Case]) -> None:
    case = items(1_200)
    case.load()
    case.run("ALTER TABLE links RENAME TO lost")
    for refused in (lambda: case.load(again=True), case.finish):
        with pytest.raises(NotApplied, match="shop/links has not been created in this database"):
            refused()
    case.run("ALTER TABLE lost RENAME TO links")
    # The application changes a type, and the same definition yields another one.
    case.run("ALTER TABLE items ALTER body TYPE varchar(100)")
    for refused in (lambda: case.load(again=True), case.finish):
        with pytest.raises(NeedsRebuild, match=r"\(id bigint, body text\), .* body character varying\(100\)"):
            refused()
    case.apply()
    case.load()
    case.finish()
    case.assert_right()


def test_apply_two_processes_at_once_both_succeed(items: Callable[..., Case]) -> None:
    case = items(10, apply=False)
    ended = [worker.wait() for worker in [Worker(case, "apply") for _ in range(2)]]
    assert [status for status, _ in ended] == [0, 0], ended
    assert_applied_once(case, "".join(output for _, output in ended).splitlines())


def test_apply_many_threads_at_once_all_succeed(items: Callable[..., Case]) -> None:
    for _ in range(4):
        case = items(10, apply=False)
        together(6, case.apply)
        assert_applied_once(case, case.lines)


def assert_applied_once(case: Case, lines: list[str]) -> None:
    assert lines.count("table app.links: create") == 1
    assert [line for line in lines if line.startswith("control schema")] == [
        f"control schema: created, version {migrations()[-1][0]}"
    ]
    assert case.value("SELECT count(*) FROM denorm.migration") == len(migrations())
    assert case.value("SELECT count(*) FROM denorm.read_model") == 1


def test_migrate_failing_migration_leaves_control_schema_unchanged(
    items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = items(10)
    known = migrations()
    broken = (*known, (900, "breaks", "CREATE TABLE denorm.half_done (id int); SELECT 1 / 0;"))
    monkeypatch.setattr(control_schema, "migrations", lambda: broken)
    with case.database.session() as session:
        assert not control_schema.installed(session)
    with pytest.raises(Exception, match="division by zero"):
        case.apply()
    assert case.value("SELECT to_regclass('denorm.half_done')") is None
    assert case.value("SELECT max(version) FROM denorm.migration") == known[-1][0]
    monkeypatch.undo()
    case.apply()


def test_control_schema_of_newer_release_is_refused_by_all_commands(items: Callable[..., Case]) -> None:
    case = items(10)
    case.load()
    case.run("INSERT INTO denorm.migration (version, name) VALUES (99, 'from the future')")
    for refused in (case.apply, case.load, case.finish, lambda: plan_system(case.database, case.system).steps):
        with pytest.raises(ControlSchemaTooNew, match="is at version 99, this release knows up to"):
            refused()
    assert case.value("SELECT max(version) FROM denorm.migration") == 99


def test_apply_invalid_definition_creates_nothing(make_case: MakeCase) -> None:
    for definition, problem in [
        (
            "SELECT items.id, o.body FROM items JOIN othr AS o USING (id)",
            r'links.sql:1: relation "othr" does not exist',
        ),
        ("SELECT id,\n  bdy AS body\nFROM items", r'links.sql:2: column "bdy" does not exist'),
        ("SELECT id, body\n\nFORM items", r"links.sql:\d: "),
        ("DELETE FROM items RETURNING id", "a definition is one SELECT"),
        ("SELECT id, body, body FROM items", 'column "body" specified more than once'),
    ]:
        case = make_case("CREATE TABLE items (id bigint PRIMARY KEY, body text)", definition, apply=False)
        with pytest.raises(DefinitionError, match=problem):
            case.apply()
        assert case.value("SELECT to_regnamespace('denorm')") is None
        assert case.value("SELECT to_regclass('links')") is None


def test_plan_and_apply_missing_schema_is_named(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE public.items (id bigint PRIMARY KEY, body text)",
        "SELECT id, body FROM public.items",
        apply=False,
        driving=("public.items.id",),
    )
    case.run("DROP SCHEMA app")
    for refused in (case.apply, lambda: plan_system(case.database, case.system)):
        with pytest.raises(ConfigurationError, match="the schema 'app' of the system shop does not exist"):
            refused()
    assert case.value("SELECT to_regnamespace('denorm')") is None


def test_apply_role_without_create_right_is_told_missing_privilege(items: Callable[..., Case]) -> None:
    case = items(10, apply=False)
    role = f"weak_{case.value('SELECT current_database()')}"
    case.run(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA app TO {role}")
    case.run(f"GRANT SELECT, TRIGGER ON items TO {role}")
    weak = Case(Database(as_role(case.url, role, "secret")), case.url, case.system, case.model)
    try:
        with pytest.raises(MissingPrivilege, match=f"role '{role}' lacks a privilege: permission denied for database"):
            weak.apply()
        assert case.value("SELECT to_regnamespace('denorm')") is None
    finally:
        weak.close()
        case.run(f"DROP OWNED BY {role}; DROP ROLE {role}")
