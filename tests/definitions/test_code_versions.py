"""A changed definition: its ranges are shown as outdated until they are loaded again, and only then."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleCauseCategory, StaleStatus
from dagster._core.loader import LoadingContextForTest

from tests.definitions.conftest import SHARES, Application
from tests.definitions.graph import RANGES, Graph


def resolver(graph: Graph) -> CachingStaleStatusResolver:
    loading = LoadingContextForTest(graph.instance)
    return CachingStaleStatusResolver(graph.instance, graph.definitions.resolve_asset_graph(), loading)


def outdated(graph: Graph) -> set[str]:
    """The ranges that the UI shows as out of date."""
    asked = resolver(graph)
    return {key for key in RANGES if asked.get_status(graph.key("links"), key) is StaleStatus.STALE}


def outdated_by_code(graph: Graph) -> set[str]:
    """The ranges that the UI shows with an outdated code version of their own."""
    asked = resolver(graph)
    return {
        key
        for key in RANGES
        for cause in asked.get_stale_causes(graph.key("links"), key)
        if cause.category is StaleCauseCategory.CODE and cause.asset_key == graph.key("links")
    }


def redefined(graph: Graph, text: str) -> Graph:
    """The graph after its definition was edited and its code reloaded."""
    model = graph.system.read_models[0]
    model.definition.path.write_text(text, encoding="utf-8")
    return Graph.of(replace(graph.system), graph.instance)


def test_loaded_ranges_are_up_to_date_and_stay_so_when_set_up_again(loaded: Graph, application: Application) -> None:
    assert outdated(loaded) == set()
    loaded.set_up()
    application.run("INSERT INTO app.items SELECT n, 1 FROM generate_series(2501, 4600) AS n")
    loaded.set_up()
    assert outdated(loaded) == set()


def test_a_changed_definition_outdates_every_range_until_it_is_loaded_again(
    loaded: Graph, application: Application
) -> None:
    changed = redefined(loaded, SHARES.replace("100 /", "200 /"))
    assert outdated(changed) == outdated_by_code(changed) == set(RANGES)

    run = changed.materialize("links", first=RANGES[0])
    assert run.failure.startswith("the present version of shop/links has not been created in this database.")

    assert changed.materialize("phase_1").success
    assert changed.materialize("links", first=RANGES[0]).success
    assert outdated(changed) == outdated_by_code(changed) == set(RANGES[1:])
    # The phase rebuilt what people read, and loading it again writes nothing.
    assert application.rows("SELECT DISTINCT share FROM app.links") == [(200,)]

    assert changed.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    assert outdated(changed) == set()


def test_checks_say_that_a_changed_declaration_was_not_applied_yet(loaded: Graph) -> None:
    found = redefined(loaded, SHARES.replace("100 /", "200 /")).check()["shop/links", "backfill_complete"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description is not None
    assert found.description.startswith("the declaration changed since it was applied; materialize the phase")
