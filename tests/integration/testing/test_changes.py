"""Random changes: every kind of column gets values, keys are kept, and a planted fault is found with few changes."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from denorm_assets import ReadModel, System
from denorm_assets.testing import Change, SystemLive
from tests.integration.testing.store import SCHEMA, SYSTEM

COLUMNS = {
    "flag": "bool",
    "small": "int2",
    "number": "int8",
    "price": "numeric(6, 2)",
    "anything": "numeric",
    "half": "float8",
    "code": "char(3)",
    "name": "varchar(4)",
    "note": "text",
    "letter": '"char"',
    "day": "date",
    "at": "timestamp",
    "at_zone": "timestamptz",
    "clock": "time",
    "clock_zone": "timetz",
    "takes": "interval",
    "id_of": "uuid",
    "bytes": "bytea",
    "document": "jsonb",
    "old_document": "json",
    "address": "inet",
    "network": "cidr",
    "card": "macaddr",
    "words": "tsvector",
    "place": "point",
    "three_bits": "bit(3)",
    "some_bits": "varbit",
    "cash": "money",
    "mood": "mood",
    "rating": "rating",
    "moods": "mood[]",
    "names": "varchar(3)[]",
    "numbers": "int4range",
    "days": "tstzrange",
    "several": "int4multirange",
    "pair": "pair",
    "boxes": "box",
}
"""One column of each kind; of `box`, only what the table holds is known."""
TYPES = f"""
CREATE TYPE mood AS ENUM ('happy', 'so, so');
CREATE DOMAIN rating AS int CHECK (VALUE BETWEEN 0 AND 9);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE things (
    id bigserial PRIMARY KEY, {", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())},
    twice int8 GENERATED ALWAYS AS (number * 2) STORED
);
CREATE TABLE seen (LIKE things);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen SELECT NEW.*; RETURN NULL; END $$;
CREATE TRIGGER see AFTER INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO things (boxes) VALUES ('(1,1),(0,0)');
"""
THINGS = System("things", read_models=(ReadModel("thing_names", "SELECT id, name, twice FROM things", key=("id",)),))


PHASES = (Phase.generate, Phase.shrink)
"""Without the explanations, for which hypothesis traces each line."""


def test_changes_every_kind_of_column_gets_values(system_live: SystemLive) -> None:
    with system_live(THINGS, TYPES) as live:

        @settings(max_examples=200, deadline=None, database=None, derandomize=True)
        @given(live.changes(at_most=3))
        def run(changes: list[Change]) -> None:
            live.run(changes)

        run()
        live.drain()
        live.assert_matches_definition()
        counts = ", ".join(f"count({name})" for name in COLUMNS)
        [found] = live.execute(f"SELECT {counts} FROM seen")
        assert [name for name, count in zip(COLUMNS, found, strict=True) if not count] == []


def test_changes_foreign_keys_are_kept_and_most_changes_are_made(system_live: SystemLive) -> None:
    made: Counter[str] = Counter()

    @settings(max_examples=10, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        with system_live(SYSTEM, SCHEMA) as live:
            changes = data.draw(live.changes())
            made["drawn"] += len(changes)
            before = len(live.statements)
            live.run(changes)
            made["made"] += len(live.statements) - before
            live.drain()
            live.assert_matches_definition()

    run()
    assert made["made"] > made["drawn"] / 2


def test_changes_given_values_are_written(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:

        @settings(max_examples=40, deadline=None, database=None, derandomize=True)
        @given(live.changes({"Album.Title": st.just("Given"), "Store Front.Artist.Name": st.just("Named")}, at_most=3))
        def run(changes: list[Change]) -> None:
            live.run(changes)

        run()
        for table, value in (("Album", "'Given'"), ("Artist", "'Named'")):
            inserts = [text for text in live.statements if text.startswith(f'INSERT INTO "Store Front"."{table}"')]
            assert inserts
            assert [text for text in inserts if value not in text] == []


@pytest.mark.long
def test_changes_planted_fault_is_shrunk_to_one_change(system_live: SystemLive) -> None:
    """The read model loses each row without albums that is written: an artist is inserted, or loses the last album."""

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, phases=PHASES)
    @given(st.data())
    def prove(data: st.DataObject) -> None:
        with system_live(SYSTEM, SCHEMA) as live:
            live.execute(
                'CREATE FUNCTION "Store Front".lose() RETURNS trigger LANGUAGE plpgsql AS'
                """ $$ BEGIN DELETE FROM "Store Front".artists WHERE "Albums" = 0; RETURN NULL; END $$"""
            )
            live.execute("CREATE TRIGGER lose AFTER INSERT ON artists FOR EACH STATEMENT EXECUTE FUNCTION lose()")
            live.run(data.draw(live.changes()))
            live.drain()
            live.assert_matches_definition()

    with pytest.raises(AssertionError) as caught:
        prove()
    _, _, history = str(caught.value).partition("Statements since the system went live:\n")
    changes = [line for line in history.splitlines() if line.startswith(("  INSERT", "  UPDATE", "  DELETE"))]
    assert len(changes) == 1, history


def test_run_capture_that_breaks_write_is_not_taken_for_refusal(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.execute(
            "CREATE FUNCTION denorm.fails() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'broken'; RETURN NULL; END $$"
        )
        live.execute('CREATE TRIGGER fails BEFORE DELETE ON "Album" EXECUTE FUNCTION denorm.fails()')
        changes = find(
            live.changes(),
            lambda found: any(repr(each) == "<delete row 0 of Store Front.Album>" for each in found),
            settings=settings(database=None),
        )
        with pytest.raises(psycopg.errors.RaiseException, match="broken"):
            live.run(changes)
