"""Bugs planted on purpose: each is caught by a scenario, so the scenario would catch it where it is no purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Any

import pytest
from sqlglot import exp

from denorm_assets.db.capture import expansions as db_expansions
from denorm_assets.db.capture import install as db_capture
from denorm_assets.db.capture import objects
from denorm_assets.db.capture.state import TriggerState
from denorm_assets.db.changes import anchor_rows
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.reach import readings, scopes
from denorm_assets.sql.analysis.reach.blocks import Gate
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.rows.anchors import anchored, anchored_rows
from denorm_assets.sql.rows.batch import defined_rows
from denorm_assets.sql.statement import Raw, Statement
from tests.stress.oracle.maintained import Bench, Defined
from tests.stress.oracle.scenarios import ENTRIES, LINKS, SCENARIOS, THREE, Scenario, one_by_one

Plant = Callable[[pytest.MonkeyPatch], None]

_UNLINK_ENTRY = "UPDATE entries SET tags = '{y}' WHERE id = 1"
_UNLINK_TOPIC = "DELETE FROM topic_tags WHERE topic_id = 1"
_WHOLE_KEYS = {
    "entries": "SELECT i.id || ':' || t.topic_id"
    " FROM (SELECT image[1]::int AS id, image[2]::text[] AS tags FROM images) AS i"
    " JOIN s.topic_tags AS t ON t.tag = ANY (i.tags)",
    "topic_tags": "SELECT e.id || ':' || i.topic_id"
    " FROM (SELECT image[1] AS tag, image[2]::int AS topic_id FROM images) AS i"
    " JOIN s.entries AS e ON i.tag = ANY (e.tags)",
}


def _in_capture_function(old: str, new: str) -> Plant:
    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        original = capture_function.create_function

        def spoiled(*args: Any, **options: Any) -> Statement:
            right = show(original(*args, **options))
            assert old in right
            return Statement("{text}", {"text": Raw(right.replace(old, new))})

        monkeypatch.setattr(capture_function, "create_function", spoiled)

    return plant


def _never(*_: object) -> bool:
    return False


def _whole_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    def expanded(_paths: object, source: TableName, *_rest: object) -> Statement:
        return Statement(_WHOLE_KEYS[source.name])

    def logged(_paths: object, source: TableName) -> tuple[str, ...]:
        return ("id", "tags") if source.name == "entries" else ("tag", "topic_id")

    def of_keys(_described: DescribedModel, keys: Sequence[str], *, nulls: bool) -> Statement:
        assert not nulls
        return Statement("(entry_id || ':' || topic_id) = ANY (%(anchors)s)", params={"anchors": list(keys)})

    def rows_of_keys(described: DescribedModel, keys: Sequence[str], *, nulls: bool) -> Statement:
        return defined_rows(described, of_keys(described, keys, nulls=nulls))

    monkeypatch.setattr(db_expansions, "expansion", expanded)
    for module in (db_capture, objects):
        monkeypatch.setattr(module, "logged_columns", logged)
    monkeypatch.setattr(anchor_rows, "anchored", of_keys)
    monkeypatch.setattr(anchor_rows, "anchored_rows", rows_of_keys)
    monkeypatch.setattr(anchor_rows, "_whole_is_cheaper", _never)
    # Only rows of all anchors together are found by `anchored`.
    monkeypatch.setattr(anchor_rows, "_LARGE_SHARE", inf)


def _no_null_anchor(monkeypatch: pytest.MonkeyPatch) -> None:
    def known_only(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Statement:
        del nulls
        return anchored(described, anchors, nulls=False)

    def rows_of_known(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Statement:
        del nulls
        return anchored_rows(described, anchors, nulls=False)

    monkeypatch.setattr(anchor_rows, "anchored", known_only)
    monkeypatch.setattr(anchor_rows, "anchored_rows", rows_of_known)
    monkeypatch.setattr(anchor_rows, "_whole_is_cheaper", _never)
    # Only rows of all anchors together are found by `anchored`.
    monkeypatch.setattr(anchor_rows, "_LARGE_SHARE", inf)


def _root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    original = db_capture.trigger_states

    def roots(session: Session, sources: Mapping[TableName, int]) -> dict[int, list[TriggerState]]:
        found = original(session, sources)
        return {number: [each for each in found[number] if not each.below] for number in found}

    for module in (db_capture, objects):
        monkeypatch.setattr(module, "trigger_states", roots)


PLANTS: dict[str, tuple[Plant, str]] = {
    "OLD images are dropped": (
        _in_capture_function("FROM old_rows AS", "FROM (SELECT * FROM old_rows WHERE false) AS"),
        "a deleted row's image finds its anchor",
    ),
    "updates are not logged": (
        _in_capture_function("END IS NOT NULL AND", "END IS NULL AND"),
        "a join column moves a row between anchors",
    ),
    "whole keys instead of anchors": (_whole_keys, "both sides of a link go in one transaction"),
    "the NULL anchor is ignored": (_no_null_anchor, "rows of the NULL anchor"),
    "partitions have no triggers": (_root_only, "partitions, by their root and by themselves"),
}


@pytest.mark.parametrize("name", PLANTS)
def test_planted_bug_is_caught_by_its_scenario(oracle: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plant, scenario = PLANTS[name]
    plant(monkeypatch)
    with pytest.raises(Exception, match="wrong rows"):
        SCENARIOS[scenario].judge(oracle)


def _every_step_serves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader(scopes.ScopeReader):
        def _step(
            self, block: scopes.Block, predicate: exp.Expr, resolved: exp.Expr | None, aliases: AbstractSet[str]
        ) -> None:
            del aliases
            super()._step(block, predicate, resolved, block.items.keys())

    monkeypatch.setattr(readings, "ScopeReader", Reader)


def _all_is_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    def certain(_predicate: exp.Expr) -> bool:
        return True

    monkeypatch.setattr(scopes, "is_strict", certain)


def _no_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_block: scopes.Block) -> list[Gate]:
        return []

    monkeypatch.setattr(scopes.Block, "_gates", property(none))


WHOLE: dict[str, tuple[Plant, str, str]] = {
    "a left join's ON leads to the preserved side": (
        _every_step_serves_all,
        "SELECT a.id, c.id AS c, b.id AS b FROM a CROSS JOIN c LEFT JOIN b ON b.k = c.m AND b.x = a.j",
        "INSERT INTO c VALUES (9, 99, 'new')",
    ),
    "a predicate that NULL passes is a step": (
        _all_is_strict,
        "SELECT a.id, b.id AS b, c.id AS c FROM a LEFT JOIN b ON b.k = a.j JOIN c ON c.m = coalesce(b.x, 7)",
        "INSERT INTO c VALUES (9, 7, 'new')",
    ),
    "IN as a value is followed through an outer join": (
        _all_is_strict,
        "SELECT a.id, b.id AS b, b.x NOT IN (SELECT c.m FROM c) AS c FROM a LEFT JOIN b ON b.k = a.j",
        "TRUNCATE c; INSERT INTO c VALUES (9, 99, 'new')",
    ),
    "a path leaves a group by what it does not group by": (
        _no_gates,
        "SELECT a.id, upper(d.name) AS b, d.name AS c FROM a JOIN (SELECT DISTINCT ON (b.k) b.k, b.name FROM b"
        " ORDER BY b.k, b.id) AS d ON d.name = 'b' || a.j",
        "INSERT INTO b VALUES (0, 2, 2, 'other')",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_planted_missing_whole_source_goes_stale(oracle: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plant, text, change = WHOLE[name]
    scenario = Scenario(THREE, (Defined(text, ("id", "b", "c"), ("a.id",)),), one_by_one(*change.split("; ")))
    scenario.judge(oracle)
    assert oracle.held[0].whole
    oracle.fresh()
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="wrong rows"):
        scenario.judge(oracle)


LEFT_OUT: dict[str, tuple[Callable[[AbstractSet[str]], list[frozenset[str]]], str]] = {
    "rows without what an outer join leaves out": (
        lambda extended: [frozenset(extended)],
        "DELETE FROM b WHERE id = 1",
    ),
    "rows with what an outer join leaves out": (
        lambda _extended: [frozenset()],
        "UPDATE b SET x = 9 WHERE id = 1",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_planted_unread_rows_of_outer_join_go_stale(oracle: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    present, change = LEFT_OUT[name]
    text = "SELECT b.name AS id, count(*) AS n, sum(b.x) AS x FROM a LEFT JOIN b ON b.k = a.j GROUP BY b.name"
    scenario = Scenario(THREE, (Defined(text, ("id",), ()),), one_by_one(change))
    scenario.judge(oracle)
    assert not oracle.held[0].whole
    oracle.fresh()
    monkeypatch.setattr(readings, "each_present", present)
    with pytest.raises(AssertionError, match="wrong rows"):
        scenario.judge(oracle)


def test_planted_dispatch_at_write_time_goes_stale(spoiled: Bench) -> None:
    spoiled.run(
        "CREATE FUNCTION denorm.at_once() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN EXECUTE denorm.dispatch_statement(''{}'', ''{}''); RETURN NULL; END'",
        "CREATE TRIGGER at_once AFTER INSERT ON denorm.change_log FOR EACH STATEMENT EXECUTE FUNCTION denorm.at_once()",
    )
    with pytest.raises(AssertionError, match="wrong rows"):
        SCENARIOS["one writes what links to rows that it cannot see yet"].judge(spoiled)


def test_planted_watermark_loses_late_commits(spoiled: Bench) -> None:
    spoiled.run(
        "ALTER TABLE denorm.change_log ADD COLUMN seq bigserial",
        "CREATE TABLE denorm.mark AS SELECT 0::bigint AS seq",
    )
    [(definition,)] = spoiled.rows("SELECT pg_get_functiondef('denorm.dispatch_statement'::regproc)")
    consuming = (
        "DELETE FROM denorm.change_log WHERE source_id OPERATOR(pg_catalog.<>) ALL (%L::pg_catalog.int4[]) '\n"
        "        'RETURNING source_id, image, logged_at, xmin AS logged_by"
    )
    reading = (
        "SELECT l.source_id, l.image, l.logged_at, l.xmin AS logged_by FROM denorm.change_log AS l, denorm.mark AS m"
        " WHERE l.seq > m.seq AND %L IS NOT NULL"
    )
    moving = "), moved AS (UPDATE denorm.mark SET seq = (SELECT max(l.seq) FROM denorm.change_log AS l)), kept AS ("
    assert consuming in definition
    assert "), kept AS (" in definition
    spoiled.run(definition.replace(consuming, reading).replace("), kept AS (", moving))
    with pytest.raises(AssertionError, match="wrong rows"):
        SCENARIOS["what was written first is committed last"].judge(spoiled)


def test_planted_two_statement_dispatch_loses_mixed_keys(oracle: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _whole_keys(monkeypatch)
    oracle.run(*ENTRIES)
    oracle.keep(LINKS)
    take = "CREATE TABLE s.{0} AS WITH taken AS (DELETE FROM denorm.change_log RETURNING *) SELECT * FROM taken"
    give = "INSERT INTO denorm.change_log SELECT * FROM s.{0}"
    oracle.run(_UNLINK_TOPIC, take.format("first"), _UNLINK_ENTRY, take.format("second"), give.format("first"))
    oracle.settle()
    oracle.run(give.format("second"))
    oracle.settle()
    assert oracle.differences(), "the link stays: each image looks for what the other took away"


def test_dispatch_in_one_statement_whole_keys_stay_right(oracle: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same changes in the same order, consumed and expanded at once: even whole keys are right then."""
    _whole_keys(monkeypatch)
    oracle.run(*ENTRIES)
    oracle.keep(LINKS)
    for statement in (_UNLINK_TOPIC, _UNLINK_ENTRY):
        oracle.run(statement)
        oracle.settle()
    assert oracle.differences() == []
