"""`refresh=Auto()` in Dagster: assets are built without a database, and events say what was chosen there."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.definitions.checks.refresh_reports import refresh_materialization
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.local_run import LocalGraph
from denorm_assets.definitions.names import Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto, Debounce
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.versions import code_version
from tests.integration.definitions.conftest import Application
from tests.support.live import wrong_rows

DEFINITIONS = {
    "plain": "SELECT id, amount FROM items",
    "ranked": "SELECT id, rank() OVER (ORDER BY amount DESC) AS place FROM items",
}


def declared(folder: Path) -> System:
    models: list[ReadModel] = []
    for name, text in DEFINITIONS.items():
        path = folder / f"{name}.sql"
        path.write_text(text, encoding="utf-8")
        models.append(ReadModel(name, SqlFile(path), ("id",), refresh=Auto(Debounce(quiet=0, max_wait=0))))
    return System("shop", "app", (Phase("phase_1", tuple(models)),))


def test_auto_both_kinds_load_refresh_and_say_what_was_chosen(
    application: Application, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    system = declared(tmp_path)
    application.run("ANALYZE app.items; UPDATE pg_class SET reltuples = 250000 WHERE oid = 'app.items'::regclass")
    graph = LocalGraph([system], instance)
    graph.set_up(system)
    graph.backfill(system)
    graph.finish(system)
    assert application.rows(
        "SELECT relname::text, relkind::text FROM pg_class WHERE relname IN ('plain', 'ranked') ORDER BY 1"
    ) == [("plain", "r"), ("ranked", "m")]
    application.run("UPDATE app.items SET amount = amount + 7 WHERE id % 5 = 1")
    with DatabaseResource().open() as database:
        reported = [
            refresh_materialization(Names([system]), instance, database, each)
            for each in Refresher(database, [system]).look()
        ]
    loaded = [instance.get_latest_materialization_event(dg.AssetKey(["shop", name])) for name in DEFINITIONS]
    for events in (reported, [event and event.asset_materialization for event in loaded]):
        by_key, in_full = events
        assert by_key is not None
        assert in_full is not None
        assert by_key.metadata["kept fresh"].value == "auto: by key, because no source is whole"
        assert str(in_full.metadata["kept fresh"].value).startswith("auto: full, because source app.items of about")
        for event, model in zip((by_key, in_full), system.read_models, strict=True):
            assert (event.tags or {})["dagster/code_version"] == code_version(system, model)
    assert wrong_rows(application.url, system) == {"shop/plain": 0, "shop/ranked": 0}
    assert [f"{each.asset} {each.check}: {each.summary}" for each in graph.check(system) if not each.passed] == []
