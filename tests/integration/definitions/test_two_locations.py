"""Two code locations of one workspace that show systems of one name: staging and production, say."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from denorm_assets import build_definitions
from tests.integration.definitions.conftest import ITEMS, Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.integration.definitions.test_merging import LINKS, SHOP, Ours, merged


class Location(Graph):
    """A code location over a database of its own."""

    def over(self, application: Application, monkeypatch: pytest.MonkeyPatch) -> Location:
        """The same, whose database is now the one that is looked at."""
        monkeypatch.setenv("DENORM_DATABASE_URL", application.url)
        return self


def test_two_locations_systems_of_one_name_have_partitions_of_their_own(
    application: Application,
    instance: dg.DagsterInstance,
    new_database: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Application(new_database())
    other.run(ITEMS)
    other.run("DELETE FROM app.items WHERE id > 900")
    here = Location(SHOP, merged(build_definitions([SHOP])), instance), application
    there = Location(SHOP, merged(build_definitions([SHOP], translator=Ours())), instance), other
    for location, database in (here, there):
        graph = location.over(database, monkeypatch)
        for job in ("shop_setup", "shop_items_backfill", "shop_finish"):
            run = graph.run_job(job)
            assert run.success, run.failure
    few = ["items:min-000000900", "items:rest"]
    for _ in range(2):
        for location, database in (here, there):
            assert isinstance(location.over(database, monkeypatch).tick(), dg.SkipReason), "no partition comes or goes"
        assert instance.get_dynamic_partitions("shop_items") == RANGES
        assert instance.get_dynamic_partitions("warehouse/shop/items_ranges") == few
    assert instance.get_materialized_partitions(LINKS) == set(RANGES)
    assert instance.get_materialized_partitions(LINKS.with_prefix("warehouse")) == set(few)
