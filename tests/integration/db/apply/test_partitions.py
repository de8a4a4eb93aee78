"""Read models whose table has a partition for each driving source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.health.status import model_status
from denorm_assets.errors import DefinitionError, ForeignKeyViolated, NameTaken
from denorm_assets.model.index import Index, references
from denorm_assets.model.refresh import Full, Realtime
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

DDL = """
CREATE TABLE items (id bigint PRIMARY KEY, tags text[]);
CREATE TABLE notes (id bigint PRIMARY KEY, tags text[]);
INSERT INTO items SELECT n, ARRAY['a', 'b', 'i' || n % 7] FROM generate_series(1, 1500) AS n;
INSERT INTO notes SELECT n, ARRAY['a', 'n' || n % 5] FROM generate_series(1, 1200) AS n;
"""
LINKS = """
SELECT DISTINCT 'items' AS source, i.id, t.tag FROM items AS i CROSS JOIN LATERAL unnest(i.tags) AS t(tag)
UNION ALL
SELECT DISTINCT 'notes' AS source, n.id, t.tag FROM notes AS n CROSS JOIN LATERAL unnest(n.tags) AS t(tag)
"""
BY_TAG = Index("tag", "source", "id")
PER_PARTITION = (
    references("id", "items.id", foreign_key=True, partition="items"),
    references("id", "notes.id", foreign_key=True, partition="notes"),
)
MakeLinks = Callable[..., Case]


@pytest.fixture
def links(make_case: MakeCase) -> MakeLinks:
    """A function that makes the case of links from two sources, partitioned by source."""

    def make(definition: str = LINKS, **declaration: Any) -> Case:
        declared = {
            "key": ("source", "id", "tag"),
            "driving": ("items.id", "notes.id"),
            "partition_by": "source",
            "indexes": (BY_TAG,),
            "references": PER_PARTITION,
        }
        return make_case(DDL, definition, **{**declared, **declaration})

    return make


def live(case: Case) -> Case:
    case.load()
    case.finish()
    return case


def edit(case: Case, *statements: str) -> None:
    """Writes of the application, seen by capture."""
    with case.connect() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def assert_all_checks_pass(case: Case) -> None:
    assert {name: check.summary for name, check in case.checks().items() if not check.passed} == {}


def test_partition_by_source_puts_each_row_into_its_partition(links: MakeLinks) -> None:
    case = live(links())
    case.assert_right()
    parts = case.rows("SELECT tableoid::regclass::text, source, count(*) FROM links GROUP BY 1, 2 ORDER BY 1")
    assert parts == [("links_items", "items", 4_500), ("links_notes", "notes", 2_400)]
    assert case.value("SELECT pg_get_partkeydef('app.links'::regclass)") == "LIST (source)"
    assert_all_checks_pass(case)
    assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep"}


def test_matches_definition_partitioned_table_shows_figures_per_source(links: MakeLinks) -> None:
    figures = live(links()).checks()["matches_definition"].figures
    assert {name: figures[name] for name in figures if "items" in name or "notes" in name} == {
        "rows of items": 4_500,
        "smallest ID of items": 1,
        "greatest ID of items": 1_500,
        "rows of notes": 2_400,
        "smallest ID of notes": 1,
        "greatest ID of notes": 1_200,
    }


def test_status_partitioned_table_sums_size_of_partitions(links: MakeLinks) -> None:
    case = live(links())
    sizes = (
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c WHERE relname IN ('links_items', 'links_notes')"
    )
    assert model_status(case.database, case.system, case.model).size == case.value(sizes) > 100_000


@pytest.mark.parametrize("refresh", [None, Realtime()])
def test_refresh_partitioned_table_follows_both_sources(links: MakeLinks, refresh: Realtime | None) -> None:
    case = live(links(refresh=refresh))
    edits = (
        "UPDATE items SET tags = tags || '{x}' WHERE id = 7",
        "UPDATE notes SET tags = '{}' WHERE id = 7",
        "DELETE FROM items WHERE id IN (8, 9)",
        "INSERT INTO notes VALUES (9000, '{a, a, z}')",
        "UPDATE notes SET tags = tags || '{all}'",
        "TRUNCATE items CASCADE",
    )
    for statement in edits:
        edit(case, statement)
        case.refresh()
        case.assert_right()
    assert_all_checks_pass(case)


def test_drain_partitioned_table_finds_anchor_by_key_index(links: MakeLinks) -> None:
    case = live(links())
    with case.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "\n".join(
            row[0]
            for row in connection.execute(
                "EXPLAIN DELETE FROM links AS held WHERE id = ANY ('{7}') AND source IN ('items', 'notes')"
            )
        )
    assert plan.count("id = ANY") == 2
    assert "Seq Scan" not in plan


def foreign_keys(case: Case) -> dict[str, str]:
    return dict(
        case.rows(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = 'app'::regnamespace AND convalidated"
        )
    )


def test_finish_partitioned_table_puts_foreign_key_on_its_partition(links: MakeLinks) -> None:
    case = links(references=(*PER_PARTITION, references("tag", "tags.name", foreign_key=True)), apply=False)
    case.run("CREATE TABLE tags (name text PRIMARY KEY)")
    case.run("INSERT INTO tags SELECT DISTINCT unnest(tags) FROM items UNION SELECT DISTINCT unnest(tags) FROM notes")
    case.apply()
    live(case)
    assert foreign_keys(case) == {
        "links_items_id_fkey": "FOREIGN KEY (id) REFERENCES items(id) ON UPDATE CASCADE ON DELETE CASCADE",
        "links_notes_id_fkey": "FOREIGN KEY (id) REFERENCES notes(id) ON UPDATE CASCADE ON DELETE CASCADE",
        "links_items_tag_fkey": "FOREIGN KEY (tag) REFERENCES tags(name) ON UPDATE CASCADE ON DELETE CASCADE",
        "links_notes_tag_fkey": "FOREIGN KEY (tag) REFERENCES tags(name) ON UPDATE CASCADE ON DELETE CASCADE",
    }
    assert len(case.checks()["foreign_keys_validated"].rows) == 4
    case.run("ALTER TABLE links_notes DROP CONSTRAINT links_notes_tag_fkey")
    assert not case.checks()["foreign_keys_validated"].passed
    case.finish()
    assert_all_checks_pass(case)


def test_no_orphans_partitioned_table_looks_only_in_its_partition(links: MakeLinks) -> None:
    case = live(links(references=tuple(replace(reference, foreign_key=False) for reference in PER_PARTITION)))
    # The notes end at 1,200: items beyond that are no orphans of theirs.
    assert case.checks()["no_orphans"].passed
    case.run("INSERT INTO links VALUES ('notes', 1400, 'a')")
    found = case.checks()["no_orphans"]
    assert [(row["refers to"], row["value"]) for row in found.rows] == [("notes", "1400")]


def test_finish_orphan_in_partition_fails_naming_foreign_key(links: MakeLinks) -> None:
    case = links()
    case.load()
    case.run("DELETE FROM notes WHERE id = 7")
    with pytest.raises(ForeignKeyViolated, match="links_notes_id_fkey"):
        case.finish()


def indexes(case: Case) -> list[tuple[str, str, bool]]:
    """(table, how the index is defined after its name, whether it is valid) of all but the keys."""
    return case.rows(
        "SELECT x.indrelid::regclass::text, regexp_replace(pg_get_indexdef(x.indexrelid), '.* USING ', ''), indisvalid"
        " FROM pg_index AS x WHERE x.indrelid::regclass::text IN ('links', 'links_items', 'links_notes')"
        " AND NOT indisprimary AND NOT indisunique ORDER BY 1"
    )


def test_finish_partitioned_table_builds_index_on_each_partition(links: MakeLinks) -> None:
    case = live(links())
    on_all = [(table, "btree (tag, source, id)", True) for table in ("links", "links_items", "links_notes")]
    assert indexes(case) == on_all


def test_finish_live_partitioned_table_builds_and_attaches_new_index(links: MakeLinks) -> None:
    case = live(links(indexes=()))
    case.redeclare(indexes=(Index("tag", "id DESC"),))
    [step] = [step for step in plan_system(case.database, case.system).steps if step.kind == "index"]
    texts = [statement.text for statement in step.statements]
    assert step.action == "create"
    assert sum("ATTACH PARTITION" in text for text in texts) == 2
    case.finish()
    assert indexes(case) == [(table, "btree (tag, id DESC)", True) for table in ("links", "links_items", "links_notes")]
    assert_all_checks_pass(case)
    # Declared otherwise under the same name, it is built anew.
    case.redeclare(indexes=(Index("id", "tag", name="links_tag_id_idx"),))
    assert not case.checks()["indexes_valid"].passed
    case.finish()
    assert indexes(case) == [(table, "btree (id, tag)", True) for table in ("links", "links_items", "links_notes")]


def test_finish_partitioned_index_half_built_is_completed(links: MakeLinks) -> None:
    case = live(links(indexes=()))
    case.redeclare(indexes=(BY_TAG,))
    [step] = [step for step in plan_system(case.database, case.system).steps if step.kind == "index"]
    with case.database.session(case.system.schema) as session:
        # The table's own, its comment, and all of the first partition; of the second one only the index.
        for statement in step.statements[:-1]:
            session.execute(statement)
    assert [valid for _, _, valid in indexes(case)] == [False, True, True]
    assert not case.checks()["indexes_valid"].passed
    first = case.value("SELECT 'links_tag_source_id_idx_1'::regclass::oid")
    case.finish()
    assert [valid for _, _, valid in indexes(case)] == [True, True, True]
    assert case.value("SELECT 'links_tag_source_id_idx_1'::regclass::oid") == first
    assert_all_checks_pass(case)


def test_partition_by_row_of_no_partition_cannot_be_written(links: MakeLinks) -> None:
    case = live(links())
    with pytest.raises(psycopg.errors.CheckViolation), case.connect() as connection:
        connection.execute("INSERT INTO links VALUES ('elsewhere', 1, 'a')")


def test_apply_partitioned_table_to_view_and_back_is_partitioned_again(links: MakeLinks) -> None:
    case = live(links(references=()))
    for refresh in (Full(), Realtime()):
        case.redeclare(refresh=refresh)
        create_tables(case.database, case.system, case.system.read_models)
        case.finish()
        case.assert_right()
        assert_all_checks_pass(case)
    parts = case.rows("SELECT DISTINCT tableoid::regclass::text FROM links ORDER BY 1")
    assert parts == [("links_items",), ("links_notes",)]


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        ({"partition_by": "tag"}, "does not tell the rows of its driving sources apart"),
        ({"partition_by": "nowhere"}, "does not tell the rows of its driving sources apart"),
        ({"references": (references("id", "items.id", partition="items "),)}, "there are items, notes"),
        ({"indexes": (Index("tag", "id", unique=True),)}, "does not hold source"),
    ],
)
def test_partition_by_unsuitable_declaration_is_refused(
    links: MakeLinks, declaration: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DefinitionError, match=problem):
        links(**declaration)


def test_partition_by_without_several_driving_sources_is_refused(make_case: MakeCase) -> None:
    for driving in ((), ("items.id",)):
        with pytest.raises(DefinitionError, match="does not tell the rows of its driving sources apart"):
            make_case(DDL, "SELECT 'items' AS source, id FROM items", driving=driving, partition_by="source")


def test_partition_by_value_too_long_for_name_is_refused(links: MakeLinks) -> None:
    with pytest.raises(DefinitionError, match="longer than 63 bytes"):
        links(LINKS.replace("'notes'", f"'{'n' * 60}'"), references=())


def test_apply_partition_name_taken_is_refused(links: MakeLinks) -> None:
    case = links(apply=False)
    case.run("CREATE TABLE links_notes (mine int)")
    with pytest.raises(NameTaken, match="links_notes"):
        case.apply()
    assert case.value("SELECT to_regclass('links')") is None


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_apply_partition_by_added_and_removed_rebuilds_table(links: MakeLinks, read: bool) -> None:
    case = links(partition_by=None, references=())
    for partition_by, kind in (("source", "p"), (None, "r")):
        if read:
            live(case)
        case.redeclare(partition_by=partition_by)
        case.apply()
        assert case.value("SELECT relkind::text FROM pg_class WHERE oid = 'links'::regclass") == kind
        assert case.registered().state == ("live" if read else "declared")
        assert case.rows("SELECT relname FROM pg_class WHERE relname LIKE 'denorm\\_next%'") == []
    live(case)
    case.assert_right()


def test_apply_detached_partition_is_restored_once_dropped(links: MakeLinks) -> None:
    case = live(links())
    case.run("ALTER TABLE links DETACH PARTITION links_notes")
    with pytest.raises(NameTaken, match="links_notes"):
        case.apply()
    case.run("DROP TABLE links_notes")
    case.apply()
    assert case.registered().state == "live"
    case.assert_right()
