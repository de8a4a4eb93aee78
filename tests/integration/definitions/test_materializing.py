"""Materializing assets of the graph: partitions turn green one by one, and say what they hold."""

from __future__ import annotations

import dagster as dg
import pytest

from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph

ROWS_BY_RANGE = [1_000, 1_000, 500, 0]


def shown(run: Finished) -> list[tuple[str | None, int]]:
    """(partition, rows) of each materialization of a run; each says its checksum, too."""
    events = run.materializations()
    for event in events:
        assert event.metadata["checksum"].value
        assert event.tags
        assert event.tags["dagster/data_version"] == event.tags["dagster/code_version"]
    return [(event.partition, int(str(event.metadata["dagster/partition_row_count"].value))) for event in events]


def test_set_up_twice_shows_ranges_in_order_and_changes_nothing(shop: Graph, application: Application) -> None:
    assert shop.partitions() == RANGES
    before = application.rows("SELECT * FROM denorm.read_model")
    assert shop.set_up() == RANGES
    assert application.rows("SELECT * FROM denorm.read_model") == before
    [record] = shop.instance.fetch_materializations(shop.key("items_ranges"), limit=1).records
    assert record.asset_materialization
    assert record.asset_materialization.metadata["ranges"].value == 4
    assert record.asset_materialization.metadata["added"].value == 0


def test_materialize_phase_shows_created_objects_and_how_changes_reach_them(shop: Graph) -> None:
    [record] = shop.instance.fetch_materializations(shop.key("phase_1"), limit=1).records
    assert record.asset_materialization
    steps = record.asset_materialization.metadata["steps"]
    assert isinstance(steps, dg.TableMetadataValue)
    assert {"object": "table", "name": "app.links", "action": "create"} in [dict(row.data) for row in steps.records]
    explained = str(record.asset_materialization.metadata["how changes reach links"].value)
    assert "└── app.items: by key; one change reads about 1 row\n" in explained


def test_materialize_one_partition_loads_only_it(shop: Graph, application: Application) -> None:
    run = shop.materialize("links", first=RANGES[1])
    assert run.success
    assert shown(run) == [(RANGES[1], 1_000)]
    assert shop.green("links") == {RANGES[1]}
    assert application.rows("SELECT min(id), max(id), count(*) FROM app.links") == [(1_001, 2_000, 1_000)]


def test_materialize_partition_range_is_one_run_with_event_per_range(shop: Graph, application: Application) -> None:
    run = shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert run.success
    assert shown(run) == list(zip(RANGES, ROWS_BY_RANGE, strict=True))
    assert shop.green("links") == set(RANGES)
    assert application.rows("SELECT count(*), sum(share) FROM app.links") == [(2_500, 250_000)]


def test_materialize_indexes_follow_once_all_ranges_are_done(shop: Graph, application: Application) -> None:
    run = shop.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert run.success
    assert run.steps("STEP_SUCCESS")[-1] != "links"
    assert application.rows("SELECT state FROM denorm.read_model") == [("live",)]
    assert {name for (_, name), found in run.checks().items() if found.passed} == {
        "matches_definition",
        "backfill_complete",
        "kept_fresh",
        "reconciled",
        "indexes_and_foreign_keys",
    }


def test_materialize_indexes_with_missing_range_fails(shop: Graph, application: Application) -> None:
    run = shop.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[2], pause=0.0)
    assert not run.success
    assert run.failure.startswith(f"shop/links is not completely backfilled: 1 of 4 ranges are not done ({RANGES[3]}).")
    assert shop.green("links") == set(RANGES[:3])
    assert application.rows("SELECT state FROM denorm.read_model") == [("loading",)]


def test_materialize_range_again_writes_only_differences(loaded: Graph, application: Application) -> None:
    application.run("UPDATE app.links SET share = 7 WHERE id = 17; DELETE FROM app.links WHERE id = 18")
    application.run("DELETE FROM app.items WHERE id = 19")
    run = loaded.materialize("links", first=RANGES[0])
    [event] = run.materializations()
    assert (event.metadata["rows_written"].value, event.metadata["rows_removed"].value) == (2, 1)
    assert event.metadata["dagster/partition_row_count"].value == 999
    assert application.rows("SELECT id, share FROM app.links WHERE id BETWEEN 17 AND 19 ORDER BY id") == [
        (17, 100),
        (18, 100),
    ]


def test_materialize_models_sharing_ranges_is_one_run(topics_graph: Graph) -> None:
    keys = topics_graph.set_up()
    run = topics_graph.materialize("entry_topics", "entry_title_topics", first=keys[0], last=keys[-1], pause=0.0)
    assert run.success
    for name in ("entry_topics", "entry_title_topics"):
        events = [event for event in run.materializations() if event.asset_key == topics_graph.key(name)]
        assert [event.partition for event in events] == keys
        assert topics_graph.green(name) == set(keys)


@pytest.mark.parametrize("name", ["items:000000001-000000002", "nonsense"])
def test_materialize_unknown_partition_is_refused_with_known_ones(
    shop: Graph, application: Application, name: str
) -> None:
    shop.instance.add_dynamic_partitions("shop_items", [name])
    run = shop.materialize("links", first=name)
    assert not run.success
    assert run.failure.startswith(f"there is no range '{name}'. Available: {RANGES[0]}, ")
    assert run.steps("STEP_UP_FOR_RETRY") == []
    assert application.rows("SELECT count(*) FROM app.links") == [(0,)]


def test_materialize_model_never_created_names_its_phase(topics_graph: Graph, topics_application: Application) -> None:
    topics_graph.instance.add_dynamic_partitions("topics_entries", ["entries:rest"])
    run = topics_graph.materialize("entry_topics", first="entries:rest")
    assert run.failure.startswith("topics/entry_topics has not been created in this database.")
    assert "materialize the system's phase asset" in run.failure
    assert run.steps("STEP_UP_FOR_RETRY") == []


def test_materialize_phase_adopts_table_only_with_config(shop: Graph, application: Application) -> None:
    application.run("ALTER TABLE app.links RENAME TO old; CREATE TABLE app.links (LIKE app.old INCLUDING ALL)")
    application.run("DROP TABLE app.old")
    refused = shop.materialize("phase_1")
    assert "app.links exists already and was not created by denorm-assets" in refused.failure
    adopted = shop.materialize("phase_1", adopt=["shop/links"])
    assert adopted.success
    assert [line for line in adopted.lines() if line.startswith("table app.links is to be adopted: rows of the table")]


def test_materialize_phase_drops_rows_only_with_config(shop: Graph, application: Application) -> None:
    assert shop.materialize("links", first=RANGES[0]).success
    application.run("ALTER TABLE app.links DROP COLUMN share")
    assert "app.links (recreate): 1,000 rows" in shop.materialize("phase_1").failure
    assert application.rows("SELECT count(*) FROM app.links") == [(1_000,)]
    assert shop.materialize("phase_1", drop=True).success
    assert application.rows("SELECT count(*) FROM app.links") == [(0,)]
