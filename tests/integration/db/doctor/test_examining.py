"""What the doctor may see, that it changes nothing, and that nothing keeps it waiting."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.doctor.examine import Examination, examine
from denorm_assets.db.doctor.finding import Trouble
from denorm_assets.db.doctor.patient import LIMITS, BoundedDatabase, patient
from denorm_assets.db.doctor.server import look_at_clocks
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.roles import Set

DDL = "CREATE TABLE items (id bigint PRIMARY KEY, body text); INSERT INTO items VALUES (1, 'one'), (2, 'two');"


@pytest.fixture
def live(make_case: MakeCase) -> Case:
    case = make_case(DDL, "SELECT id, body FROM items", key=("id",))
    case.load()
    case.finish()
    return case


@pytest.fixture
def rights(make_case: MakeCase) -> Generator[Set]:
    """Roles as `denorm-assets roles` prints them; nothing is applied yet."""
    case = make_case(
        "CREATE TABLE owners (id bigint PRIMARY KEY); CREATE TABLE items (id bigint PRIMARY KEY, body text);",
        "SELECT id, body FROM items",
        apply=False,
        copied=False,
    )
    made = Set(case)
    made.make()
    yield made
    made.drop()


def examined(case: Case, url: str | None = None) -> Examination:
    database = BoundedDatabase(url or case.url)
    try:
        return examine(database, [case.system])
    finally:
        database.close()


def told(found: Examination) -> list[Trouble]:
    return [trouble for trouble in found.troubles if trouble.needs_doing]


def test_examine_live_case_finds_nothing(live: Case) -> None:
    found = examined(live)
    assert told(found) == []
    assert found.unseen == ()
    assert found.healthy


def test_examine_case_not_loaded_names_backfill(make_case: MakeCase) -> None:
    [trouble] = told(examined(make_case(DDL, "SELECT id, body FROM items", key=("id",))))
    assert (trouble.name, str(trouble.fix)) == ("not_loaded", "denorm-assets backfill shop/links")


def test_examine_changes_nothing(live: Case) -> None:
    def contents() -> list[tuple[object, ...]]:
        return live.rows(
            "SELECT c.oid, c.relfilenode, c.xmin, obj_description(c.oid), pg_stat_get_tuples_inserted(c.oid)"
            " FROM pg_class AS c WHERE c.relnamespace IN ('denorm'::regnamespace, 'app'::regnamespace) ORDER BY 1"
        )

    before = contents()
    examined(live)
    assert contents() == before


def test_examine_least_privileged_role_sees_all_but_temporary_files(rights: Set) -> None:
    found = examined(rights.as_owner())
    assert [(unseen.what, str(unseen.fix)) for unseen in found.unseen] == [
        (
            "temporary files",
            f'GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_tmpdir() TO "{rights.names[0]}";',
        )
    ]
    assert told(found) == []


def test_examine_role_without_statistics_says_what_it_cannot_see(rights: Set) -> None:
    owner = rights.names[0]
    rights.case.run(f"REVOKE pg_read_all_stats FROM {owner}")
    found = examined(rights.as_owner())
    assert {unseen.what for unseen in found.unseen} == {
        "long transactions of other roles",
        "releases of other processes",
        "temporary files",
    }
    for unseen in found.unseen:
        for step in unseen.fix.steps:
            rights.case.run(step.text)
    assert examined(rights.as_owner()).unseen == ()


def test_examine_locked_tables_are_told_and_not_waited_for(live: Case) -> None:
    with psycopg.connect(live.url) as holder:
        holder.execute("LOCK TABLE denorm.change_log, denorm.migration, app.items")
        # It returns while they are locked.
        found = examined(live)
    assert "lock timeout" in " ".join(unseen.why for unseen in found.unseen)


@pytest.mark.parametrize(("ahead", "words"), [(60.0, "60 s ahead of"), (-60.0, "60 s behind"), (0.5, "")])
def test_clocks_that_differ_are_told(live: Case, ahead: float, words: str) -> None:
    database = BoundedDatabase(live.url)
    found = [
        each.what for each in look_at_clocks(patient(database, [live.system], LIMITS), lambda: time.time() + ahead)
    ]
    database.close()
    assert [words in what for what in found] == ([True] if words else [])


def test_examine_view_whose_collation_changed_is_reindexed(make_case: MakeCase, tmp_path: Path) -> None:
    case = make_case(
        "CREATE COLLATION sorted (provider = builtin, locale = 'C.UTF-8');"
        "CREATE TABLE items (id bigint PRIMARY KEY, body text COLLATE sorted); CREATE INDEX ON items (body);",
        "SELECT id, body FROM items",
        copied=False,
    )
    case.load()
    case.finish()
    case.run("UPDATE pg_collation SET collversion = '0' WHERE collname = 'sorted'")
    trouble, beside = told(examined(case))
    assert (trouble.name, trouble.where) == ("collation", "the collation app.sorted")
    assert str(beside.fix) == "denorm-assets refresh shop/links"
    assert [step.text for step in trouble.fix.steps] == [
        "REINDEX TABLE app.items;",
        'ALTER COLLATION "app"."sorted" REFRESH VERSION;',
    ]
    for step in trouble.fix.steps:
        case.run(step.text)
    case.refresh()
    assert told(examined(case)) == []
