"""`plan --sql` prints what `apply` runs: every statement that changes anything, and no other one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.conftest import Server
from tests.support.identifiers.library import TABLES as LIBRARY_TABLES
from tests.support.recorder import changing, recorded
from tests.support.shell import FIELDS, Project, Shell

NOW = {"before the backfill"}
ALL = {"before the backfill", "after the backfill"}
KEPT = 'key=("id",), backfill=IdRanges("items.id"), indexes=(Index("tag"),)'
OWNED = KEPT + ', references=(references("owner_id", "people.id", foreign_key=True),)'
LIBRARY = "tests.support.identifiers.library:LIBRARY"


def planned(shell: Shell, *words: str, when: set[str], kinds: set[str] | None = None) -> set[str]:
    """What `plan --sql` prints that `apply` is to run, of objects of some `kinds` or of all."""
    steps = shell.fine("plan", "--sql", "--json", *words).json["steps"]
    chosen = [step for step in steps if step["when"] in when and (not kinds or step["kind"] in kinds)]
    return set(changing(text for step in chosen for text in step["sql"]))


@pytest.fixture
def same(server: Server) -> Callable[..., set[str]]:
    """Asserts that `apply` runs what `plan --sql` printed, and returns that."""

    def compare(shell: Shell, *words: str, when: set[str] = ALL, apply: tuple[str, ...] = ()) -> set[str]:
        with recorded(shell.url, server.postgres.log) as rehearsed:
            told = planned(shell, *words, when=when)
        with recorded(shell.url, server.postgres.log) as ran:
            shell.fine("apply", *words, *apply)
        # What a plan does to see what would be, it undoes; `apply` plans, too.
        assert_same(told, set(ran) - (set(rehearsed) - told))
        assert planned(shell, *words, when=when) == set()
        return told

    return compare


def assert_same(told: set[str], ran: set[str]) -> None:
    assert sorted(ran - told) == [], "ran, and was not shown"
    assert sorted(told - ran) == [], "was shown, and did not run"


Same = Callable[..., set[str]]


def live(shell: Shell) -> None:
    shell.fine("apply", "--yes")
    shell.fine("backfill", "shop", "--pause", "0")


def verbs(statements: set[str]) -> set[str]:
    """The first two words of each."""
    return {" ".join(statement.split()[:2]) for statement in statements}


def test_plan_sql_first_apply_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    project.declare(fields=KEPT)
    told = same(items_shell, when=NOW)
    assert {"CREATE SCHEMA", "CREATE TABLE", "CREATE OR", "REVOKE ALL", "COMMENT ON"} <= verbs(told)


def test_plan_sql_after_backfill_equals_what_runs(items_shell: Shell, project: Project, server: Server) -> None:
    items_shell.run("CREATE TABLE app.people (id bigint PRIMARY KEY); ALTER TABLE app.items ADD owner_id bigint")
    project.declare("SELECT id, tag, owner_id FROM items", OWNED)
    items_shell.fine("apply")
    told = planned(items_shell, when={"after the backfill"})
    assert verbs(told) == {"CREATE INDEX", "COMMENT ON", "ALTER TABLE"}
    with recorded(items_shell.url, server.postgres.log) as ran:
        items_shell.fine("backfill", "shop", "--pause", "0")
    assert_same(told, {each for each in ran if not each.startswith('INSERT INTO "app"."links"')})


@pytest.mark.parametrize(
    "definition",
    [
        "SELECT id, upper(tag) AS tag, owner_id FROM items",
        "SELECT id, tag, owner_id, amount FROM items",
        "SELECT id, tag::varchar(20) AS tag, owner_id FROM items",
        "SELECT id, coalesce(tag, '') AS tag, owner_id FROM items WHERE id > 7",
    ],
)
def test_plan_sql_changed_live_definition_equals_what_runs(
    items_shell: Shell, project: Project, same: Same, definition: str
) -> None:
    items_shell.run(
        "CREATE TABLE app.people (id bigint PRIMARY KEY); INSERT INTO app.people SELECT 1;"
        " ALTER TABLE app.items ADD owner_id bigint; UPDATE app.items SET owner_id = 1"
    )
    project.declare("SELECT id, tag, owner_id FROM items", OWNED)
    live(items_shell)
    items_shell.run(
        "GRANT SELECT ON app.links TO PUBLIC; GRANT UPDATE (tag) ON app.links TO pg_monitor;"
        " COMMENT ON COLUMN app.links.tag IS 'as it is shown'; ALTER TABLE app.links SET (fillfactor = 70)"
    )
    project.declare(definition, OWNED)
    told = same(items_shell)
    assert verbs(told) >= {"ALTER TABLE", "ALTER INDEX" if "varchar" in definition else "DELETE FROM"}
    items_shell.fine("check", "shop/links")


def test_plan_sql_new_and_undeclared_index_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    project.declare(fields=KEPT)
    live(items_shell)
    project.declare(fields=KEPT.replace('"tag"', '"tag", "id"'))
    assert verbs(same(items_shell, apply=("--yes",))) == {"CREATE INDEX", "COMMENT ON", "DROP INDEX"}


def test_plan_sql_changed_shape_before_live_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    project.declare(fields=KEPT)
    items_shell.fine("apply")
    project.declare("SELECT id, tag, amount FROM items", KEPT)
    assert {"DROP TABLE", "CREATE TABLE"} <= verbs(same(items_shell, when=NOW))


def test_plan_sql_undeclared_read_model_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    live(items_shell)
    module = project.folder / f"{project.module}.py"
    project.write(module.read_text().replace('Phase("phase_1", (LINKS,))', 'Phase("phase_1", ())'))
    assert verbs(same(items_shell, apply=("--yes",))) == {"DROP TABLE", "DROP FUNCTION"}


def test_plan_sql_table_to_view_and_back_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    live(items_shell)
    for columns, fields in (("id, tag", 'key=("id",), refresh=Full()'), ("tag, id", FIELDS)):
        project.declare(f"SELECT {columns} FROM items", fields)
        module = project.folder / f"{project.module}.py"
        project.write("from denorm_assets.model.refresh import Full\n" + module.read_text())
        same(items_shell)
        items_shell.fine("check", "shop/links")


def test_plan_sql_dropped_trigger_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    live(items_shell)
    items_shell.run("DROP TRIGGER trg_denorm_update ON app.items")
    assert len(same(items_shell)) == 1


CHAIN = """
SECOND = ReadModel(name="second", definition=SqlFile(HERE / "second.sql"), key=("tag",){refresh})
SYSTEM = System(name="shop", schema="app", phases=(Phase("phase_1", (LINKS, SECOND)),))
"""


@pytest.mark.parametrize("refresh", ["", ", refresh=Full()"])
def test_plan_sql_chained_read_models_equals_what_runs(
    items_shell: Shell, project: Project, same: Same, refresh: str
) -> None:
    (project.folder / "second.sql").write_text("SELECT tag, count(*) AS links FROM links GROUP BY tag")

    def declare(definition: str) -> None:
        project.declare(definition)
        module = project.folder / f"{project.module}.py"
        imports = "from denorm_assets.model.refresh import Full\n"
        project.write(imports + module.read_text() + CHAIN.format(refresh=refresh))

    declare("SELECT id, tag FROM items")
    same(items_shell, when=NOW)
    if not refresh:
        declare("SELECT id, tag, amount FROM items")
        same(items_shell, when=NOW)
    live(items_shell)
    declare("SELECT id, tag, amount::bigint AS amount FROM items")
    same(items_shell)
    items_shell.fine("check", "shop")


def test_plan_sql_phase_indexes_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    (project.folder / "page.sql").write_text("SELECT * FROM items WHERE amount = 3")
    project.write(
        "from pathlib import Path\n"
        "from denorm_assets.model.index import Index\n"
        "from denorm_assets.model.sql_file import SqlFile\n"
        "from denorm_assets.model.system import Phase, QueryPair, System, TableIndex\n"
        "from denorm_assets.model.table_name import TableName\n"
        'PAGE = SqlFile(Path(__file__).parent / "page.sql")\n'
        'INDEX = TableIndex(TableName("items"), Index("amount"), "page")\n'
        'SYSTEM = System(name="shop", schema="app", phases=(Phase("phase_1", indexes=(INDEX,)),),\n'
        '    queries=(QueryPair("page", PAGE, PAGE, {}),))\n'
    )
    assert {"CREATE INDEX", "COMMENT ON"} <= verbs(same(items_shell))


def test_plan_sql_identifier_phases_equals_what_runs(
    shell_on: Callable[[str], Shell], database_url: str, same: Same, server: Server
) -> None:
    shell = shell_on(database_url)
    shell.run(LIBRARY_TABLES)
    shell.run(
        "INSERT INTO library.people SELECT md5('p' || n)::uuid::text, 'x' FROM generate_series(1, 50) AS n;"
        "INSERT INTO library.books (id, owner_id, title)"
        " SELECT md5('b' || n)::uuid::text, md5('p' || n % 50 + 1)::uuid::text, 'x'"
        " FROM generate_series(1, 200) AS n"
    )
    for phase, kinds in (("phase_1", {"uuid columns"}), ("phase_2", {"uuid values"}), ("phase_3", set[str]())):
        told = planned(shell, "--systems", LIBRARY, when=ALL)
        own = planned(shell, "--systems", LIBRARY, when=ALL, kinds=kinds)
        with recorded(shell.url, server.postgres.log) as ran:
            shell.fine("apply", "--systems", LIBRARY, "--phase", phase)
        assert sorted(set(ran) - told) == [], phase
        assert sorted(own - set(ran)) == [], phase
    assert planned(shell, "--systems", LIBRARY, when=ALL) == set()
    told = planned(shell, "--systems", LIBRARY, when={"by hand"})
    with recorded(shell.url, server.postgres.log) as ran:
        shell.fine("apply", "--systems", LIBRARY, "--phase", "phase_4")
    assert_same(told, set(ran))


def test_plan_sql_soft_deletes_equals_what_runs(items_shell: Shell, project: Project, same: Same) -> None:
    project.write(
        "from denorm_assets.model.schema_change import SoftDeletes\n"
        "from denorm_assets.model.system import Phase, System\n"
        "from denorm_assets.model.table_name import TableName\n"
        'WORK = SoftDeletes((TableName("items"),))\n'
        'SYSTEM = System(name="shop", schema="app", phases=(Phase("phase_1", work=WORK),))\n'
    )
    assert {"ALTER TABLE", "CREATE VIEW", "CREATE INDEX"} <= verbs(same(items_shell))


def test_uninstall_dry_run_sql_equals_what_runs(items_shell: Shell, project: Project, server: Server) -> None:
    project.declare(fields=KEPT)
    live(items_shell)
    steps = items_shell.fine("uninstall", "--dry-run", "--json").json
    told = set(changing(text for step in steps for text in step["sql"]))
    with recorded(items_shell.url, server.postgres.log) as ran:
        items_shell.fine("uninstall", "--yes")
    assert_same(told, set(ran))
    assert re.search(r"DROP SCHEMA", " ".join(told))


@pytest.mark.parametrize("phase", ["phase_1", "phase_3"])
def test_abort_sql_identifier_phase_equals_what_runs(
    shell_on: Callable[[str], Shell], database_url: str, server: Server, phase: str
) -> None:
    shell = shell_on(database_url)
    shell.run(LIBRARY_TABLES)
    for each in ("phase_1", "phase_2", "phase_3")[: int(phase[-1])]:
        shell.fine("apply", "--systems", LIBRARY, "--phase", each)
    undo = ("abort", "library", "--systems", LIBRARY, "--phase", phase)
    steps = shell.fine(*undo, "--sql", "--json").json
    told = set(changing(text for step in steps for text in step["sql"]))
    with recorded(shell.url, server.postgres.log) as ran:
        shell.fine(*undo)
    assert_same(told, set(ran))
    assert shell.fine(*undo, "--dry-run", "--json").json == []


def test_abort_sql_leftovers_equals_what_runs(items_shell: Shell, project: Project, server: Server) -> None:
    project.declare(fields=KEPT)
    live(items_shell)
    items_shell.run(
        "CREATE TABLE app.denorm_next_1 (id int);"
        " COMMENT ON TABLE app.denorm_next_1"
        " IS 'denorm_assets read model shop/denorm_next_1, code version 0123456789ab';"
        " UPDATE denorm.read_model SET beside = 'app.denorm_next_1'::regclass;"
        " ALTER TABLE app.links ADD COLUMN spare int; COMMENT ON COLUMN app.links.spare IS 'denorm_assets added it';"
        " UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.links_tag_idx'::regclass"
    )
    steps = items_shell.fine("abort", "--sql", "--json").json
    told = set(changing(text for step in steps for text in step["sql"]))
    assert verbs(told) == {"DROP TABLE", "ALTER TABLE", "DROP INDEX"}
    assert "DROP INDEX" in items_shell.fine("abort", "--sql").out
    with recorded(items_shell.url, server.postgres.log) as ran:
        items_shell.fine("abort")
    assert_same(told, set(ran))
    assert items_shell.fine("abort", "--dry-run").out.strip() == "nothing to undo"
