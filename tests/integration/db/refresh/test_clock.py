"""Read models whose definitions read the clock: kept by key as time passes, and right at their stored time."""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString, cast

import psycopg
import pytest
from psycopg import sql

from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.clock.definition_text import at_time
from tests.conftest import Server
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for
from tests.support.live import bring_up, pending

_PARTS = re.split(r"^-- (.+) --$", Path(__file__).with_name("clock_definitions.sql").read_text(), flags=re.MULTILINE)[
    1:
]
PARTS = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
DDL = PARTS["schema"]


def parts(kind: str) -> dict[str, str]:
    return {head.partition(": ")[2]: text for head, text in PARTS.items() if head.startswith(f"{kind}: ")}


BY_KEY, WHOLE, CHANGES = parts("by key"), parts("whole"), tuple(parts("change").values())
KEYS = {"calendar": ("day",), "windowed": ("user_id", "id")}


@dataclass(frozen=True)
class Clocks:
    """All definitions of the file, live in one database."""

    database: Database
    url: str
    system: System


@pytest.fixture(scope="module")
def clocks(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Clocks]:
    folder = tmp_path_factory.mktemp("clocks")
    models: list[ReadModel] = []
    for name, text in (BY_KEY | WHOLE).items():
        path = folder / f"{name}.sql"
        path.write_text(text, encoding="utf-8")
        key = KEYS.get(name, ("id",))
        models.append(ReadModel(name, SqlFile(path), key, refresh=Debounced(Debounce(quiet=0), clock=1e9)))
    system = System("shop", "app", (Phase("phase_1", tuple(models)),))
    url = server.create("clocks")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(DDL.encode())
    database = Database(url)
    bring_up(database, system)
    yield Clocks(database, url, system)
    database.close()
    server.drop("clocks")


def moved(connection: psycopg.Connection[tuple[object, ...]], moment: datetime) -> dict[str, object]:
    rows = connection.execute(
        "SELECT name, denorm.move_clock(id, %s) FROM denorm.read_model ORDER BY id", (moment,)
    ).fetchall()
    return {str(name): count for name, count in rows}


def settle(refresher: Refresher, url: str) -> None:
    for _ in range(20):
        for each in refresher.look():
            assert each.error is None, (each.full_name, each.error)
        if pending(url) == 0:
            return
    raise AssertionError("changes are still pending")


def wrong_models(
    connection: psycopg.Connection[tuple[object, ...]], models: Sequence[ReadModel], moment: datetime
) -> list[str]:
    found: list[str] = []
    for model in models:
        text = at_time(model.definition.text, f"timestamptz '{moment.isoformat()}'")
        assert text is not None
        query = sql.SQL(
            "SELECT count(*) FROM ("
            "(SELECT d::text FROM ({definition}) AS d EXCEPT ALL SELECT h::text FROM {table} AS h)"
            " UNION ALL (SELECT h::text FROM {table} AS h EXCEPT ALL SELECT d::text FROM ({definition}) AS d)) AS x"
        ).format(definition=sql.SQL(cast(LiteralString, text)), table=sql.Identifier(model.name))
        row = connection.execute(query).fetchone()
        if row != (0,):
            found.append(model.name)
    return found


@pytest.mark.long
def test_definitions_with_clock_random_moves_and_changes_stay_right(clocks: Clocks) -> None:
    chance = random.Random(7)
    moment = datetime(2024, 2, 15, 10, 30, tzinfo=UTC)
    refresher = Refresher(clocks.database, [clocks.system])
    options = "-c search_path=app -c timezone=UTC"
    with psycopg.connect(clocks.url, autocommit=True, options=options) as connection:
        for step in range(10):
            moved(connection, moment)
            settle(refresher, clocks.url)
            assert wrong_models(connection, clocks.system.read_models, moment) == [], (step, moment)
            change = chance.choice(CHANGES).format(n=chance.randrange(1, 5), m=step + 1)
            connection.execute(cast(LiteralString, change))
            if chance.random() < 0.5:
                settle(refresher, clocks.url)
                assert wrong_models(connection, clocks.system.read_models, moment) == [], (step, change)
            hours = chance.choice([0.1, 5, 24, 24 * 3, 24 * 29, -24 * 3, -24 * 30, 0])
            moment += timedelta(hours=hours, milliseconds=chance.randrange(1, 999))


@pytest.mark.long
def test_definitions_with_clock_small_move_touches_few_anchors(clocks: Clocks) -> None:
    with clocks.database.session("app") as session:
        whole = {
            model.name: sources.clock and sources.clock.whole
            for model in clocks.system.read_models
            for sources in [model_sources(session, describe(session, clocks.system, model))]
        }
    assert {name for name, reason in whole.items() if reason is None} >= BY_KEY.keys(), whole
    with psycopg.connect(clocks.url, autocommit=True) as connection:
        moved(connection, datetime(2024, 2, 15, 10, 30, tzinfo=UTC))
        connection.execute("DELETE FROM denorm.pending")
        counts = moved(connection, datetime(2024, 2, 15, 10, 31, tzinfo=UTC))
        everything = connection.execute(
            "SELECT m.name FROM denorm.pending AS p JOIN denorm.read_model AS m ON m.id = p.model_id WHERE p.everything"
        ).fetchall()
        connection.execute(
            "INSERT INTO denorm.pending (model_id, everything, changed_at)"
            " SELECT id, true, now() FROM denorm.read_model"
        )
    assert {str(name) for (name,) in everything}.isdisjoint(BY_KEY), everything
    assert {name: count for name, count in counts.items() if name in BY_KEY and cast(int, count) > 3} == {}


def expiring(make_case: MakeCase, refresh: Debounced | Realtime) -> Case:
    case = make_case(
        "CREATE TABLE coupons (id bigint PRIMARY KEY, until timestamptz NOT NULL)",
        "SELECT c.id FROM coupons c WHERE c.until > now()",
        driving=(),
        refresh=refresh,
    )
    case.refresh()
    return case


def test_look_row_past_its_time_removes_it(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0), clock=0.1))
    case.write("INSERT INTO coupons VALUES (1, clock_timestamp() + interval '2 s'), (2, 'infinity')")
    refresher = Refresher(case.database, [case.system])
    held: list[list[int]] = []

    def gone() -> bool:
        assert all(each.error is None for each in refresher.look())
        held.append([row[0] for row in case.rows("SELECT id FROM links ORDER BY id")])
        return held[-1] == [2]

    wait_for(gone, "the coupon to expire")
    assert [1, 2] in held
    assert 0 <= refresher.due_in <= 0.1


def test_realtime_definition_with_clock_is_right_in_writing_transaction(make_case: MakeCase) -> None:
    case = expiring(make_case, Realtime(clock=0.1))
    case.write("INSERT INTO coupons VALUES (1, 'infinity'), (2, '-infinity')")
    assert case.rows("SELECT id FROM links") == [(1,)]
    case.write("UPDATE coupons SET until = '-infinity' WHERE id = 1")
    assert case.rows("SELECT id FROM links") == []


def test_look_clock_set_back_moves_stored_time_back(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0), clock=30))
    case.write("INSERT INTO coupons VALUES (1, clock_timestamp() + interval '1 hour')")
    case.run("SELECT denorm.move_clock(id, clock_timestamp() + interval '1 year') FROM denorm.read_model")
    Refresher(case.database, [case.system]).look()
    assert case.rows("SELECT id FROM links") == [(1,)]
    assert case.value("SELECT abs(extract(epoch FROM clock_timestamp() - clock)) < 30 FROM denorm.read_model")


def test_look_read_model_held_by_apply_moves_clock_later(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0), clock=0.1))
    refresher = Refresher(case.database, [case.system])
    stored = "SELECT clock FROM denorm.read_model"
    before = case.value(stored)
    with case.connect() as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM denorm.read_model FOR NO KEY UPDATE")
        refresher.look()
        assert case.value(stored) == before

    def moved_on() -> bool:
        refresher.look()
        return bool(case.value(stored) > before)

    wait_for(moved_on, "the clock to be moved")


def test_look_expansion_that_fails_makes_everything_stale(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0), clock=0.1))
    case.run("UPDATE denorm.read_model SET clock_expansion = 'SELECT (1 / 0)::text, false'")
    case.write("INSERT INTO coupons VALUES (1, 'infinity')")
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors is None
    case.assert_right()


def test_queue_check_clock_not_moved_names_late_model(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0), clock=5))
    with case.database.session("app") as session:
        assert next(found for found in monitor(session, case.system) if found.name == "queue").passed
    case.run("SELECT denorm.move_clock(id, clock_timestamp() - interval '1 hour') FROM denorm.read_model")
    with case.database.session("app") as session:
        queue = next(found for found in monitor(session, case.system) if found.name == "queue")
    assert not queue.passed
    assert "links" in queue.summary


def test_apply_definition_without_clock_forgets_stored_time(make_case: MakeCase) -> None:
    case = expiring(make_case, Debounced(Debounce(quiet=0)))
    case.redefine("SELECT c.id FROM coupons c WHERE c.until > '2000-01-01 00:00+00'")
    case.redeclare()
    case.apply()
    case.refresh()
    assert case.rows("SELECT clock, clock_expansion FROM denorm.read_model") == [(None, None)]
    case.redefine("SELECT c.id FROM coupons c WHERE c.until < CURRENT_DATE")
    case.redeclare()
    case.apply()
    case.refresh()
    assert case.value("SELECT clock IS NOT NULL AND clock_expansion IS NOT NULL FROM denorm.read_model")


@pytest.mark.parametrize("seconds", [0, -1.5])
def test_debounced_clock_not_positive_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="has to be more than 0 s"):
        Debounced(clock=seconds)
