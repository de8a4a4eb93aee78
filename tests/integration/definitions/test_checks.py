"""Asset checks: what they say of good and of broken data, and what they stop."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from denorm_assets.definitions.checks.combined import parts_of
from denorm_assets.model.index import Index, references
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.unseen import unseen


def table(found: dg.AssetCheckEvaluation, label: str = "details") -> list[dict[str, object]]:
    """The table in a check's metadata."""
    details = found.metadata[label]
    assert isinstance(details, dg.TableMetadataValue)
    assert {column.name for column in details.schema.columns} == set(details.records[0].data)
    return [dict(record.data) for record in details.records]


def make_linked(make_shop: Callable[..., System], instance: dg.DagsterInstance, application: Application) -> Graph:
    """A live read model with an index and a foreign key."""
    application.run("CREATE TABLE app.kinds (id int PRIMARY KEY); INSERT INTO app.kinds VALUES (1)")
    system = make_shop(
        "SELECT id, amount AS kind_id FROM items",
        indexes=(Index("kind_id", "id"),),
        references=(references("kind_id", "kinds.id", foreign_key=True),),
    )
    graph = Graph.of(system, instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    return graph


def test_checks_good_data_pass_with_table_of_ranges(loaded: Graph) -> None:
    checks = loaded.check()
    assert {key: found.passed for key, found in checks.items()} == {
        ("shop/links", "matches_definition"): True,
        ("shop/links", "backfill_complete"): True,
        ("shop/links", "kept_fresh"): True,
        ("shop/links", "reconciled"): True,
        ("shop/links_indexes", "indexes_and_foreign_keys"): True,
        ("shop/phase_1", "catalog"): True,
    }
    found = checks["shop/links", "matches_definition"]
    assert found.description == "2,500 rows in 4 ranges equal the definition"
    assert (found.metadata["rows"].value, found.metadata["ranges that differ"].value) == (2_500, 0)
    assert [(row["range"], row["rows"], row["by definition"]) for row in table(found)] == [
        (RANGES[0], 1_000, 1_000),
        (RANGES[1], 1_000, 1_000),
        (RANGES[2], 500, 500),
        (RANGES[3], 0, 0),
    ]


def test_matches_definition_differing_range_shows_sample_keys(loaded: Graph, application: Application) -> None:
    application.run("DELETE FROM app.links WHERE id = 1200; INSERT INTO app.links VALUES (9999, 1)")
    application.run("UPDATE app.links SET share = 3 WHERE id = 1300; DELETE FROM app.links WHERE id BETWEEN 1 AND 40")
    found = loaded.check()["shop/links", "matches_definition"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert found.description is not None
    assert found.description.startswith("3 of 4 ranges differ from the definition; run ")
    first, second, rest = table(found)
    assert (first["range"], second["range"], rest["range"]) == (RANGES[0], RANGES[1], RANGES[3])
    assert str(first["missing"]).count("(") == 20
    assert "1200" in str(second["missing"])
    assert "1300" in str(second["missing"]) + str(second["extra"])
    assert (rest["missing"], rest["rows"], rest["by definition"]) == ("", 1, 0)
    assert "9999" in str(rest["extra"])
    # To be copied into the launch dialog.
    assert found.metadata["partitions to materialize"].value == f"{RANGES[0]}, {RANGES[1]}, {RANGES[3]}"


def test_matches_definition_poison_row_is_reported_and_rest_compared(loaded: Graph, application: Application) -> None:
    application.run(unseen("UPDATE app.items SET amount = 0 WHERE id = 1500; DELETE FROM app.links WHERE id = 2400"))
    found = loaded.check()["shop/links", "matches_definition"]
    poisoned, differing = table(found)
    assert (poisoned["range"], poisoned["missing"]) == (RANGES[1], "the comparison failed: division by zero")
    assert differing["range"] == RANGES[2]


def test_backfill_complete_missing_ranges_warn_by_name(shop: Graph) -> None:
    shop.materialize("links", first=RANGES[0], last=RANGES[1], pause=0.0)
    found = shop.check()["shop/links", "backfill_complete"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert table(found) == [{"range": key, "state": "not begun"} for key in RANGES[2:]]
    assert found.metadata["partitions to materialize"].value == f"{RANGES[2]}, {RANGES[3]}"


def test_checks_broken_indexes_keys_and_references_are_named(
    make_shop: Callable[..., System], instance: dg.DagsterInstance, application: Application
) -> None:
    graph = make_linked(make_shop, instance, application)
    application.run("DROP INDEX app.links_kind_id_id_idx; ALTER TABLE app.links DROP CONSTRAINT links_kind_id_fkey")
    application.run("INSERT INTO app.links VALUES (9999, 77)")
    checks = graph.check()
    orphans = checks["shop/links", "no_orphans"]
    assert (orphans.passed, table(orphans)) == (
        False,
        [{"column": "kind_id", "refers to": "kinds", "value": "77", "rows": 1}],
    )
    found = checks["shop/links_indexes", "indexes_and_foreign_keys"]
    assert (found.passed, [part.outcome for part in parts_of(found)]) == (False, ["ERROR", "ERROR"])
    assert table(found, "indexes_valid: details") == [{"index": "links_kind_id_id_idx", "state": "missing"}]
    assert [row["state"] for row in table(found, "foreign_keys_validated: details")] == ["missing"]


def test_materialize_indexes_again_recreates_lost_index(
    make_shop: Callable[..., System], instance: dg.DagsterInstance, application: Application
) -> None:
    graph = make_linked(make_shop, instance, application)
    application.run("DROP INDEX app.links_kind_id_id_idx")
    run = graph.materialize("links_indexes")
    assert run.success
    [event] = run.materializations()
    steps = event.metadata["steps"]
    assert isinstance(steps, dg.TableMetadataValue)
    assert {"object": "index", "name": "links_kind_id_id_idx", "action": "create"} in [
        dict(row.data) for row in steps.records
    ]
    assert all(found.passed for found in run.checks().values())


def test_blocking_check_failed_stops_later_steps_of_run(loaded: Graph, application: Application) -> None:
    application.run("DELETE FROM app.links WHERE id = 1200")
    job = loaded.definitions.resolve_job_def("__ASSET_JOB").get_subset(
        asset_selection={loaded.key("links_indexes")},
        asset_check_selection={
            dg.AssetCheckKey(loaded.key("links"), "matches_definition"),
            dg.AssetCheckKey(loaded.key("links_indexes"), "indexes_and_foreign_keys"),
        },
    )
    result = job.execute_in_process(instance=loaded.instance, raise_on_error=False)
    assert not result.success
    [found] = result.get_asset_check_evaluations()
    assert (found.check_name, found.passed) == ("matches_definition", False)
    assert result.get_asset_materialization_events() == []


def test_checks_before_apply_say_what_to_do_first(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    run = Graph.of(make_shop(), instance).run_job("shop_checks")
    assert not run.success
    assert run.failure.startswith("shop/links has not been created in this database.")
    [(key, found)] = run.checks().items()
    assert (key, found.passed) == (("shop/phase_1", "catalog"), False)
    assert "run `denorm-assets apply`, or materialize a phase" in (found.description or "")
