"""A4: read models that read other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full, Realtime, Refresh
from denorm_assets.model.system import Phase
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena, Refused
from tests.stress.hostile.scenario import scenario

_TABLE = """
CREATE TABLE games (id bigint PRIMARY KEY, player int NOT NULL, points int NOT NULL);
INSERT INTO games SELECT n, n % 8 + 1, n FROM generate_series(1, 64) AS n;
"""


def _chain(arena: Arena, prefix: str, kinds: Sequence[Refresh | None], spare: str = "") -> list[ReadModel]:
    """Three in a row, and one that reads the first and the third."""
    first, second, third, last = kinds
    return [
        arena.model(f"{prefix}_1", f"SELECT id, player, points{spare} FROM games", refresh=first),
        arena.model(
            f"{prefix}_2",
            f"SELECT player, sum(points) AS points FROM {prefix}_1 GROUP BY player",
            key=("player",),
            refresh=second,
        ),
        arena.model(
            f"{prefix}_3", f"SELECT player, points * 2 AS twice FROM {prefix}_2", key=("player",), refresh=third
        ),
        arena.model(
            f"{prefix}_4",
            f"SELECT a.id, a.points, c.twice FROM {prefix}_1 AS a JOIN {prefix}_3 AS c ON c.player = a.player",
            refresh=last,
        ),
    ]


def _write(arena: Arena) -> None:
    arena.run("UPDATE games SET points = points + 1 WHERE id % 5 = 0")
    arena.run("UPDATE games SET player = player % 8 + 1 WHERE id < 4")
    arena.run("DELETE FROM games WHERE id = 9")
    arena.settle()


_MIXED = (Realtime(OFTEN), None, Realtime(OFTEN), Full(OFTEN))


@scenario("A4")
def first_of_a_chain_is_replaced(arena: Arena) -> None:
    """A column of the first read model of a chain is dropped; one `apply` succeeds; the application writes."""
    arena.prepare(_TABLE)
    before, models = arena.system, _chain(arena, "plain", (None,) * 4, ", points AS spare")
    for count in range(1, len(models) + 1):
        arena.redeclare(replace(before, phases=(*before.phases, Phase("phase_2", tuple(models[:count])))))
        arena.must("apply")
        arena.must("backfill", f"shop/{models[count - 1].name}")
    arena.shell.start_worker()
    _write(arena)
    changed = _chain(arena, "plain", (None,) * 4)
    arena.redeclare(replace(before, phases=(*before.phases, Phase("phase_2", tuple(changed)))))
    arena.must("apply", "--drop-undeclared")
    arena.shell.start_worker()
    _write(arena)


@scenario("A4")
def chain_is_declared_in_one_phase(arena: Arena) -> None:
    """A chain of three and a diamond in one phase, as one would declare them in a fresh database."""
    arena.prepare(_TABLE)
    arena.adopt(*_chain(arena, "plain", (None,) * 4))
    _write(arena)


@scenario("A4")
def chain_of_mixed_kinds(arena: Arena) -> None:
    """The same of Realtime, Debounced and Full, in the wrong order, and refreshed by hand as well."""
    arena.prepare(_TABLE)
    models = _chain(arena, "mixed", _MIXED)
    try:
        arena.adopt(*reversed(models))
    except Refused:
        for model in models:
            arena.adopt(model, working=False)
        arena.shell.start_worker()
    _write(arena)
    arena.shell.stop_worker()
    arena.run("UPDATE games SET points = points + 1 WHERE id % 3 = 0")
    arena.command("refresh", "shop")
    wrong = {name: count for name, count in arena.wrong_rows().items() if name.startswith("mixed")}
    for name, count in wrong.items():
        arena.outcome.wrong[f"{name}, right after `refresh`"] += count
    arena.shell.start_worker()


@scenario("A4")
def first_of_a_chain_over_views_becomes_another_kind(arena: Arena) -> None:
    """Views in the first and the third place; the first is replaced, becomes a table, and loses a column."""
    arena.prepare(_TABLE)
    before, kinds = arena.system, (Full(OFTEN), None, Full(OFTEN), Realtime(OFTEN))
    arena.adopt(*_chain(arena, "viewed", kinds, ", points AS spare"))
    _write(arena)
    for changed in (_chain(arena, "viewed", kinds), _chain(arena, "viewed", (Realtime(OFTEN), *kinds[1:]))):
        arena.redeclare(replace(before, phases=(*before.phases, Phase("phase_2", tuple(changed)))))
        arena.must("apply", "--drop-undeclared")
        arena.shell.start_worker()
        _write(arena)


@scenario("A4")
def first_of_a_chain_is_no_longer_declared(arena: Arena) -> None:
    """Another branch lacks the first read model of a chain; somebody agrees to all that is lost."""
    arena.prepare(_TABLE)
    before, models = arena.system, _chain(arena, "kept", (None, None, Full(OFTEN), None))
    arena.adopt(*models)
    arena.redeclare(replace(before, phases=(*before.phases, Phase("phase_2", tuple(models[1:])))))
    ran = arena.command("apply", "--drop-undeclared")
    assert ran.status, "the first was dropped while others read it"
    arena.redeclare(replace(before, phases=(*before.phases, Phase("phase_2", tuple(models)))))
    arena.shell.start_worker()
    _write(arena)
