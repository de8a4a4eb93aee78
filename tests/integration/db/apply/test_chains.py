"""Read models that read other ones: in any order of the declaration, of every kind, whatever becomes of the first."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system, create_phase
from denorm_assets.db.apply.backfill_sql import backfill_texts
from denorm_assets.db.apply.capture_sql import capture_text
from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DeclarationError, DefinitionError, DependedOn, SourceNotLoaded, StillInUse, WouldBeLost
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.db.conftest import MakeCase
from tests.support.case import QUICK, Case
from tests.support.killing import killed_at_each_statement
from tests.support.live import AGREED, pending, wrong_rows
from tests.support.sampling import STATEMENTS_PER_KILL

AT_ONCE = Debounce(quiet=0, max_wait=0)
KINDS: Mapping[str, Refresh] = {"debounced": Debounced(AT_ONCE), "realtime": Realtime(AT_ONCE), "full": Full(AT_ONCE)}
GAMES = """
CREATE TABLE games (id bigint PRIMARY KEY, player int NOT NULL, points int NOT NULL);
CREATE INDEX ON games (player);
INSERT INTO games SELECT n, n % 8 + 1, n FROM generate_series(1, 64) AS n;
"""
FIRST = "SELECT id, player, points{spare} FROM games"
SECOND = "SELECT player, sum(points) AS points FROM first GROUP BY player"
THIRD = "SELECT player, points * 2 AS twice FROM second"
BOTH = "SELECT a.id, a.points, c.twice FROM first AS a JOIN third AS c ON c.player = a.player"
CHANGES = (
    "UPDATE games SET points = points + 1 WHERE id % 5 = 0",
    "UPDATE games SET player = player % 8 + 1 WHERE id < 4",
    "DELETE FROM games WHERE id = 9; INSERT INTO games VALUES (900, 9, 9) ON CONFLICT DO NOTHING",
)

Chain = Callable[..., Case]


def declared(case: Case, name: str, text: str, key: Sequence[str], refresh: Refresh, **more: Any) -> ReadModel:
    path = case.model.definition.path.with_name(f"{name}.sql")
    path.write_text(text)
    return ReadModel(name, SqlFile(path), tuple(key), refresh=refresh, **more)


def declare(case: Case, kinds: Sequence[str] = ("debounced",) * 4, *, first: str = FIRST.format(spare="")) -> None:
    """Three in a row, and one that reads the first and the third, in one phase and in the reverse order."""
    a, b, c, d = (KINDS[kind] for kind in kinds)
    models = [
        declared(case, "first", first, ("id",), a),
        declared(case, "second", SECOND, ("player",), b),
        declared(case, "third", THIRD, ("player",), c),
        declared(case, "both", BOTH, ("id",), d),
    ]
    case.system = replace(case.system, phases=(Phase("phase_1", tuple(reversed(models))),))


@pytest.fixture
def chain(make_case: MakeCase) -> Chain:
    """A function that makes a chain of these kinds, live."""

    def make(kinds: Sequence[str] = ("debounced",) * 4, *, live: bool = True, **more: Any) -> Case:
        case = make_case(GAMES, "SELECT id FROM games", apply=False)
        declare(case, kinds, **more)
        if live:
            case.step("apply the system", lambda: apply(case))
            case.step("load all", lambda: load(case))
            # Tests write other definitions in the place of these.
            case.settle()
        return case

    return make


def apply(case: Case) -> None:
    apply_system(case.database, case.system, AGREED)


def load(case: Case) -> None:
    """As `backfill` does, in order."""
    for name in ("first", "second", "third", "both"):
        refresh_now(case.database, case.system, case.system.read_model(name))


def look(case: Case, *systems: System) -> list[Refreshed]:
    looked = Refresher(case.database, systems or [case.system]).look()
    return [found for found in looked if found.drained is not None or found.error is not None]


def planned(case: Case) -> dict[str, str]:
    steps = plan_system(case.database, case.system).steps
    return {f"{step.kind} {step.name}": step.action for step in steps if step.action != "keep"}


def assert_kept(case: Case) -> None:
    """All are live and right, no check complains, nothing is left to do or left over; changes reach all in one look."""
    assert planned(case) == {}
    states = "SELECT name, state FROM denorm.read_model WHERE kind = 'table' AND state <> 'live'"
    assert case.rows(states) == []
    for change in CHANGES:
        case.write(change)
        looked = look(case)
        assert [found.error for found in looked if found.error] == []
        assert wrong(case) == {}
        assert pending(case.url) == 0
    for model in case.system.read_models:
        case.model = model
        failed = {name: check.summary for name, check in case.checks().items() if not check.passed}
        assert failed == {}
    assert (
        case.rows(
            "SELECT relname FROM pg_class WHERE relname LIKE 'denorm\\_%' ESCAPE '\\' AND relkind <> 'i'"
            " AND relnamespace = 'app'::regnamespace"
        )
        == []
    )


def wrong(case: Case) -> dict[str, int]:
    return {name: count for name, count in wrong_rows(case.url, case.system).items() if count}


MIXED = [
    *itertools.product(KINDS, KINDS, ("debounced",), ("debounced",)),
    ("debounced", "realtime", "full", "realtime"),
    ("full", "full", "full", "full"),
    ("realtime", "realtime", "realtime", "realtime"),
]


@pytest.mark.parametrize("kinds", MIXED, ids="-".join)
def test_chain_of_all_refresh_kinds_is_kept_fresh(chain: Chain, kinds: Sequence[str]) -> None:
    assert_kept(chain(kinds))


def test_plan_chain_in_fresh_database_is_ordered_and_creates_nothing(chain: Chain) -> None:
    case = chain(live=False)
    steps = [
        f"{step.action} {step.name}" for step in plan_system(case.database, case.system).steps if step.kind == "table"
    ]
    assert steps == ["create app.first", "create app.second", "create app.third", "create app.both"]
    captured = {step.name for step in plan_system(case.database, case.system).steps if step.kind == "capture"}
    assert captured == {"app.games", "app.first", "app.second", "app.third"}
    assert case.rows(RELATIONS) == [("games",)]


def test_plan_chain_on_missing_view_says_what_it_waits_for(chain: Chain) -> None:
    case = chain(("full", "debounced", "debounced", "debounced"), live=False)
    steps = {step.name: step for step in plan_system(case.database, case.system).steps if step.action == "create"}
    assert steps["app.second"].why == "once shop/first is as declared, its definition can be read"
    assert steps["app.third"].why == "once shop/second is as declared, its definition can be read"


@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_apply_chain_first_replaced_keeps_its_readers_right(chain: Chain, kind: str, reader: str) -> None:
    """A column goes; the first is replaced, and everything that reads it has triggers and rows after one `apply`."""
    kinds = (kind, reader, "debounced", reader)
    case = chain(kinds, first=FIRST.format(spare=", points AS spare"))
    declare(case, kinds)
    apply(case)
    assert planned(case) == {}
    assert_kept(case)


@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize(("before", "after"), [("debounced", "full"), ("full", "realtime")])
def test_apply_chain_first_changes_kind_keeps_its_readers_right(
    chain: Chain, before: str, after: str, reader: str
) -> None:
    case = chain((before, reader, "debounced", reader))
    declare(case, (after, reader, "debounced", reader))
    apply(case)
    assert_kept(case)


@pytest.mark.parametrize("reader", KINDS)
def test_apply_chain_first_column_retyped_retypes_its_readers(chain: Chain, reader: str) -> None:
    kinds = ("debounced", reader, reader, "debounced")
    case = chain(kinds)
    declare(case, kinds, first="SELECT id, player, points::numeric(20, 2) AS points FROM games")
    apply(case)
    assert_kept(case)


@pytest.mark.parametrize("kind", KINDS)
def test_apply_chain_column_read_by_other_is_not_dropped(chain: Chain, kind: str) -> None:
    case = chain((kind, "debounced", "full", "debounced"))
    declare(case, (kind, "debounced", "full", "debounced"), first="SELECT id, player FROM games")
    before = case.rows("SELECT name, code_version, relation FROM denorm.read_model ORDER BY name")
    for refused in (lambda: planned(case), lambda: apply(case), case.apply):
        with pytest.raises(
            DefinitionError,
            match=r"(second|both)\.sql: it reads app.first.points, which the definition of shop/first no longer has",
        ):
            refused()
    assert case.rows("SELECT name, code_version, relation FROM denorm.read_model ORDER BY name") == before
    assert wrong_rows(case.url, case.system, case.system.read_models[:3]) is not None


def test_apply_chain_column_added_and_read_works_in_one_run(chain: Chain) -> None:
    case = chain()
    declare(case, first=FIRST.format(spare=", points + 1 AS more"))
    case.system.read_model("second").definition.path.write_text(
        "SELECT player, sum(points) AS points, max(more) AS more FROM first GROUP BY player"
    )
    assert "rebuild" in planned(case).values()
    assert "drop" not in planned(case).values()
    apply(case)
    assert_kept(case)


RELATIONS = "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'm')"


@pytest.mark.parametrize("kind", ["debounced", "full"])
def test_apply_chain_first_undeclared_while_read_is_refused(chain: Chain, kind: str) -> None:
    case = chain(("debounced", kind, "debounced", "debounced"))
    rest = tuple(model for model in case.system.read_models if model.name != "first")
    case.system = replace(case.system, phases=(Phase("phase_1", rest),))
    for refused in (lambda: planned(case), lambda: apply(case)):
        with pytest.raises(
            StillInUse, match=r"shop/first was not dropped: shop/(second|both) reads it, and is still declared"
        ):
            refused()
    assert case.value("SELECT count(*) FROM first") == 64
    case.system = replace(case.system, phases=(Phase("phase_1", ()),))
    apply(case)
    assert case.rows(RELATIONS) == [("games",)]


@pytest.mark.parametrize("kinds", [("debounced", "full", "full", "full"), ("full",) * 4], ids="-".join)
def test_uninstall_chain_drops_readers_first(chain: Chain, kinds: Sequence[str]) -> None:
    case = chain(kinds)
    uninstall(case.database, case.system)
    assert case.rows(RELATIONS) == [("games",)]


def test_apply_chain_renamed_first_is_loaded_before_its_readers(chain: Chain) -> None:
    """What people read is not computed from a table that holds nothing yet."""
    case = chain(("debounced", "debounced", "full", "debounced"))
    for name in ("second", "both"):
        path = case.system.read_model(name).definition.path
        path.write_text(path.read_text().replace("first", "renamed"))
    first = case.system.read_model("first")
    others = [model for model in case.system.read_models if model.name != "first"]
    case.system = replace(case.system, phases=(Phase("phase_1", (replace(first, name="renamed"), *others)),))
    held = case.rows("TABLE second ORDER BY player")
    with pytest.raises(
        SourceNotLoaded, match=r"shop/second was not computed: it reads shop/renamed, which is not loaded"
    ):
        apply(case)
    look(case)
    assert case.rows("TABLE second ORDER BY player") == held
    refresh_now(case.database, case.system, case.system.read_model("renamed"))
    apply(case)
    assert_kept(case)


def test_refresh_chain_on_unfilled_view_is_refused_naming_it(chain: Chain) -> None:
    case = chain(("full", "debounced", "debounced", "debounced"), live=False)
    apply(case)
    with pytest.raises(SourceNotLoaded, match=r"Run `denorm-assets backfill shop/first` first"):
        refresh_now(case.database, case.system, case.system.read_model("second"))
    load(case)
    assert_kept(case)


def test_refresh_chain_loaded_in_reverse_order_becomes_right(chain: Chain) -> None:
    case = chain(live=False)
    apply(case)
    for name in ("both", "third", "second", "first"):
        refresh_now(case.database, case.system, case.system.read_model(name))
    look(case)
    assert_kept(case)


def test_refresh_chain_first_without_rows_makes_readers_wait(chain: Chain) -> None:
    case = chain()
    case.run("DROP TABLE first")
    apply(case)
    assert look(case) == []
    assert case.value("SELECT count(*) FROM second") == 8
    waiting = [found for found in Refresher(case.database, [case.system]).look() if found.model.name == "second"]
    assert waiting[0].decision.reason == "waits until shop/first, which it reads, is loaded"
    load(case)
    assert_kept(case)


def test_reconcile_chain_repairs_reach_all_readers(chain: Chain) -> None:
    for kinds in (("debounced", "realtime", "debounced", "full"), ("full", "debounced", "full", "realtime")):
        case = chain(kinds)
        # A view can be altered by a refresh of somebody else alone, and the session of `run` fires no triggers.
        case.run("UPDATE games SET points = 1000 WHERE id = 1")
        alter = {"full": "REFRESH MATERIALIZED VIEW first", "debounced": "TRUNCATE first"}
        case.write(alter[kinds[0]])
        look(case)
        assert wrong(case)
        for name in ("first", "second", "third", "both"):
            model = case.system.read_model(name)
            options = ReconcileOptions(repair=True, most_share=1.0)
            reconcile_model(case.database, case.system, model, options, None)
            look(case)
            assert wrong_rows(case.url, case.system, [model]) == {f"shop/{name}": 0}
        assert_kept(case)


def test_realtime_chain_is_right_inside_writer_transaction(chain: Chain) -> None:
    case = chain(("realtime",) * 4)
    with case.connect() as connection, connection.transaction():
        connection.execute("UPDATE games SET points = points + 1 WHERE id = 8")
        connection.execute("DELETE FROM games WHERE id = 7")
        for model in case.system.read_models:
            held, defined = f'TABLE "{model.name}"', f"({model.definition.text})"
            for one, other in ((held, defined), (defined, held)):
                assert connection.execute(f"({one}) EXCEPT ALL ({other})".encode()).fetchall() == []
    assert_kept(case)


def test_debounce_chain_counts_from_change_of_application(chain: Chain) -> None:
    """A refresh of the first starts no new wait, and a view with a longer one of its own is left to wait."""
    case = chain()
    kept = {model.name: model for model in case.system.read_models}
    quiet = Debounced(Debounce(quiet=0.3, max_wait=60))
    models = (
        replace(kept["first"], refresh=quiet),
        replace(kept["second"], refresh=quiet),
        replace(kept["third"], refresh=Debounced(Debounce(quiet=600, max_wait=600))),
    )
    case.system = replace(case.system, phases=(Phase("phase_1", (*models, kept["both"])),))
    apply(case)
    case.write(CHANGES[0])
    refreshed: list[str] = []
    while not refreshed:
        refreshed = [found.model.name for found in look(case)]
    assert refreshed[:2] == ["first", "second"]
    assert "third" not in refreshed


def test_chain_across_two_systems_is_kept_and_blocks_uninstall(chain: Chain) -> None:
    case = chain(("debounced", "debounced", "debounced", "debounced"))
    case.run("CREATE SCHEMA stats")
    for kind in KINDS:
        name = f"of_{kind}"
        path = case.model.definition.path.with_name(f"{name}.sql")
        path.write_text("SELECT id, points FROM app.first")
        stats = System(
            "stats", "stats", (Phase("phase_1", (ReadModel(name, SqlFile(path), ("id",), refresh=KINDS[kind]),)),)
        )
        apply_system(case.database, stats, AGREED)
        refresh_now(case.database, stats, stats.read_models[0])
        case.write(CHANGES[0])
        look(case, stats, case.system)
        assert wrong_rows(case.url, stats) == {f"stats/{name}": 0}
        with pytest.raises(StillInUse, match=rf"shop was not uninstalled: stats/{name} reads shop/first"):
            uninstall(case.database, case.system)
        declare(case, first=FIRST.format(spare=f", points AS {kind}"))
        apply(case)
        declare(case)
        apply(case)
        apply_system(case.database, stats, AGREED)
        case.write(CHANGES[1])
        look(case, stats, case.system)
        assert wrong_rows(case.url, stats) == {f"stats/{name}": 0}
        uninstall(case.database, stats)
        apply(case)
        assert_kept(case)


def test_chain_circular_is_refused(chain: Chain) -> None:
    case = chain(live=False)
    case.system.read_model("first").definition.path.write_text("SELECT player AS id, player, 1 AS points FROM third")
    for refused in (lambda: planned(case), lambda: apply(case), case.apply, lambda: look(case)):
        with pytest.raises(DeclarationError, match="read models read each other in a circle"):
            refused()


def test_apply_chain_phase_by_phase_rebuilds_later_readers(chain: Chain) -> None:
    """As Dagster does: each phase by itself, the second of them later."""
    case = chain(("debounced", "full", "debounced", "realtime"), first=FIRST.format(spare=", points AS spare"))
    declare(case, ("debounced", "full", "debounced", "realtime"))
    models = {model.name: model for model in case.system.read_models}
    first, rest = models.pop("first"), tuple(models.values())
    case.system = replace(case.system, phases=(Phase("phase_1", (first,)), Phase("phase_2", rest)))
    create_phase(case.database, case.system, case.system.phases[0], AGREED)
    case.write(CHANGES[0])
    look(case)
    state = "SELECT state FROM denorm.read_model WHERE name = 'second'"
    assert case.value(state) == "needs_rebuild"
    create_phase(case.database, case.system, case.system.phases[1], AGREED)
    apply(case)
    assert_kept(case)


def test_apply_chain_first_column_lost_asks_for_consent(chain: Chain) -> None:
    case = chain(first=FIRST.format(spare=", points AS spare"))
    declare(case)
    with pytest.raises(WouldBeLost, match="its columns spare, which people read"):
        apply_system(case.database, case.system)


@pytest.mark.parametrize("driven", ["first", "both"])
def test_backfill_chain_with_ranges_is_kept_fresh(chain: Chain, driven: str) -> None:
    """Ranges of the application's table below, and of a read model above."""
    case = chain(live=False)
    models = {model.name: model for model in case.system.read_models}
    ranges = {"first": IdRanges("games.id"), "both": IdRanges("first.id")}
    models[driven] = replace(models[driven], backfill=ranges[driven])
    case.system = replace(case.system, phases=(Phase("phase_1", tuple(models.values())),))
    apply(case)
    for name in ("first", "second", "third", "both"):
        model = models[name]
        if not model.driving:
            refresh_now(case.database, case.system, model)
            continue
        loader = ModelLoader(case.database, case.system, model, QUICK)
        results: list[RangeResult] = list(loader.load_ids(None, None))
        assert results
        finish_model(case.database, case.system, model)
    assert_kept(case)


def test_refresher_chain_first_retyped_uses_new_type(chain: Chain) -> None:
    case = chain()
    worker = Refresher(case.database, [case.system])
    case.write(CHANGES[0])
    worker.look()
    case.run("ALTER TABLE games ALTER player TYPE bigint")
    apply(case)
    case.write("INSERT INTO games VALUES (1000, 5000000000, 1)")
    assert [found.error for found in worker.look() if found.error] == []
    assert case.rows("SELECT anchor FROM denorm.quarantine") == []
    assert wrong(case) == {}


def test_kept_fresh_chain_counts_pending_changes_and_faults_of_sources(chain: Chain) -> None:
    case = chain(first="SELECT id, player, 100 / points AS points FROM games")
    case.model = case.system.read_model("third")
    case.write("UPDATE games SET points = 50 WHERE id = 1")
    assert case.checks()["kept_fresh"].figures["pending changes"] == 1
    case.write("UPDATE games SET points = 0 WHERE id = 1")
    look(case)
    fresh = case.checks()["kept_fresh"]
    assert not fresh.passed
    assert fresh.summary == (
        "changes do not reach it wholly: a read model that it reads is not kept fresh; see the check kept_fresh of "
        "shop/first"
    )
    case.write("UPDATE games SET points = 1 WHERE id = 1")
    look(case)
    assert_kept(case)


@pytest.mark.parametrize(
    "kinds", [("debounced", "full", "debounced", "realtime"), ("full", "debounced", "full", "full")]
)
def test_apply_chain_killed_leaves_no_wrong_row_unreported(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, kinds: Sequence[str]
) -> None:
    case = chain(kinds)
    spare, kills = itertools.cycle((", points AS spare", "")), 0
    declare(case, kinds, first=FIRST.format(spare=next(spare)))
    for _ in killed_at_each_statement(case.url, monkeypatch, lambda: apply(case), every=211, first=120):
        kills += 1
        case.write(CHANGES[kills % 2])
        look(case)
        # The definition of the first is already the next one.
        others = [model for model in case.system.read_models if model.name != "first"]
        for name in (name for name, count in wrong_rows(case.url, case.system, others).items() if count):
            case.model = case.system.read_model(name.partition("/")[2])
            assert not case.checks()["kept_fresh"].passed, name
        apply(case)
        # Looked at before `apply` was done, a refresh failed, and the next one waits.
        case.run("DELETE FROM denorm.refresh")
        look(case)
        assert wrong(case) == {}
        declare(case, kinds, first=FIRST.format(spare=next(spare)))
    assert kills > 5 // STATEMENTS_PER_KILL
    assert_kept(case)


def test_refresh_chain_killed_is_completed_by_next_refresh(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    for kinds in (("debounced", "debounced", "full", "debounced"), ("full", "debounced", "realtime", "full")):
        case = chain(kinds)
        kills = 0
        for _ in killed_at_each_statement(case.url, monkeypatch, lambda case=case: look(case), every=17, first=5):
            kills += 1
            look(case)
            assert wrong(case) == {}
            case.write(CHANGES[kills % 2])
        assert kills > 2 // STATEMENTS_PER_KILL


@pytest.mark.parametrize(
    "kinds",
    [("debounced",) * 4, ("realtime", "debounced", "realtime", "full"), ("full", "debounced", "full", "realtime")],
)
def test_apply_chain_first_replaced_while_written_keeps_rows_right(chain: Chain, kinds: Sequence[str]) -> None:
    case = chain(kinds)
    stop, failed = threading.Event(), list[str]()

    def write(seed: int) -> None:
        chosen = random.Random(seed)
        with case.connect() as connection:
            while not stop.is_set():
                player, points, game = chosen.randint(1, 12), chosen.randint(0, 99), chosen.randint(1, 99)
                try:
                    connection.execute(
                        "INSERT INTO games VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE"
                        " SET player = excluded.player, points = excluded.points",
                        (game, player, points),
                    )
                    if points < 20:
                        connection.execute("DELETE FROM games WHERE id = %s", (game,))
                except psycopg.Error as error:
                    failed.append(str(error))

    def refresh() -> None:
        worker = Refresher(case.database, [case.system])
        while not stop.is_set():
            worker.look()
            time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        doing = [pool.submit(write, 1), pool.submit(write, 2), pool.submit(refresh)]
        try:
            for spare in (", points AS spare", "", ", points AS other"):
                declare(case, kinds, first=FIRST.format(spare=spare))
                apply(case)
        finally:
            stop.set()
    for each in doing:
        each.result()
    assert failed == []
    case.run("DELETE FROM denorm.refresh")
    look(case)
    assert wrong(case) == {}
    assert_kept(case)


def test_explain_chain_in_fresh_database_covers_every_readable_model(chain: Chain) -> None:
    """What `plan --sql` prints of capture, affected rows and loads, for read models of read models too."""
    case = chain(("debounced", "realtime", "debounced", "debounced"), live=False)
    explained = {found.read_model: [str(each.source) for each in found.sources] for found in told(case)}
    assert explained["shop/second"] == ["app.first"]
    assert explained["shop/both"] == ["app.first", "app.third"]
    text = capture_text(case.database, case.system)
    [captured] = [step for step in plan_system(case.database, case.system).steps if step.name == "app.first"][1:]
    assert 'ON "app"."first"' in " ".join(show(statement) for statement in captured.statements)
    assert ("shop/third", "app.second") in text.affected
    assert list(backfill_texts(case.database, case.system)) == ["shop/first", "shop/second", "shop/third", "shop/both"]
    case = chain(("full", "debounced", "debounced", "debounced"), live=False)
    assert [found.read_model for found in told(case)] == ["shop/first"]


def told(case: Case) -> list[ModelExplanation]:
    return explain_system(case.database, case.system)


def test_apply_chain_first_read_by_application_view_is_refused(chain: Chain) -> None:
    """PostgreSQL would have it go on reading the old one, if only the name moved."""
    case = chain(("debounced", "full", "debounced", "debounced"))
    case.run("CREATE VIEW shown AS SELECT id FROM first")
    declare(case, ("debounced", "full", "debounced", "debounced"), first=FIRST.format(spare="::bigint"))
    with pytest.raises(DependedOn, match=r"view app\.shown"):
        apply(case)
    case.run("DROP VIEW shown")
    apply(case)
    assert_kept(case)
