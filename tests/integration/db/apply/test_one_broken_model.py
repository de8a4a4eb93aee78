"""One renamed column stops the read models that use it, and nothing else; a new partition stops nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import AGREED, bring_up

NOW = Debounce(quiet=0, max_wait=0)
STORE = """
CREATE TABLE "Album" ("AlbumId" int PRIMARY KEY, "Title" text NOT NULL);
CREATE TABLE "Track" (
    "TrackId" int PRIMARY KEY, "Name" text NOT NULL, "AlbumId" int REFERENCES "Album", "Composer" text,
    "Milliseconds" int NOT NULL, "UnitPrice" numeric(10, 2) NOT NULL
);
INSERT INTO "Album" SELECT n, 'album ' || n FROM generate_series(1, 10) AS n;
INSERT INTO "Track" SELECT n, 'track ' || n, n % 10 + 1, 'composer ' || n % 7, n, n FROM generate_series(1, 200) AS n;
"""
LENGTHS = """SELECT a."AlbumId", a."Title", count(t."TrackId") AS tracks, sum(t."Milliseconds") AS ms
FROM "Album" AS a LEFT JOIN "Track" AS t ON t."AlbumId" = a."AlbumId" GROUP BY a."AlbumId", a."Title\""""
OTHERS: dict[str, tuple[str, Refresh]] = {
    "album_lengths": (LENGTHS, Debounced(NOW)),
    "album_lengths_now": (LENGTHS, Realtime(NOW)),
    "album_lengths_viewed": (LENGTHS, Full(NOW)),
    "track_prices": ('SELECT "TrackId", "UnitPrice" FROM "Track"', Debounced(NOW)),
    "album_titles": ('SELECT "AlbumId", "Title" FROM "Album"', Debounced(NOW)),
}
COMPOSERS = 'SELECT "Composer", count(*) AS tracks FROM "Track" GROUP BY "Composer"'
BREAKS = {
    "renamed": 'ALTER TABLE "Track" RENAME COLUMN "Composer" TO "WrittenBy"',
    "dropped": 'ALTER TABLE "Track" DROP COLUMN "Composer"',
    "retyped": 'ALTER TABLE "Track" ALTER COLUMN "Composer" TYPE varchar(400)',
}
WRITES = (
    """INSERT INTO "Track" ("TrackId", "Name", "AlbumId", "Milliseconds", "UnitPrice") VALUES (999, 'new', 3, 5, 1)""",
    'UPDATE "Track" SET "Milliseconds" = "Milliseconds" + 1, "UnitPrice" = 7 WHERE "TrackId" < 50',
    'DELETE FROM "Track" WHERE "TrackId" = 60',
    """UPDATE "Album" SET "Title" = 'other' WHERE "AlbumId" = 4""",
)


@pytest.fixture
def store(make_case: MakeCase, tmp_path: Path) -> Case:
    """Six live read models; `composers` alone uses "Track"."Composer"."""
    case = make_case(STORE, COMPOSERS, key=("Composer",), driving=(), name="composers", refresh=Debounced(NOW))
    models = [case.model]
    for name, (text, refresh) in OTHERS.items():
        path = tmp_path / f"{name}.sql"
        path.write_text(text)
        key = text.removeprefix("SELECT ").removeprefix("a.").split('"')[1]
        table = "Track" if key == "TrackId" else "Album"
        ranges = None if isinstance(refresh, Full) else IdRanges(f"{table}.{key}")
        models.append(ReadModel(name, SqlFile(path), (key,), ranges, refresh))
    case.system = replace(case.system, phases=(Phase("phase_1", tuple(models)),))
    bring_up(case.database, case.system)
    return case


def states(case: Case) -> dict[str, str]:
    with case.database.session("app") as session:
        return {name: each.state for name, each in registrations(session, case.system).items()}


def fresh(case: Case) -> dict[str, bool]:
    with case.database.session("app") as session:
        registered = registrations(session, case.system)
        return {
            model.name: kept_fresh(
                session, f"shop/{model.name}", registered[model.name], model_capture(session, case.system, model)
            ).passed
            for model in case.system.read_models
        }


def others_are_right(case: Case) -> None:
    for name in OTHERS:
        assert case.differences(case.system.read_model(name)) == [], name


@pytest.mark.parametrize("deed", BREAKS)
def test_refresh_source_column_changed_stops_only_models_that_use_it(store: Case, deed: str) -> None:
    store.run(BREAKS[deed])
    for statement in WRITES:
        store.write(statement)
    store.refresh_if_due()
    store.refresh_if_due()
    others_are_right(store)
    assert states(store) == {"composers": "needs_rebuild", **dict.fromkeys(OTHERS, "live")}
    assert fresh(store) == {"composers": False, **dict.fromkeys(OTHERS, True)}


@pytest.mark.parametrize("deed", ["renamed", "dropped"])
def test_plan_and_apply_one_broken_model_continue_with_others(store: Case, deed: str) -> None:
    store.run(BREAKS[deed])
    planned = plan_system(store.database, store.system).steps
    [refused] = [step for step in planned if step.action == "refused"]
    assert "composers" in refused.name
    assert "Composer" in refused.why
    with pytest.raises(DenormError, match="Composer"):
        apply_system(store.database, store.system, AGREED)
    for statement in WRITES:
        store.write(statement)
    store.refresh_if_due()
    others_are_right(store)
    assert {name: state for name, state in states(store).items() if name != "composers"} == dict.fromkeys(
        OTHERS, "live"
    )
    assert store.value("SELECT count(*) FROM composers") > 0, "what people read stays"


def test_apply_new_model_beside_broken_one_is_created(store: Case, tmp_path: Path) -> None:
    store.run(BREAKS["renamed"])
    path = tmp_path / "writers.sql"
    path.write_text('SELECT "WrittenBy", count(*) AS tracks FROM "Track" GROUP BY "WrittenBy"')
    writers = ReadModel("writers", SqlFile(path), ("WrittenBy",), None, Debounced(NOW))
    [phase] = store.system.phases
    store.system = replace(store.system, phases=(replace(phase, read_models=(*phase.read_models, writers)),))
    with pytest.raises(DenormError, match="Composer"):
        apply_system(store.database, store.system, AGREED)
    store.model = writers
    store.refresh()
    for statement in WRITES:
        store.write(statement)
    store.refresh_if_due()
    assert store.differences(writers) == []
    others_are_right(store)


def test_apply_column_renamed_back_restores_all_models(store: Case) -> None:
    store.run(BREAKS["renamed"])
    store.run("""UPDATE "Track" SET "WrittenBy" = 'somebody' WHERE "TrackId" < 20""")
    store.refresh_if_due()
    store.run('ALTER TABLE "Track" RENAME COLUMN "WrittenBy" TO "Composer"')
    apply_system(store.database, store.system, AGREED)
    store.refresh_if_due()
    assert store.differences() == []
    others_are_right(store)
    assert set(states(store).values()) == {"live"}


EVENTS = """
CREATE TABLE items (id bigint, at int NOT NULL, n int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE items_1 PARTITION OF items FOR VALUES FROM (0) TO (100);
INSERT INTO items SELECT n, n, n FROM generate_series(1, 50) AS n;
"""
PER_DAY = "SELECT at, count(*) AS items, sum(n) AS n FROM items GROUP BY at"
TOMORROW = "CREATE TABLE items_2 PARTITION OF items FOR VALUES FROM (100) TO (200)"


@pytest.mark.parametrize("kind", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize("looked", [True, False], ids=["noticed first", "written first"])
def test_refresh_new_empty_partition_keeps_model_live(make_case: MakeCase, kind: Refresh, looked: bool) -> None:
    case = make_case(EVENTS, PER_DAY, key=("at",), driving=(), refresh=kind)
    case.refresh()
    case.run(TOMORROW)
    if looked:
        case.refresh_if_due()
        assert case.rows("SELECT FROM denorm.pending") == []
    case.write("INSERT INTO items VALUES (1, 150, 1), (2, 151, 2)")
    if looked:
        case.write("INSERT INTO items_2 VALUES (3, 152, 1); UPDATE items_2 SET n = 9 WHERE id = 1")
    case.refresh_if_due()
    assert states(case) == {"links": "live"}
    case.assert_right()
    case.write("UPDATE items_2 SET n = 10")
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed


@pytest.mark.parametrize("kind", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize(
    "deed",
    [
        "CREATE TABLE other (LIKE items); INSERT INTO other VALUES (7, 150, 1);"
        " ALTER TABLE items ATTACH PARTITION other FOR VALUES FROM (100) TO (200)",
        f"{TOMORROW}; INSERT INTO items_2 VALUES (7, 150, 1)",
        "CREATE TABLE other (LIKE items) PARTITION BY LIST (at); CREATE TABLE one PARTITION OF other DEFAULT;"
        " INSERT INTO one VALUES (7, 150, 1); ALTER TABLE items ATTACH PARTITION other FOR VALUES FROM (100) TO (200)",
        "ALTER TABLE items DETACH PARTITION items_1; CREATE TABLE other (LIKE items);"
        " INSERT INTO other VALUES (7, 50, 1); ALTER TABLE items ATTACH PARTITION other FOR VALUES FROM (0) TO (200)",
    ],
    ids=["attached with rows", "written directly", "parted itself", "exchanged"],
)
def test_refresh_partition_with_rows_added_is_followed(make_case: MakeCase, kind: Refresh, deed: str) -> None:
    case = make_case(EVENTS, PER_DAY, key=("at",), driving=(), refresh=kind)
    case.refresh()
    case.run(deed)
    case.refresh_if_due()
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed
    case.write("UPDATE items SET n = n + 1")
    case.refresh_if_due()
    case.assert_right()
