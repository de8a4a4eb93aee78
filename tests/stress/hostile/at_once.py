"""C10: during a rolling deployment the worker of the old declaration runs beside that of the new one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from denorm_assets.model.system import System
from tests.stress.hostile.application import definition
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario
from tests.stress.hostile.shell import Shell

_FAILED = "SELECT count(*) FROM denorm.refresh WHERE status = 'failed'"
_NEW = """
SELECT o.id, o.amount, o.note, p.name, p.name || '!' AS loud FROM orders AS o JOIN people AS p ON p.id = o.person_id
"""


@scenario("C10")
def old_worker_runs_beside_the_new_one(arena: Arena) -> None:
    """A new definition is applied while the worker of the old one goes on."""
    folder = arena.folder / "new"
    folder.mkdir()
    new = Shell(arena.shell.url, folder)
    system = _redefined(arena, folder)
    new.declare(system)
    failed = int(arena.value(_FAILED))
    for words in (("apply", "--yes"), ("backfill", "shop")):
        ran = new.run(*words)
        if ran.status:
            arena.outcome.crashed.append(ran.error)
    new.start_worker()
    old = arena.shell
    try:
        arena.run("UPDATE people SET name = name || '?' WHERE id % 3 = 0")
        arena.system = system
        arena.shell = new
        arena.expect_others_follow()
        said = old.worker_log.read_text()
        if "denorm-assets apply" in said.replace("denorm-assets apply --back", ""):
            arena.outcome.crashed.append(f"the old worker tells people to run apply: {said[-300:]}")
        if "superseded" not in said:
            arena.outcome.crashed.append("the old worker does not say that it is superseded")
        if int(arena.value(_FAILED)) > failed:
            arena.outcome.crashed.append("the old worker wrote failures into the shared history")
        if not old.works:
            arena.outcome.notes.append("the old worker ended")
        old.stop_worker()
        arena.settle()
    finally:
        old.stop_worker()


def _redefined(arena: Arena, folder: Path) -> System:
    phase = arena.system.phases[0]
    cards = replace(phase.read_models[0], definition=definition(folder, "order_cards", _NEW))
    return replace(arena.system, phases=(replace(phase, read_models=(cards, *phase.read_models[1:])),))
