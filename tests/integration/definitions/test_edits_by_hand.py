"""What people do to Dagster's records by hand changes no data, and is noticed."""

from __future__ import annotations

import dagster as dg

from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph

CONTENTS = "SELECT l::text, l.xmin::text FROM app.links AS l ORDER BY 1"


def test_wiped_asset_changes_no_data_and_check_warns(loaded: Graph, application: Application) -> None:
    before = application.rows(CONTENTS)
    loaded.instance.wipe_assets([loaded.key("links")])
    found = loaded.check()["shop/links", "backfill_complete"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description is not None
    assert f"4 ranges are done but not materialized in Dagster ({sorted(RANGES)[0]}, ...)" in found.description
    assert found.metadata["wiped or done from the shell"].value == 4
    assert application.rows(CONTENTS) == before


def test_materialize_after_wipe_writes_nothing_and_check_passes(loaded: Graph, application: Application) -> None:
    loaded.instance.wipe_assets([loaded.key("links")])
    before = application.rows(CONTENTS)
    assert loaded.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    assert application.rows(CONTENTS) == before
    assert loaded.check()["shop/links", "backfill_complete"].passed


def test_hand_reported_materialization_changes_no_data_and_check_warns(shop: Graph, application: Application) -> None:
    shop.materialize("links", first=RANGES[0])
    before = application.rows(CONTENTS)
    by_hand = dg.AssetMaterialization(shop.key("links"), partition=RANGES[1])
    shop.instance.report_runless_asset_event(by_hand)
    checks = shop.check()
    found = checks["shop/links", "backfill_complete"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description is not None
    assert f"Dagster shows 1 ranges as materialized that are not done ({RANGES[1]}, ...)" in found.description
    assert not checks["shop/links", "matches_definition"].passed
    assert application.rows(CONTENTS) == before


def test_materialize_range_reported_by_hand_loads_it(shop: Graph, application: Application) -> None:
    shop.instance.report_runless_asset_event(dg.AssetMaterialization(shop.key("links"), partition=RANGES[1]))
    run = shop.materialize("links", first=RANGES[1])
    assert [event.metadata["rows_written"].value for event in run.materializations()] == [1_000]
