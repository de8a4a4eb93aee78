"""A6: definitions that read the clock where nobody sees it."""

from __future__ import annotations

import time

from denorm_assets.model.refresh import Debounced, Full
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_TABLE = """
CREATE TABLE tasks (id int PRIMARY KEY, due timestamptz NOT NULL, local timestamp NOT NULL, day date NOT NULL);
INSERT INTO tasks SELECT n, now() + (n - 20) * interval '1 day', now()::timestamp + (n - 20) * interval '1 day',
    current_date + n - 20 FROM generate_series(1, 40) AS n;
"""
_SECONDS = {
    "literal": "due > timestamptz 'now'",
    "cast_literal": "due > 'now'::timestamptz",
    "cast_function": "due > CAST('now' AS timestamptz)",
    "text_cast": "due > ('now'::text)::timestamptz",
    "local_literal": "local > timestamp 'now'",
    "local_text": "local > ('now'::text)::timestamp",
    "joined_text": "due > ('n' || 'ow')::timestamptz",
    "padded": "due > timestamptz '  NOW  '",
    "array": "due > ('{now}'::timestamptz[])[1]",
    "ranged": "due <@ tstzrange('now', NULL)",
    "text_range": "due <@ ('[' || 'now' || ',)')::tstzrange",
    "record": 'due > (jsonb_populate_record(NULL::tasks, \'{"due": "now"}\')).due',
    "implicit": "due > 'now'",
    "age": "age(due) < interval '0'",
    "timed": "due::time > time 'now' AND due > 'now'::timestamptz",
}
_DAYS = {
    "today": "day > date 'today'",
    "yesterday_text": "day > ('yesterday'::text)::date",
    "tomorrow": "day > 'tomorrow'::date",
    "today_stamp": "due > timestamptz 'today'",
    "day_as_text": "day > ('to' || 'day')::date",
    "implicit_day": "day > 'today'",
}


@scenario("A6")
def clock_is_hidden(arena: Arena) -> None:
    """'now', 'today' and the like as literals, casts of text, arrays, ranges and records."""
    arena.prepare(_TABLE)
    models = [
        arena.model(f"clock_{name}_{kind}", f"SELECT id FROM tasks WHERE {condition}", refresh=refresh)
        for kind, refresh in (("kept", Debounced(OFTEN, clock=0.5)), ("view", Full(OFTEN)))
        for name, condition in (*_SECONDS.items(), *_DAYS.items())
    ]
    for model in arena.adopt_each(*models):
        if model.name.removeprefix("clock_").rpartition("_")[0] in _DAYS:
            # Nobody waits here for midnight.
            arena.outcome.wrong[f"{model.name} was accepted, and is wrong from the next day on"] += 1
    arena.run(
        "INSERT INTO tasks SELECT n, now() + interval '4 s', now()::timestamp + interval '4 s', current_date"
        " FROM generate_series(101, 103) AS n"
    )
    arena.settle()
    time.sleep(5)
