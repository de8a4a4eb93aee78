"""A9: definitions whose values depend on the time zone, which the application's sessions do not share with ours."""

from __future__ import annotations

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_TABLE = """
CREATE TABLE visits (id int PRIMARY KEY, at timestamptz NOT NULL, day date NOT NULL, local timestamp NOT NULL);
INSERT INTO visits SELECT g, '2024-03-09 20:30:00+00'::timestamptz + g * interval '1 h', '2024-03-10',
    '2024-03-10 00:30' FROM generate_series(1, 48) AS g;
"""
_VALUES = {
    "day": "at::date",
    "truncated": "date_trunc('day', at)",
    "shown": "to_char(at, 'YYYY-MM-DD HH24')",
    "hour": "extract(hour FROM at)",
    "local": "at::timestamp",
    "time": "at::time",
    "text": "at::text",
    "since": "day::timestamptz",
    "compared": "(at >= day)",
    "compared_local": "(at >= local)",
    "next_day": "(at + interval '1 day')",
    "part": "date_part('day', at)",
    "json": "to_jsonb(at)",
    "joined": "concat(at)",
    "made": "make_timestamptz(2024, 3, 10, 1, 0, 0)",
}


@scenario("A9")
def application_has_a_time_zone(arena: Arena) -> None:
    """The database's zone is America/New_York; days are those of UTC, unless somebody says so."""
    with arena.admin() as connection:
        connection.execute(f"ALTER DATABASE {arena.database} SET timezone = 'America/New_York'".encode())
    arena.prepare(_TABLE)
    models = [
        arena.model(f"zone_{name}_{kind}", f"SELECT id, {expression} AS v FROM visits", refresh=refresh)
        for kind, refresh in (("kept", None), ("view", Full(OFTEN)))
        for name, expression in _VALUES.items()
    ]
    # Whoever was told that the zone is not written reads UTC with open eyes.
    told = [model for model in models if _speaks_of_the_zone(arena, model)]
    arena.outcome.told += [f"plan speaks of the time zone of {model.name}" for model in told]
    arena.adopt_each(*(model for model in models if model not in told))
    arena.run("UPDATE visits SET at = at + interval '1 min' WHERE id % 7 = 0")
    arena.settle()


def _speaks_of_the_zone(arena: Arena, model: ReadModel) -> bool:
    before = arena.system
    arena.declare(model)
    planned = arena.shell.run("plan")
    arena.redeclare(before)
    return planned.status == 0 and "zone" in planned.out.lower().replace(model.name, "")
