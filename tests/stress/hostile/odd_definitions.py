"""C15, C16: definitions that name no column, functions without a search path, and errors that nobody foresaw."""

from __future__ import annotations

import re

from denorm_assets.model.refresh import Debounced, Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE rates (kind int PRIMARY KEY, rate int NOT NULL);
CREATE TABLE bare ();
INSERT INTO rates VALUES (1, 2), (2, 3);
INSERT INTO bare DEFAULT VALUES;
CREATE FUNCTION rated(x bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RETURN x * (SELECT max(rate) FROM rates); END';
"""
_COUNTS = {
    "counted": ("SELECT count(*) AS rows FROM rates", "rows"),
    "counted_both": ("SELECT count(*) AS rows FROM rates, bare", "rows"),
    "counted_bare": ("SELECT count(*) AS rows FROM bare", "rows"),
    "asked": ("SELECT p.id, EXISTS (SELECT FROM rates) AS rated FROM people AS p", "id"),
    "crossed": ("SELECT p.id, count(*) AS n FROM people AS p LEFT JOIN rates ON true GROUP BY p.id", "id"),
}


@scenario("C15")
def no_column_of_a_source_is_named(arena: Arena) -> None:
    """Rows of a source are counted, or asked for, by `Full` views; by key such definitions are refused."""
    arena.prepare(_TABLES)
    arena.adopt(*(arena.model(name, text, key=(key,), refresh=Full(OFTEN)) for name, (text, key) in _COUNTS.items()))
    arena.run("INSERT INTO rates VALUES (3, 4)", APP_OWNER)
    arena.run("INSERT INTO bare DEFAULT VALUES", APP_OWNER)
    arena.expect_others_follow()
    arena.run("TRUNCATE rates, bare", APP_OWNER)
    arena.expect_others_follow()
    text, key = _COUNTS["asked"]
    arena.adopt_each(
        arena.model("asked_by_key", text, key=(key,), refresh=Debounced(OFTEN)),
        arena.model("asked_now", text, key=(key,), refresh=Realtime(OFTEN)),
    )


@scenario("C15")
def function_has_no_search_path(arena: Arena) -> None:
    """A function names a table without its schema: it is refused, corrected as told, and loses its path again."""
    arena.prepare(_TABLES)
    models = [
        arena.model("rated_view", "SELECT id, rated(id) AS rated FROM people", refresh=Full(OFTEN)),
        arena.model("rated_now", "SELECT id, rated(id) AS rated FROM people", refresh=Realtime(OFTEN)),
    ]
    before = arena.system
    arena.declare(models[0])
    told = arena.command("plan").error
    arena.redeclare(before)
    remedy = re.search(r"ALTER FUNCTION app\.rated\(bigint\) SET search_path = .*", told)
    if remedy is None:
        arena.outcome.crashed.append(f"plan does not name the function: {told}")
        return
    with arena.connect(APP_OWNER) as connection:
        connection.execute(remedy[0].encode())
    arena.adopt(*models)
    with arena.connect(APP_OWNER) as connection:
        connection.execute("ALTER FUNCTION rated RESET search_path")
    arena.run("UPDATE people SET id = id + 1000 WHERE id = 40")
    arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
    arena.expect_others_follow("rated_view", "rated_now")
    if "ALTER FUNCTION app.rated(bigint) SET" not in arena.command("refresh", "shop").err:
        arena.outcome.crashed.append("refresh does not name the function")
    with arena.connect(APP_OWNER) as connection:
        connection.execute(remedy[0].encode())
    arena.must("refresh", "shop")


@scenario("C16")
def nobody_foresaw_the_error(arena: Arena) -> None:
    """Somebody renames a column of a table of ours: each command says one line, and where the rest is."""
    arena.stop_writers()
    with arena.admin() as connection:
        connection.execute("ALTER TABLE denorm.read_model RENAME COLUMN paused_at TO paused")
    for words in (("status",), ("plan",), ("refresh", "shop"), ("check", "shop"), ("pause", "shop")):
        ran = arena.process(*words)
        lines = ran.err.strip().splitlines()
        if "Traceback" in ran.err or (ran.status and len(lines) > 1 and "fault of denorm-assets" in ran.err):
            arena.outcome.crashed.append(f"{' '.join(words)} says {len(lines)} lines")
    with arena.admin() as connection:
        connection.execute("ALTER TABLE denorm.read_model RENAME COLUMN paused TO paused_at")
    arena.shell.start_worker()
