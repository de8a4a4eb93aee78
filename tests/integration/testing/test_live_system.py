"""A live system: what it drains and compares, what it finds wrong, and what it says of that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from denorm_assets import ReadModel, System
from denorm_assets.errors import DefinitionError, MissingExtra, UnknownColumns, UnknownName
from denorm_assets.extras import HYPOTHESIS
from denorm_assets.testing import LiveSystem, SystemLive
from tests.integration.testing.store import SCHEMA, SYSTEM
from tests.support.hidden import hide

NOTES = "CREATE TABLE notes (id int PRIMARY KEY, at timestamptz NOT NULL, text text)"
RECENT = System(
    "notes",
    read_models=(ReadModel("recent", "SELECT id, text FROM notes WHERE at > now() - interval '30 days'", key=("id",)),),
)


def said(live: LiveSystem, *names: str) -> str:
    """What the comparison says, which has to fail."""
    with pytest.raises(AssertionError) as caught:
        live.assert_matches_definition(*names)
    return str(caught.value)


def test_live_system_after_changes_and_drain_matches_through_chain(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.assert_matches_definition()
        live.execute('DELETE FROM "Artist" WHERE "ArtistId" = 2')
        live.execute('UPDATE "Album" SET "Rating" = %s, "Tags" = %s WHERE "AlbumId" = 2', [0, ["c", None]])
        live.drain()
        live.assert_matches_definition()
        assert live.execute('SELECT "Tag" FROM tags WHERE "AlbumId" = 2 ORDER BY 1') == [("c",), (None,)]
        assert live.execute('SELECT count(*) FROM ranks WHERE "ArtistId" = 2') == [(0,)]


def test_system_live_each_block_has_rows_of_its_own(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.execute('DELETE FROM "Album"')
    with system_live(SYSTEM, SCHEMA) as other:
        assert other.execute('SELECT count(*) FROM "Album"') == [(12,)]
        assert other.url != live.url
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(other.url)


def test_assert_matches_definition_pending_changes_asks_for_drain(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.execute("""UPDATE "Artist" SET "Name" = 'X' WHERE "ArtistId" = 3""")
        assert said(live) == (
            "store/artists differs from its definition: 1 missing and 1 extra (key: ArtistId)\n"
            "  ArtistId='3': Name is 'Artist 3', by the definition 'X'\n"
            "Changes are pending (1). Call drain() before assert_matches_definition()\n"
            "Statements since the system went live:\n"
            """  UPDATE "Artist" SET "Name" = 'X' WHERE "ArtistId" = 3;"""
        )


def test_assert_matches_definition_disabled_trigger_is_named(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.execute('ALTER TABLE "Album" DISABLE TRIGGER USER')
        live.drain()  # computes all rows once: it noticed
        live.execute('DELETE FROM "Album" WHERE "AlbumId" = 1')
        live.drain()
        message = said(live, "artists")
    assert "  ArtistId='2': Albums is '3', by the definition '2'" in message
    assert "The check kept_fresh: changes do not reach it wholly: " in message
    assert "run `denorm-assets apply`" in message


def test_assert_matches_definition_row_put_wrong_is_not_explained(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live:
        live.execute("""INSERT INTO tags VALUES (99, 'odd')""")
        live.execute("""DELETE FROM tags WHERE "AlbumId" = 3 AND "Tag" = 'a' """)
        message = said(live)
        assert said(live, "tags") == message
        live.assert_matches_definition("artists", "ranks")
    assert "store/tags differs from its definition: 1 missing and 1 extra (key: AlbumId, Tag)" in message
    assert "  AlbumId='3', Tag='a': the row is missing: AlbumId='3', Tag='a'" in message
    assert "  AlbumId='99', Tag='odd': the row should not be there: AlbumId='99', Tag='odd'" in message
    assert "no change explains this" in message


def test_assert_matches_definition_equal_values_that_look_different_differ(system_live: SystemLive) -> None:
    prices = System("prices", read_models=(ReadModel("priced", "SELECT id, price FROM items", key=("id",)),))
    with system_live(
        prices, "CREATE TABLE items (id int PRIMARY KEY, price numeric); INSERT INTO items VALUES (1, 1.0)"
    ) as live:
        live.execute("UPDATE priced SET price = 1.00")
        assert "  id='1': price is '1.00', by the definition '1.0'" in said(live)


def test_assert_matches_definition_failing_definition_says_why(system_live: SystemLive) -> None:
    shares = System(
        "shares", read_models=(ReadModel("shared", "SELECT id, 100 / parts AS share FROM cakes", key=("id",)),)
    )
    with system_live(shares, "CREATE TABLE cakes (id int PRIMARY KEY, parts int)") as live:
        live.execute("INSERT INTO cakes VALUES (1, 0)")
        live.drain()
        message = said(live)
    assert message.startswith("PostgreSQL cannot compute the definition of shares/shared: division by zero\n")
    assert "rows that cannot be computed" in message


def test_assert_matches_definition_unknown_read_model_is_refused(system_live: SystemLive) -> None:
    with system_live(SYSTEM, SCHEMA) as live, pytest.raises(UnknownName, match="artist"):
        live.assert_matches_definition("artist")


def test_move_clock_rows_follow_stored_time(system_live: SystemLive) -> None:
    with system_live(RECENT, NOTES) as live:
        live.execute("INSERT INTO notes VALUES (1, now(), 'a'), (2, '2020-01-15', 'b')")
        for to, expected in (
            (timedelta(days=29), [(1,)]),
            (timedelta(days=2), []),
            (datetime(2020, 1, 20, tzinfo=UTC), [(1,), (2,)]),
        ):
            live.move_clock(to)
            live.drain()
            live.assert_matches_definition()
            assert live.execute("SELECT id FROM recent ORDER BY id") == expected


def test_system_live_sources_by_function_file_and_text_are_same(system_live: SystemLive, tmp_path: Path) -> None:
    def create(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(NOTES)

    file = tmp_path / "schema.sql"
    # As pg_dump writes it.
    file.write_text(f"\\restrict abc\n{NOTES};\n\\unrestrict abc\n")
    for sources in (create, file, NOTES):
        with system_live(RECENT, sources) as live:
            assert live.execute("SELECT count(*) FROM recent") == [(0,)]


def test_system_live_several_systems_are_applied_in_order(system_live: SystemLive) -> None:
    texts = System(
        "texts", read_models=(ReadModel("texts", "SELECT text, count(*) FROM recent GROUP BY 1", key=("text",)),)
    )
    with system_live([RECENT, texts], NOTES) as live:
        live.execute("INSERT INTO notes VALUES (1, now(), 'a'), (2, now(), 'a')")
        live.drain()
        live.assert_matches_definition()
        assert live.execute("SELECT * FROM texts") == [("a", 2)]


def test_system_live_refused_definition_leaves_no_database(
    system_live: SystemLive, database_url: str, new_database: Callable[[str], str]
) -> None:
    def databases() -> set[str]:
        with psycopg.connect(database_url) as connection:
            return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}

    before = databases()
    wrong = System("wrong", read_models=(ReadModel("drawn", "SELECT id, random() AS r FROM notes", key=("id",)),))
    with pytest.raises(DefinitionError, match="random"), system_live(wrong, NOTES):
        pass
    assert databases() == before


def test_changes_without_hypothesis_says_how_to_install_it(
    system_live: SystemLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, HYPOTHESIS)
    with (
        system_live(RECENT, NOTES) as live,
        pytest.raises(MissingExtra, match=re.escape("denorm-assets[testing]")),
    ):
        live.changes()


def test_changes_value_of_unknown_column_is_refused(system_live: SystemLive) -> None:
    from hypothesis import strategies as st

    with system_live(RECENT, NOTES) as live, pytest.raises(UnknownColumns, match=r"notes\.txt"):
        live.changes({"notes.txt": st.none()})
