"""`rename`: another name, system or schema for a read model, and not a row written again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.conftest import Server
from tests.integration.cli.test_plan_is_what_runs import assert_same, verbs
from tests.support.recorder import changing, recorded
from tests.support.shell import Project, Shell

HEAD = """\
from denorm_assets import (
    CachedSet, Debounce, Debounced, Full, IdRanges, Index, Phase, ReadModel, Realtime, System, references
)

AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
"""
LINKS = """\
LINKS = ReadModel(
    "{name}", "SELECT id, tag, owner_id FROM app.items", ("id",), IdRanges("app.items.id"), {refresh},
    indexes=(Index("tag"), Index("owner_id", "id", name="by_owner")),
    references=(references("owner_id", "app.people.id", foreign_key=True),),
)
"""
SHOP = 'SYSTEM = System("{system}", "{schema}", read_models=(LINKS,))\n'
TABLES = """
CREATE TABLE app.people (id bigint PRIMARY KEY); INSERT INTO app.people SELECT generate_series(0, 9);
ALTER TABLE app.items ADD owner_id bigint; UPDATE app.items SET owner_id = id % 10;
CREATE SCHEMA views;
"""
WRITE = "UPDATE app.items SET tag = 'changed' WHERE id % 100 = 7; DELETE FROM app.items WHERE id = 8"


@dataclass
class Store:
    """The shell over items that people own, with a read model of them under the names that a test gives it."""

    shell: Shell
    project: Project

    def declare(self, name: str, *, system: str = "shop", schema: str = "app", refresh: str = "AT_ONCE") -> None:
        """Declare the read model, alone in its system."""
        self.project.write(HEAD + LINKS.format(name=name, refresh=refresh) + SHOP.format(system=system, schema=schema))

    def write(self, source: str) -> None:
        """Write the whole declaration."""
        self.project.write(HEAD + source)

    def live(self, *systems: str) -> None:
        """Bring everything to life."""
        self.shell.fine("apply")
        for system in systems or ("shop",):
            self.shell.fine("backfill", system, "--pause", "0")

    def renamed(self, *names: str, keeps: dict[str, str], left: str = "Nothing to do.") -> None:
        """Rename; of the tables that it `keeps`, name of before -> name of now, no row is written."""
        before = {table: self.contents(table) for table in keeps}
        self.shell.fine("rename", *names)
        assert {table: self.contents(now) for table, now in keeps.items()} == before
        assert left in self.shell.fine("plan").out
        assert self.shell.fine("apply", "--json").json != []
        assert {table: self.contents(now) for table, now in keeps.items()} == before

    def contents(self, table: str) -> list[tuple[object, ...]]:
        """All rows, where they are, and who wrote them."""
        return [*self.shell.rows(f"SELECT t::text, t.ctid::text, t.xmin::text FROM {table} AS t ORDER BY 1")]

    def names(self, schema: str) -> set[str]:
        """What is called how in a schema: relations and constraints, but those of the application's own tables."""
        rows = self.shell.rows(
            f"SELECT relname FROM pg_class AS c WHERE relnamespace = '{schema}'::regnamespace AND relkind <> 't'"
            f" UNION SELECT conname FROM pg_constraint WHERE connamespace = '{schema}'::regnamespace"
        )
        return {name for (name,) in rows if not name.startswith(("items", "people"))}


@pytest.fixture
def store(items_shell: Shell, project: Project) -> Store:
    items_shell.run(TABLES)
    made = Store(items_shell, project)
    made.declare("links")
    return made


@pytest.mark.parametrize("refresh", ["AT_ONCE", "Realtime()"])
def test_rename_live_table_keeps_rows_ranges_and_pending_changes(store: Store, refresh: str) -> None:
    store.declare("links", refresh=refresh)
    store.live()
    before = store.names("app")
    done = store.shell.rows("SELECT key, row_count, checksum, done_at FROM denorm.range_progress ORDER BY 1")
    store.shell.run(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {WRITE}; COMMIT")
    store.declare("tag_links", refresh=refresh)
    store.renamed("shop/links", "shop/tag_links", keeps={"app.links": "app.tag_links"})
    assert store.names("app") == {name.replace("links", "tag_links") for name in before}
    assert done == store.shell.rows("SELECT key, row_count, checksum, done_at FROM denorm.range_progress ORDER BY 1")
    store.shell.run(WRITE.replace("7", "9").replace("= 8", "= 10"))
    store.shell.fine("refresh", "shop")
    store.shell.fine("check", "shop")
    [row] = store.shell.fine("status", "--json").json
    assert (row["model"], row["state"]) == ("shop/tag_links", "live")
    store.shell.fine("uninstall", "--yes")
    assert store.names("app") == set()


def test_rename_to_other_system_and_schema_keeps_rows_and_what_people_gave(store: Store) -> None:
    store.live()
    store.shell.run(
        "CREATE VIEW app.shown AS SELECT * FROM app.links; CREATE PUBLICATION out FOR TABLE app.links;"
        " GRANT SELECT ON app.links TO PUBLIC; ALTER TABLE app.links SET (fillfactor = 70)"
    )
    store.declare("tag_links", system="store", schema="views")
    store.renamed("shop/links", "store/tag_links", keeps={"app.links": "views.tag_links"})
    assert store.shell.rows("SELECT count(*) FROM app.shown") == [(2500,)]
    assert store.names("views") >= {"tag_links", "tag_links_pkey", "tag_links_tag_idx", "by_owner"}
    assert store.names("app") == {"shown"}
    assert store.shell.rows("SELECT schemaname, tablename FROM pg_publication_tables") == [("views", "tag_links")]
    assert store.shell.rows("SELECT relacl IS NULL, reloptions FROM pg_class WHERE relname = 'tag_links'") == [
        (False, ["fillfactor=70"])
    ]
    store.shell.run(WRITE)
    store.shell.fine("refresh", "store")
    store.shell.fine("check", "store")
    assert store.shell.rows("SELECT DISTINCT range_set FROM denorm.id_range") == [("store_items",)]


def test_rename_whole_system_to_other_schema_keeps_chains(store: Store) -> None:
    source = LINKS.format(name="links", refresh="AT_ONCE") + (
        'TAGS = ReadModel("tags", "SELECT tag, count(*) AS n FROM {0}.links GROUP BY tag", ("tag",), refresh=AT_ONCE)\n'
        'SYSTEM = System("{1}", "{0}", read_models=(LINKS, TAGS))\n'
    )
    store.write(source.format("app", "shop"))
    store.live()
    store.write(source.format("views", "store"))
    store.renamed("shop", "store", keeps={"app.links": "views.links", "app.tags": "views.tags"})
    store.shell.run(WRITE)
    store.shell.fine("refresh", "store")
    store.shell.fine("check", "store")
    assert store.shell.fine("rename", "shop", "store").out.strip() == "nothing to rename"


READERS = """\
BY_KEY = ReadModel("by_key", "SELECT id, upper(tag) AS tag FROM {name}", ("id",), IdRanges("{name}.id"), AT_ONCE)
GROUPED = ReadModel("grouped", "SELECT tag, count(*) AS n FROM {name} AS l GROUP BY tag", ("tag",), refresh=AT_ONCE)
VIEW = ReadModel("ranked", "SELECT {name}.id, rank() OVER (ORDER BY {name}.tag) AS place FROM {name}", ("id",),
    refresh=Full(Debounce(quiet=0, max_wait=0)))
ABOVE = ReadModel("above", "SELECT id, length(tag) AS n FROM by_key", ("id",), refresh=Realtime())
THROUGH = ReadModel("through", "SELECT id FROM shown WHERE tag <> 'tag 3'", ("id",), refresh=AT_ONCE)
TOTAL = ReadModel("total", "SELECT count(*) AS n, sum(id) AS ids FROM {name}", ("n",), refresh=AT_ONCE)
OWNED = CachedSet("owned", "SELECT owner_id, id FROM {name}", owner="owner_id", member="id")
FIRST = Phase("first", (LINKS, BY_KEY, GROUPED, VIEW, ABOVE, TOTAL))
SYSTEM = System("shop", "app", phases=(FIRST, Phase("second", (THROUGH,))), caches=(OWNED,))
"""
OF_READERS = ("total", "by_key", "grouped", "ranked", "above", "through")


@pytest.mark.long
def test_rename_read_by_others_keeps_their_rows(store: Store) -> None:
    links = LINKS.format(name="links", refresh="AT_ONCE")
    store.write(links + 'SYSTEM = System("shop", "app", read_models=(LINKS,))\n')
    store.live()
    store.shell.run("CREATE VIEW app.shown AS SELECT * FROM app.links")
    store.write(links + READERS.format(name="links"))
    store.live()
    store.shell.run("DELETE FROM app.items WHERE id = 3")
    store.shell.fine("refresh", "shop")
    kept = "SELECT count(*) FROM denorm.read_model WHERE name = 'total' AND partials_of = code_version"
    assert store.shell.rows(kept) == [(1,)]
    [(generation,)] = store.shell.rows("SELECT generation FROM denorm.read_model WHERE kind = 'cache'")
    store.write(LINKS.format(name="tag_links", refresh="AT_ONCE") + READERS.format(name="tag_links"))
    keeps = {f"app.{name}": f"app.{name}" for name in OF_READERS} | {"app.links": "app.tag_links"}
    store.renamed("shop/links", "shop/tag_links", keeps=keeps)
    [(now,)] = store.shell.rows("SELECT generation FROM denorm.read_model WHERE kind = 'cache'")
    assert now > generation
    assert store.shell.rows(kept) == [(1,)]
    store.shell.run(WRITE)
    store.shell.fine("refresh", "shop")
    store.shell.fine("check", "shop")
    assert store.shell.rows("SELECT count(*) FROM denorm.dependency WHERE broken IS NOT NULL") == [(0,)]
    assert store.shell.rows("SELECT DISTINCT range_set FROM denorm.id_range ORDER BY 1") == [
        ("shop_items",),
        ("shop_tag_links",),
    ]


def test_rename_two_that_read_each_other_takes_both_at_once(store: Store) -> None:
    source = LINKS + (
        'TAGS = ReadModel("{tags}", "SELECT tag, count(*) AS n FROM {name} GROUP BY tag", ("tag",), refresh=AT_ONCE)\n'
        'SYSTEM = System("shop", "app", read_models=(LINKS, TAGS))\n'
    )
    store.write(source.format(name="links", tags="tags", refresh="AT_ONCE"))
    store.live()
    store.write(source.format(name="tag_links", tags="counts", refresh="AT_ONCE"))
    assert "rename it in the same command" in store.shell.refused("rename", "shop/links", "shop/tag_links")
    names = ("shop/links", "shop/tag_links", "shop/tags", "shop/counts")
    store.renamed(*names, keeps={"app.links": "app.tag_links", "app.tags": "app.counts"})


def test_rename_partitioned_table_renames_partitions(store: Store) -> None:
    store.shell.run("CREATE TABLE app.notes AS SELECT * FROM app.items; ALTER TABLE app.notes ADD PRIMARY KEY (id)")
    source = (
        'BOTH = ReadModel("{name}",'
        " \"SELECT 'item' AS kind, id, tag FROM items UNION ALL SELECT 'note', id, tag FROM notes\","
        ' ("kind", "id"), IdRanges("items.id", "notes.id"), AT_ONCE, indexes=(Index("tag"),), partition_by="kind")\n'
        'SYSTEM = System("shop", "app", read_models=(BOTH,))\n'
    )
    store.write(source.format(name="both"))
    store.live()
    before = store.names("app")
    store.write(source.format(name="all_of_them"))
    store.renamed("shop/both", "shop/all_of_them", keeps={"app.both": "app.all_of_them"})
    assert store.names("app") == {name.replace("both", "all_of_them") for name in before}
    store.shell.run("UPDATE app.notes SET tag = 'x' WHERE id < 50")
    store.shell.fine("refresh", "shop")
    store.shell.fine("check", "shop")


def test_rename_half_loaded_table_keeps_what_is_done(store: Store) -> None:
    store.shell.fine("apply")
    store.shell.fine("backfill", "shop/links", "--to-id", "1000", "--pause", "0")
    done = store.shell.rows("SELECT key, done_at FROM denorm.range_progress WHERE done_version IS NOT NULL")
    assert len(done) == 1
    store.declare("tag_links", system="store")
    left = "0 steps for `denorm-assets apply`, 3 after the backfill."
    store.renamed("shop/links", "store/tag_links", keeps={"app.links": "app.tag_links"}, left=left)
    assert store.shell.rows("SELECT key, done_at FROM denorm.range_progress WHERE done_version IS NOT NULL") == done
    store.shell.fine("backfill", "store", "--pause", "0")
    store.shell.fine("check", "store")


def test_rename_into_system_with_other_ranges_is_covered_by_these(store: Store) -> None:
    store.live()
    store.shell.run("INSERT INTO app.items SELECT n, 'more', 1, n % 10 FROM generate_series(2501, 6000) AS n")
    links = LINKS.format(name="links", refresh="AT_ONCE")
    other = 'OTHER = ReadModel("other", "SELECT id FROM app.items", ("id",), IdRanges("app.items.id"), AT_ONCE)\n'
    store.write(
        links
        + other
        + 'A = System("shop", "app", read_models=(LINKS,))\nSYSTEM = System("store", "app", read_models=(OTHER,))\n'
    )
    store.live("store")
    store.write(links + other + 'SYSTEM = System("store", "app", read_models=(LINKS, OTHER))\n')
    store.shell.fine("refresh", "store/other")
    store.renamed("shop/links", "store/links", keeps={"app.links": "app.links"})
    store.shell.fine("refresh", "store")
    store.shell.fine("check", "store")


def test_rename_sql_equals_what_runs(store: Store, server: Server) -> None:
    store.live()
    store.declare("tag_links", schema="views")
    names = ("rename", "shop/links", "shop/tag_links")
    before = store.shell.contents()
    steps = store.shell.fine(*names, "--sql", "--json").json
    dry = store.shell.fine(*names, "--dry-run", "--json").json
    assert store.shell.contents() == before
    assert [{key: row[key] for key in dry[0]} for row in steps] == dry
    told = set(changing(text for step in steps for text in step["sql"]))
    assert "ALTER TABLE" in store.shell.fine(*names, "--sql").out
    with recorded(store.shell.url, server.postgres.log) as ran:
        store.shell.fine(*names)
    assert_same(told, set(ran))
    assert verbs(told) == {"ALTER TABLE", "ALTER INDEX", "COMMENT ON"}


def test_plan_and_apply_of_renamed_read_model_name_the_command(store: Store) -> None:
    links = LINKS.replace(', name="by_owner"', "") + SHOP.format(system="shop", schema="app")
    store.write(links.format(name="links", refresh="AT_ONCE"))
    store.live()
    store.write(links.format(name="tag_links", refresh="AT_ONCE"))
    command = "`denorm-assets rename shop/links shop/tag_links`"
    assert command in store.shell.fine("plan").out
    refused = store.shell("apply")
    assert refused.status == 1
    assert command in refused.err


@pytest.mark.parametrize(
    ("change", "names", "message"),
    [
        ("", ("shop/nothing", "shop/tag_links"), "shop/nothing"),
        ("", ("shop/links", "shop/nothing"), "shop/nothing"),
        ("", ("shop/links", "nothing/links"), "nothing"),
        ("", ("shop/links", "shop"), "expected two read models"),
        ("", ("shop/links",), "expected OLD NEW"),
        ("still declared", ("shop/links", "shop/tag_links"), "shop/links is still declared at"),
        ("definition", ("shop/links", "shop/tag_links"), "its definition says something else"),
        ("key", ("shop/links", "shop/tag_links"), "`apply` would replace the table app.tag_links"),
        ("ranges", ("shop/links", "shop/tag_links"), "its `backfill` names other columns"),
        ("view", ("shop/links", "shop/tag_links"), "it is a table, and declared as a materialized view"),
        ("broken text", ("shop/links", "shop/tag_links"), "no_such"),
        ("CREATE TABLE app.tag_links ()", ("shop/links", "shop/tag_links"), "app.tag_links exists already"),
        ("CREATE TABLE app.tag_links_tag_idx ()", ("shop/links", "shop/tag_links"), "app.tag_links_tag_idx exists"),
        ("DROP TABLE app.links", ("shop/links", "shop/tag_links"), "its relation is not app.links any more"),
        ("COMMENT ON TABLE app.links IS ''", ("shop/links", "shop/tag_links"), "its COMMENT does not say so"),
        (
            "UPDATE denorm.read_model SET state = 'needs_rebuild'",
            ("shop/links", "shop/tag_links"),
            "shop/links needs a rebuild",
        ),
        (
            "UPDATE denorm.range_progress SET lease_holder = 'process 7', lease_expires_at = now() + interval '1 hour'",
            ("shop/links", "shop/tag_links"),
            "process 7 loads rows of shop/links",
        ),
    ],
)
def test_rename_what_cannot_be_is_refused_and_changes_nothing(
    store: Store, change: str, names: tuple[str, ...], message: str
) -> None:
    store.live()
    links = LINKS.format(name="tag_links", refresh="AT_ONCE")
    edits = {
        "definition": (", tag,", ", upper(tag) AS tag,"),
        "broken text": (", tag,", ", no_such,"),
        "key": ('("id",)', '("id", "tag")'),
        "ranges": (', IdRanges("app.items.id")', ""),
        "view": (
            'IdRanges("app.items.id"), AT_ONCE',
            "refresh=Full()",
        ),
    }
    if change in edits:
        links = links.replace(*edits[change], 1)
        links = links.replace(", AT_ONCE", ", refresh=AT_ONCE") if change == "ranges" else links
        links = links.replace(", foreign_key=True", "") if change == "view" else links
    elif change == "still declared":
        links += LINKS.format(name="links", refresh="AT_ONCE").replace("LINKS =", "OLD =").replace("by_owner", "owner")
    elif change:
        store.shell.run(change)
    models = "LINKS, OLD" if change == "still declared" else "LINKS,"
    store.write(links + f'SYSTEM = System("shop", "app", read_models=({models}))\n')
    before = store.shell.contents()
    assert message in store.shell.refused("rename", *names)
    assert store.shell.contents() == before


def test_rename_to_schema_that_is_missing_is_refused(store: Store) -> None:
    store.live()
    store.declare("links", schema="nowhere")
    assert "the schema 'nowhere'" in store.shell.refused("rename", "shop/links", "shop/links")


def test_rename_reader_that_changed_is_refused(store: Store) -> None:
    reader = (
        'TAGS = ReadModel("tags", "SELECT tag, count(*) AS n FROM {0} GROUP BY tag{1}", ("tag",), refresh=AT_ONCE)\n'
        'SYSTEM = System("shop", "app", read_models=(LINKS, TAGS))\n'
    )
    store.write(LINKS.format(name="links", refresh="AT_ONCE") + reader.format("links", ""))
    store.live()
    store.write(LINKS.format(name="tag_links", refresh="AT_ONCE") + reader.format("tag_links", " HAVING count(*) > 1"))
    before = store.shell.contents()
    message = store.shell.refused("rename", "shop/links", "shop/tag_links")
    assert message.startswith("shop/tags was not renamed: its definition says something else")
    assert store.shell.contents() == before


def test_rename_back_and_forth_keeps_rows(store: Store) -> None:
    store.live()
    for before, now in (("links", "tag_links"), ("tag_links", "links")):
        store.declare(now)
        store.renamed(f"shop/{before}", f"shop/{now}", keeps={f"app.{before}": f"app.{now}"})
        store.shell.run(WRITE)
        store.shell.fine("refresh", "shop")
        store.shell.fine("check", "shop")
