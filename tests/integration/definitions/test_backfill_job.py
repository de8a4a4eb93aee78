"""The backfill job: IDs in the launchpad; only ranges covered wholly are done."""

from __future__ import annotations

import re
from typing import Any

import pytest

from denorm_assets.definitions.build import build_definitions
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph

DONE = "SELECT key FROM denorm.range_progress WHERE done_at IS NOT NULL ORDER BY key"


def backfill(graph: Graph, **config: Any) -> Finished:
    return graph.run_job("shop_items_backfill", resources=what_to_load(**{"pause": 0.0, **config}))


def what_to_load(**config: Any) -> dict[str, Any]:
    return {"what_to_load": {"config": config}}


def done_ranges(application: Application) -> set[str]:
    return {key for (key,) in application.rows(DONE)}


def test_backfill_job_launchpad_shows_each_option_with_default() -> None:
    job = build_definitions([TOPICS]).resolve_job_def("topics_entries_backfill")
    assert {node.name for node in job.nodes} == {"backfill_entry_topics", "backfill_entry_title_topics"}
    assert job.run_config == {
        "resources": what_to_load(
            from_id=None,
            to_id=None,
            partitions=None,
            batch_size=None,
            pause=0.05,
            statement_timeout=60.0,
            again=False,
        )
    }
    fields = [
        field
        for shape in job.get_job_snapshot().config_schema_snapshot.all_config_snaps_by_key.values()
        for field in shape.fields or ()
        if field.name in ("from_id", "to_id", "partitions", "batch_size", "pause", "statement_timeout", "again")
    ]
    assert len(fields) == 7
    assert all(field.description for field in fields)


def test_backfill_job_partly_covered_range_is_loaded_but_not_done(shop: Graph, application: Application) -> None:
    run = backfill(shop, from_id="500", to_id="2200", batch_size=300)
    assert run.success
    assert shop.green("links") == {RANGES[1]}
    assert done_ranges(application) == {RANGES[1]}
    assert application.rows("SELECT min(id), max(id), count(*) FROM app.links") == [(500, 2_200, 1_701)]
    assert f"{RANGES[0]}: covered partly, 501 rows written" in run.lines()
    [event] = run.materializations()
    assert event.metadata["dagster/partition_row_count"].value == 1_000
    assert event.metadata["batches"].value == 4


def test_backfill_job_partitions_pasted_from_check_are_loaded(shop: Graph, application: Application) -> None:
    assert backfill(shop, partitions=f"{RANGES[0]}, {RANGES[2]}").success
    assert done_ranges(application) == shop.green("links") == {RANGES[0], RANGES[2]}
    assert backfill(shop).success
    application.run("DELETE FROM app.links WHERE id IN (5, 1200)")
    found = shop.check()["shop/links", "matches_definition"]
    pasting = r"launch the job `(\w+)` and paste `(.+?)`, from the details below, as `(\w+)`"
    [(job, figure, field)] = re.findall(pasting, str(found.description))
    pasted = found.metadata[figure].value
    assert shop.run_job(job, resources=what_to_load(**{field: pasted})).success
    assert shop.check()["shop/links", "matches_definition"].passed


def test_backfill_job_partitions_and_ids_together_are_refused(shop: Graph, application: Application) -> None:
    run = backfill(shop, partitions=RANGES[0], from_id=1)
    assert "both partitions and IDs are given" in run.failure
    assert application.rows("SELECT count(*) FROM app.links") == [(0,)]


def test_backfill_job_ids_may_be_numbers(shop: Graph, application: Application) -> None:
    assert backfill(shop, from_id=1_001, to_id=2_000).success
    assert done_ranges(application) == {RANGES[1]}


def test_backfill_job_range_without_its_last_id_is_not_done(shop: Graph, application: Application) -> None:
    assert backfill(shop, from_id="1001", to_id="1999").success
    assert done_ranges(application) == set()
    assert backfill(shop, from_id="1001", to_id="2000").success
    assert done_ranges(application) == shop.green("links") == {RANGES[1]}


def test_backfill_job_without_ids_loads_all_then_nothing(shop: Graph, application: Application) -> None:
    run = backfill(shop, from_id="", to_id="")
    assert [event.partition for event in run.materializations()] == RANGES
    assert backfill(shop).materializations() == []
    application.run("DELETE FROM app.links WHERE id = 5")
    assert backfill(shop).materializations() == []
    run = backfill(shop, again=True)
    assert [event.metadata["rows_written"].value for event in run.materializations()] == [1, 0, 0, 0]


def test_backfill_job_ranges_made_by_shell_become_partitions(
    topics_graph: Graph, topics_application: Application
) -> None:
    assert topics_graph.materialize("phase_1_link_tables").success
    assert topics_graph.run_job("topics_entries_backfill", resources=what_to_load(pause=0.0)).success
    keys = topics_graph.partitions()
    assert keys[-1] == "entries:rest"
    assert topics_graph.green("entry_topics") == topics_graph.green("entry_title_topics") == set(keys)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"from_id": "20", "to_id": "10"}, "the range from 20 to 10 is empty. Give the smaller ID first"),
        ({"from_id": "ten"}, "'ten' is not an ID of this table. Give a whole number"),
        (
            {"from_id": "9000"},
            "no row has an ID between 9000 and the last: items has IDs from 1 to 2500. Give IDs within the table",
        ),
    ],
)
def test_backfill_job_invalid_ids_are_refused_without_retry(
    shop: Graph, application: Application, config: dict[str, str], message: str
) -> None:
    run = backfill(shop, **config)
    assert run.failure == message
    assert run.steps("STEP_UP_FOR_RETRY") == []
    assert application.rows("SELECT count(*) FROM app.links") == [(0,)]


def test_backfill_job_invalid_options_are_listed_without_retry(shop: Graph) -> None:
    run = backfill(shop, batch_size=0, pause=-1.0, statement_timeout=0.0001)
    assert run.failure == (
        "batch_size is below 1; leave it empty to adapt; pause is negative; 0 is the shortest; "
        "statement_timeout is below 0.001 s. Correct the run's config and launch it again"
    )
    assert run.steps("STEP_UP_FOR_RETRY") == []
