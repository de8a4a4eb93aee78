"""What was renamed of a read model's sources is named; renamed back, the next driver makes the rows right by itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.status import model_status
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.errors import NoLongerFits, NotCaptured, SourcesChanged
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.integration.db.refresh.test_heartbeat import working
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
KINDS: dict[str, Refresh] = {"debounced": Debounced(NOW), "realtime": Realtime(NOW), "full": Full(NOW)}
SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE "Track" (id int PRIMARY KEY, "Composer" text, ms int, m mood DEFAULT 'ok');
CREATE FUNCTION price(ms int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT ms * 2';
INSERT INTO "Track" SELECT n, 'c' || n % 7, n FROM generate_series(1, 60) AS n;
"""
GROUPED = 'SELECT "Composer", count(*) AS n, sum(ms) AS ms FROM "Track" GROUP BY "Composer"'


@dataclass(frozen=True)
class Change:
    """What the read model shows, DDL and what takes it back, a write between them, and what people are told."""

    text: str
    key: str
    there: str
    back: str
    write: str
    told: str
    undo: str = ""


CHANGES = {
    "a grouped column": Change(
        GROUPED,
        "Composer",
        'ALTER TABLE "Track" RENAME "Composer" TO "Writer"',
        'ALTER TABLE "Track" RENAME "Writer" TO "Composer"',
        """UPDATE "Track" SET "Writer" = 'x' WHERE id < 20""",
        "the column Composer of app.Track is now called Writer",
        'ALTER TABLE "app"."Track" RENAME COLUMN "Writer" TO "Composer"',
    ),
    "a shown column": Change(
        'SELECT id, "Composer" FROM "Track"',
        "id",
        'ALTER TABLE "Track" RENAME "Composer" TO "Writer"',
        'ALTER TABLE "Track" RENAME "Writer" TO "Composer"',
        """UPDATE "Track" SET "Writer" = 'x' WHERE id < 20""",
        "the column Composer of app.Track is now called Writer",
    ),
    "a key column": Change(
        'SELECT id, "Composer" FROM "Track"',
        "id",
        'ALTER TABLE "Track" RENAME id TO no',
        'ALTER TABLE "Track" RENAME no TO id',
        'UPDATE "Track" SET no = no + 1000 WHERE no < 20; DELETE FROM "Track" WHERE no = 30',
        "the column id of app.Track is now called no",
    ),
    "the table": Change(
        GROUPED,
        "Composer",
        'ALTER TABLE "Track" RENAME TO song',
        'ALTER TABLE song RENAME TO "Track"',
        """UPDATE song SET "Composer" = 'x' WHERE id < 20""",
        "the table app.Track is now called app.song",
        'ALTER TABLE "app"."song" RENAME TO "Track"',
    ),
    "the table's schema": Change(
        GROUPED,
        "Composer",
        'CREATE SCHEMA away; ALTER TABLE "Track" SET SCHEMA away',
        'ALTER TABLE away."Track" SET SCHEMA app',
        """UPDATE away."Track" SET "Composer" = 'x' WHERE id < 20""",
        "the table app.Track is now called away.Track",
        'ALTER TABLE "away"."Track" SET SCHEMA "app"',
    ),
    "a function": Change(
        'SELECT id, price(ms) AS price FROM "Track"',
        "id",
        "ALTER FUNCTION price RENAME TO cost",
        "ALTER FUNCTION cost RENAME TO price",
        'UPDATE "Track" SET ms = ms + 1 WHERE id < 20',
        "the function app.price is gone",
    ),
    "a type": Change(
        """SELECT id, m::text AS m, 'sad'::mood AS s FROM "Track\"""",
        "id",
        "ALTER TYPE mood RENAME TO temper",
        "ALTER TYPE temper RENAME TO mood",
        """UPDATE "Track" SET m = 'sad' WHERE id < 20""",
        "the column m of app.Track is now of type app.temper; it was app.mood",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Refresh:
    return KINDS[request.param]


def bring_up(make_case: MakeCase, change: Change, kind: Refresh) -> Case:
    case = make_case(SETUP, change.text, key=(change.key,), driving=(), refresh=kind)
    case.refresh()
    assert case.refresh_if_due() == []
    return case


def freshness(case: Case) -> CheckResult:
    with case.database.session("app") as session:
        capture = model_capture(session, case.system, case.model)
        return kept_fresh(session, "shop/links", case.registered(), capture)


def wait_until_live(case: Case) -> None:
    """Looks of one driver, as a worker makes them, until the read model is what it was."""
    wait_for(lambda: bool(case.refresh_if_due()) and case.registered().state == "live", "a refresh")
    case.assert_right()
    assert freshness(case).passed, freshness(case).summary


@pytest.mark.parametrize("changed", CHANGES)
def test_refresh_source_renamed_names_it_and_recovers_when_renamed_back(
    make_case: MakeCase, changed: str, kind: Refresh
) -> None:
    change = CHANGES[changed]
    case = bring_up(make_case, change, kind)
    case.write(change.there)
    case.write(change.write)
    [failed] = case.refresh_if_due()
    said = str(failed.error)
    assert change.told in said
    assert change.undo in said
    assert "put the definition back" not in said
    assert case.registered().state == "needs_rebuild"
    with pytest.raises(SourcesChanged, match=change.told):
        refresh_now(case.database, case.system, case.model)
    if "function" not in changed:
        assert change.told in freshness(case).summary
        assert change.told in str(model_status(case.database, case.system, case.model).held_up_by)
    case.write(change.back)
    wait_until_live(case)
    case.write('DELETE FROM "Track" WHERE id IN (40, 41)')
    wait_until_live(case)


@pytest.mark.parametrize("changed", CHANGES)
def test_refresh_source_renamed_and_back_unseen_corrects_rows(make_case: MakeCase, changed: str, kind: Refresh) -> None:
    """While the column has another name, triggers see no change of its values."""
    change = CHANGES[changed]
    case = bring_up(make_case, change, kind)
    for statement in (change.there, change.write, change.back):
        case.write(statement)
    wait_until_live(case)


def test_worker_source_renamed_back_goes_live_again(make_case: MakeCase) -> None:
    change = CHANGES["a grouped column"]
    case = bring_up(make_case, change, KINDS["debounced"])
    with working(case):
        case.write(change.there)
        case.write(change.write)
        wait_for(lambda: case.registered().state == "needs_rebuild", "the change to be noticed")
        case.write(change.back)
        wait_for(lambda: case.registered().state == "live", "the column to be noticed")
        wait_for(lambda: freshness(case).figures["pending changes"] == 0, "a refresh")
    case.assert_right()


@pytest.mark.parametrize("changed", ["a grouped column", "the table", "a function"])
def test_refresh_by_hand_source_renamed_back_goes_live_again(make_case: MakeCase, changed: str, kind: Refresh) -> None:
    change = CHANGES[changed]
    case = bring_up(make_case, change, kind)
    case.write(change.there)
    case.write(change.write)
    case.refresh_if_due()
    case.write(change.back)
    case.refresh()
    case.assert_right()
    assert case.registered().state == "live"
    assert freshness(case).passed


@pytest.mark.parametrize("changed", CHANGES)
def test_plan_and_apply_source_renamed_name_change_first(make_case: MakeCase, changed: str) -> None:
    change = CHANGES[changed]
    case = bring_up(make_case, change, KINDS["debounced"])
    case.write(change.there)
    [refused] = [step for step in plan_system(case.database, case.system).steps if step.action == "refused"]
    assert refused.why.startswith(change.told)
    with pytest.raises(NoLongerFits, match=change.told):
        apply_system(case.database, case.system)


def test_refresh_column_dropped_and_added_again_recovers(make_case: MakeCase) -> None:
    case = bring_up(make_case, CHANGES["a grouped column"], KINDS["debounced"])
    case.write('ALTER TABLE "Track" DROP "Composer"')
    case.write('DELETE FROM "Track" WHERE id = 1')
    [failed] = case.refresh_if_due()
    assert "the column Composer of app.Track is gone." in str(failed.error)
    case.write('ALTER TABLE "Track" ADD "Composer" text DEFAULT \'somebody\'')
    wait_until_live(case)


def test_refresh_other_table_in_place_of_source_fails_until_undone(make_case: MakeCase, kind: Refresh) -> None:
    """Nothing captures its changes."""
    case = bring_up(make_case, CHANGES["a grouped column"], kind)
    case.write('ALTER TABLE "Track" RENAME TO song')
    case.write('CREATE TABLE "Track" (LIKE song)')
    case.write("UPDATE song SET ms = 0")
    [failed] = case.refresh_if_due()
    told = "the table app.Track is now called app.song, and another table is called app.Track"
    assert told in str(failed.error)
    assert case.refresh_if_due() == []
    assert case.registered().state == "needs_rebuild"
    case.write('DROP TABLE "Track"; ALTER TABLE song RENAME TO "Track"')
    wait_until_live(case)


def test_refresh_column_renamed_back_without_triggers_needs_apply(make_case: MakeCase) -> None:
    case = bring_up(make_case, CHANGES["a grouped column"], KINDS["debounced"])
    case.write('ALTER TABLE "Track" RENAME "Composer" TO "Writer"')
    case.write("""UPDATE "Track" SET "Writer" = 'x'""")
    case.refresh_if_due()
    case.write("DROP FUNCTION denorm.capture_1 CASCADE")
    case.write('ALTER TABLE "Track" RENAME "Writer" TO "Composer"')
    assert case.refresh_if_due() == []
    assert case.registered().state == "needs_rebuild"
    with pytest.raises(NotCaptured, match="trigger missing"):
        case.refresh()
    apply_system(case.database, case.system)
    wait_until_live(case)
