"""The ranges sensor: first ranges, growth, and indexes once the last range is done; and why it waits."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from datetime import timedelta

import dagster as dg
import pytest

from denorm_assets.definitions import sensors
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.definitions.conftest import Application
from tests.definitions.graph import RANGES, Graph


def waits_for(result: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(result, dg.SkipReason), result
    return result.skip_message or ""


def requests(result: dg.SensorResult | dg.SkipReason) -> tuple[list[str], list[str]]:
    """(partitions to add, assets to materialize)."""
    assert isinstance(result, dg.SensorResult), result
    added: list[str] = []
    for request in result.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        added += request.partition_keys
    wanted = [key.to_user_string() for run in result.run_requests or () for key in run.asset_selection or ()]
    return added, wanted


def test_before_anything_is_created_it_names_the_phase_to_materialize(topics_graph: Graph) -> None:
    assert waits_for(topics_graph.tick()) == "; ".join(
        f"{model.name} is not created yet; materialize its phase" for model in TOPICS.read_models
    )


def test_it_makes_the_first_ranges_and_then_waits_for_them(shop: Graph, application: Application) -> None:
    fresh = Graph(shop.system, shop.definitions, dg.DagsterInstance.ephemeral())
    assert requests(fresh.tick()) == (RANGES, [])
    assert fresh.partitions() == RANGES
    assert waits_for(fresh.tick()) == "links: 0 of 4 ranges are done"
    fresh.instance.dispose()


def test_it_counts_the_ranges_that_are_done(shop: Graph) -> None:
    shop.materialize("links", first=RANGES[0], last=RANGES[2], pause=0.0)
    assert waits_for(shop.tick()) == "links: 3 of 4 ranges are done"


def test_it_requests_indexes_once_after_the_last_range(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert waits_for(shop.tick()) == "links is loaded; its indexes are requested in a moment"
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    first, second = shop.tick(), shop.tick()
    assert requests(first) == requests(second) == ([], ["shop/links_indexes"])
    assert isinstance(first, dg.SensorResult)
    assert isinstance(second, dg.SensorResult)
    # Dagster starts one run per key.
    [key], [same] = ([run.run_key for run in result.run_requests or ()] for result in (first, second))
    assert key
    assert key == same
    shop.materialize("links", first=RANGES[0])
    third = shop.tick()
    assert isinstance(third, dg.SensorResult)
    assert [run.run_key for run in third.run_requests or ()] != [key]


@pytest.mark.parametrize("whole_job", [True, False])
def test_it_requests_no_indexes_while_a_run_is_at_them(
    shop: Graph, monkeypatch: pytest.MonkeyPatch, whole_job: bool
) -> None:
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    job = (
        shop.definitions.resolve_job_def("shop_finish")
        if whole_job
        else shop.definitions.resolve_implicit_global_asset_job_def()
    )
    shop.instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=None if whole_job else frozenset({dg.AssetKey(["shop", "links_indexes"])}),
    )
    assert waits_for(shop.tick()) == "links is loaded; a run is at its indexes"


def test_it_asks_for_nothing_more_once_the_read_model_is_live(loaded: Graph) -> None:
    assert waits_for(loaded.tick()) == "links is live and its ranges cover the table"


def test_growth_adds_ranges_at_the_end_and_names_what_is_not_loaded(loaded: Graph, application: Application) -> None:
    application.run("INSERT INTO app.items SELECT n, 1 FROM generate_series(2501, 4600) AS n")
    added, wanted = requests(loaded.tick())
    assert added == ["items:000002501-000003500", "items:000003501-000004500"]
    assert wanted == []
    assert loaded.partitions() == [*RANGES, *added]
    assert waits_for(loaded.tick()) == "links is live; 4 of 6 ranges are done"
    assert loaded.materialize("links", first=added[0], last=added[1], pause=0.0).success
    assert loaded.materialize("links", first="items:rest").success
    assert waits_for(loaded.tick()) == "links is live and its ranges cover the table"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://someone:hush-hush@127.0.0.1:9/nowhere", "cannot be reached"),
        ("mysql://someone:hush-hush@127.0.0.1/nowhere", "DENORM_DATABASE_URL is not the URL of a PostgreSQL database"),
        ("", "DENORM_DATABASE_URL is not set"),
    ],
)
def test_a_database_that_cannot_be_reached_is_a_reason_to_skip_without_its_password(
    shop: Graph, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", url)
    said = waits_for(shop.tick())
    assert reason in said
    assert "hush-hush" not in said
