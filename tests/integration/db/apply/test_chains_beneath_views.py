"""Read models beneath views of the application, and those that read these views; across systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refresh_order import in_refresh_order
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import (
    ConfigurationError,
    DeclarationError,
    DefinitionError,
    DependedOn,
    SourceNotLoaded,
    StillInUse,
)
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import AGREED, pending, wrong_rows

AT_ONCE = Debounce(quiet=0, max_wait=0)
KINDS: Mapping[str, Refresh] = {"debounced": Debounced(AT_ONCE), "realtime": Realtime(AT_ONCE), "full": Full(AT_ONCE)}
GAMES = """
CREATE SCHEMA stats;
CREATE TABLE games (id bigint PRIMARY KEY, player int NOT NULL, points int NOT NULL);
CREATE INDEX ON games (player);
INSERT INTO games SELECT n, n % 8 + 1, n FROM generate_series(1, 64) AS n;
"""
FIRST = "SELECT id, player, points{more} FROM games"
SHOWN = (
    "CREATE VIEW shown WITH (security_barrier) AS SELECT player, points * 2 AS twice, id FROM first WHERE points > 3",
    "CREATE VIEW shown_again AS SELECT player, twice, id FROM shown WHERE id < 60",
)
CHANGES = (
    "UPDATE games SET points = points + 1 WHERE id % 5 = 0",
    "UPDATE games SET player = player % 8 + 1 WHERE id < 4",
    "DELETE FROM games WHERE id = 9; INSERT INTO games VALUES (900, 9, 9) ON CONFLICT DO NOTHING",
)


def declared(case: Case, name: str, text: str, key: str, refresh: Refresh) -> ReadModel:
    path = case.model.definition.path.with_name(f"{name}.sql")
    path.write_text(text)
    return ReadModel(name, SqlFile(path), (key,), refresh=refresh)


class Viewed:
    """`shop/first`, a view over it and one over that; and `stats`, which reads the upper view and `shop/first`."""

    def __init__(self, case: Case, below: str, above: str) -> None:
        self.case, self.below = case, below
        self.shop = replace(case.system, phases=())
        self.declare(below, "")
        second = "SELECT player, sum(twice) AS twice FROM app.shown_again GROUP BY player"
        both = "SELECT f.id, f.points, s.twice FROM app.first AS f JOIN second AS s ON s.player = f.player"
        models = (
            declared(case, "both", both, "id", KINDS[above]),
            declared(case, "second", second, "player", KINDS[above]),
        )
        self.stats = System("stats", "stats", (Phase("phase_1", models),))

    @property
    def first(self) -> ReadModel:
        return self.shop.read_model("first")

    def declare(self, kind: str, more: str, points: str = "points") -> None:
        text = FIRST.format(more=more).replace("points", points, 1)
        first = declared(self.case, "first", text, "id", KINDS[kind])
        self.shop = replace(self.shop, phases=(Phase("phase_1", (first,)),))

    def apply(self, *systems: System) -> None:
        for system in systems or (self.shop, self.stats):
            apply_system(self.case.database, system, AGREED)

    def create_views(self) -> None:
        for statement in SHOWN:
            self.case.write(statement)

    def load(self) -> None:
        for system, model in (
            (self.shop, self.first),
            (self.stats, self.stats.read_model("second")),
            (self.stats, self.stats.read_model("both")),
        ):
            refresh_now(self.case.database, system, model)

    def look(self) -> None:
        failed = [found.error for found in Refresher(self.case.database, [self.stats, self.shop]).look() if found.error]
        assert failed == []

    def assert_kept(self) -> None:
        """All are live, right after one look, and no check fails."""
        self.look()
        for change in CHANGES:
            self.case.write(change)
            self.look()
            assert self.wrong == {}
            assert pending(self.case.url) == 0
        assert self.case.rows("SELECT name FROM denorm.read_model WHERE state <> 'live'") == []
        for system in (self.shop, self.stats):
            for model in system.read_models:
                self.case.system, self.case.model = system, model
                assert {name: check.summary for name, check in self.case.checks().items() if not check.passed} == {}
        self.case.system = self.shop

    @property
    def wrong(self) -> dict[str, int]:
        found = wrong_rows(self.case.url, self.shop) | wrong_rows(self.case.url, self.stats)
        return {name: count for name, count in found.items() if count}


MakeViewed = Callable[..., Viewed]


@pytest.fixture
def viewed(make_case: MakeCase) -> MakeViewed:
    """A function that makes both systems, live, of these kinds."""

    def make(below: str, above: str, *, live: bool = True) -> Viewed:
        made = Viewed(make_case(GAMES, "SELECT id FROM games", apply=False), below, above)
        if live:
            made.apply(made.shop)
            made.create_views()
            made.apply(made.stats)
            made.load()
        return made

    return make


@pytest.mark.parametrize("above", KINDS)
@pytest.mark.parametrize("below", KINDS)
def test_read_model_beneath_views_of_all_kinds_is_followed_in_one_look(
    viewed: MakeViewed, below: str, above: str
) -> None:
    viewed(below, above).assert_kept()


@pytest.mark.parametrize("above", KINDS)
@pytest.mark.parametrize(("before", "after"), [("debounced", "full"), ("full", "realtime"), ("full", "full")])
def test_apply_read_model_beneath_views_replaced_is_read_by_them(
    viewed: MakeViewed, before: str, after: str, above: str
) -> None:
    """Columns come and go that no view reads, and kinds change; the views keep their options and rights."""
    made = viewed(before, above)
    made.case.run("GRANT SELECT ON shown TO pg_monitor")
    for kind, more in ((after, ", points + 1 AS more"), (before, ""), (before, ", 1 AS one")):
        made.declare(kind, more, "points + 1 AS points" if not more else "points")
        made.apply()
        made.assert_kept()
    # What materialized views of the other system read until they were replaced too.
    made.apply(made.shop)
    assert made.case.rows("SELECT relname FROM pg_class WHERE relname LIKE 'denorm%' AND relkind IN ('r', 'm')") == []
    options = (
        "SELECT reloptions, has_table_privilege('pg_monitor', oid, 'SELECT') FROM pg_class WHERE relname = 'shown'"
    )
    assert made.case.rows(options) == [(["security_barrier=true"], True)]


def test_plan_read_model_beneath_view_replaced_shows_view_made_again(viewed: MakeViewed) -> None:
    made = viewed("debounced", "debounced")
    made.declare("full", "")
    [step] = [step for step in plan_system(made.case.database, made.shop).steps if step.action == "replace"]
    assert "CREATE OR REPLACE VIEW" in " ".join(show(each) for each in step.statements)


@pytest.mark.parametrize("above", KINDS)
def test_apply_column_that_view_reads_is_retyped_is_refused_with_remedy_that_works(
    viewed: MakeViewed, above: str
) -> None:
    made = viewed("debounced", above)
    made.declare("debounced", "", "points::numeric AS points")
    with pytest.raises(DependedOn, match=r"view app\.shown.*Drop these first \(with CASCADE, where"):
        made.apply(made.shop)
    made.case.write("DROP VIEW shown CASCADE")
    made.apply(made.shop)
    made.create_views()
    made.apply(made.stats)
    # Materialized views that read the view went with it.
    if above == "full":
        made.load()
    made.assert_kept()


def test_apply_view_of_whole_rows_over_replaced_read_model_is_refused(viewed: MakeViewed) -> None:
    """Its column is of the old table's row type."""
    made = viewed("debounced", "debounced")
    made.case.write("CREATE VIEW whole AS SELECT f FROM first AS f")
    before = made.case.rows("TABLE first ORDER BY id")
    made.declare("full", "")
    with pytest.raises(DependedOn, match="cannot change data type of view column"):
        made.apply(made.shop)
    assert made.case.rows("TABLE first ORDER BY id") == before
    made.case.write("DROP VIEW whole")
    made.apply()
    made.assert_kept()


def test_uninstall_read_model_beneath_view_names_reader_then_view(viewed: MakeViewed) -> None:
    made = viewed("debounced", "full")
    with pytest.raises(StillInUse, match="stats/both reads shop/first"):
        uninstall(made.case.database, made.shop)
    gone = replace(made.shop, phases=(Phase("phase_1", ()),))
    with pytest.raises(StillInUse, match="stats/both reads shop/first"):
        made.apply(gone)
    uninstall(made.case.database, made.stats)
    with pytest.raises(StillInUse, match=r"depends on it: view app\.shown.*drop that first"):
        uninstall(made.case.database, made.shop)
    made.case.write("DROP VIEW shown CASCADE")
    uninstall(made.case.database, made.shop)
    assert (
        made.case.rows("SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'm'") == []
    )


def test_refresh_over_view_over_view_never_refreshed_is_refused_naming_it(viewed: MakeViewed) -> None:
    made = viewed("full", "debounced", live=False)
    made.apply(made.shop)
    made.create_views()
    made.apply(made.stats)
    with pytest.raises(SourceNotLoaded, match=r"it reads shop/first, which is not loaded"):
        refresh_now(made.case.database, made.stats, made.stats.read_model("second"))
    declared_order = [(made.stats, made.stats.read_model("second")), (made.shop, made.first)]
    ordered = in_refresh_order(made.case.database, declared_order)
    assert [model.name for _, model in ordered] == ["first", "second"]
    made.load()
    made.assert_kept()


@pytest.mark.parametrize("kind", KINDS)
def test_apply_circle_through_view_or_other_system_is_refused(viewed: MakeViewed, kind: str) -> None:
    made = viewed(kind, kind)
    before = made.case.rows("SELECT name, code_version FROM denorm.read_model ORDER BY name")
    made.declare(kind, " + coalesce((SELECT s.twice FROM stats.second AS s WHERE s.player = g.player), 0)::int")
    made.first.definition.path.write_text(made.first.definition.text.replace("FROM games", "FROM games AS g"))
    for refused in (lambda: plan_system(made.case.database, made.shop), lambda: made.apply(made.shop)):
        with pytest.raises(
            DeclarationError,
            match="circle: shop/first reads stats/second, which reads shop/first; let one of them read the sources",
        ):
            refused()
    assert made.case.rows("SELECT name, code_version FROM denorm.read_model ORDER BY name") == before
    made.declare(kind, "")
    made.apply()
    made.assert_kept()


def test_apply_direction_of_reading_turned_round_works_in_order(viewed: MakeViewed) -> None:
    """What is registered of the other system is no circle any more once that is applied."""
    made = viewed("debounced", "debounced")
    own = "SELECT player, sum(points * 2) AS twice FROM app.games GROUP BY player"
    made.stats.read_model("second").definition.path.write_text(own)
    made.stats = replace(made.stats, phases=(Phase("phase_1", (made.stats.read_model("second"),)),))
    text = "SELECT g.id, g.player, g.points, s.twice FROM games AS g JOIN stats.second AS s ON s.player = g.player"
    made.first.definition.path.write_text(text)
    with pytest.raises(DeclarationError, match="circle"):
        made.apply(made.shop)
    made.apply(made.stats, made.shop)
    made.assert_kept()


def test_apply_reader_before_read_model_of_other_system_works_once_that_is_applied(viewed: MakeViewed) -> None:
    made = viewed("debounced", "debounced", live=False)
    with pytest.raises(ConfigurationError, match=r'relation "app\.shown_again" does not exist'):
        made.apply(made.stats)
    assert made.case.rows("SELECT nspname FROM pg_namespace WHERE nspname = 'denorm'") == []
    made.apply(made.shop)
    made.create_views()
    made.apply(made.stats)
    made.load()
    made.assert_kept()


@pytest.mark.parametrize("kind", KINDS)
def test_apply_column_that_other_system_reads_is_not_dropped(viewed: MakeViewed, kind: str) -> None:
    made = viewed(kind, "debounced")
    own = declared(made.case, "own", "SELECT id, points FROM app.first", "id", KINDS[kind])
    made.stats = replace(made.stats, phases=(Phase("phase_1", (own,)),))
    made.apply(made.stats)
    refresh_now(made.case.database, made.stats, own)
    made.case.write("DROP VIEW shown CASCADE")
    own_text, first = own.definition.text, made.first
    first.definition.path.write_text("SELECT id, player FROM games")
    for refused in (lambda: plan_system(made.case.database, made.shop), lambda: made.apply(made.shop)):
        with pytest.raises(
            DefinitionError,
            match=r"stats/own reads app.first.points, which this definition no longer has.*`denorm-assets apply stats`",
        ):
            refused()
    own.definition.path.write_text(own_text.replace(", points", ""))
    # The last, because a materialized view goes on reading what was replaced.
    made.apply(made.stats, made.shop, made.stats)
    made.assert_kept()
