"""S11: names that end quotation marks, and what `apply` says of what it rolled back."""

from __future__ import annotations

import re

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena, Refused
from tests.stress.hostile.scenario import scenario

_NAMES = (
    *("x$capture$y", "$capture$", "$$", "$body$", "$denorm$", "$capture_1$", "$function$", "a'b", "a\\b", "100%", "%s"),
    *("%(model_id)s", "{column}", "{}", "a;b", "--", "/*", "a\nb", "naïve", "🦀", "select", "new_rows", "old_rows"),
    *("images", "gone", "changed", "logged", "shown", "v1", "tg_op", "found", "denorm", "x" * 63),
)


@scenario("S11")
def columns_have_odd_names(arena: Arena) -> None:
    """Every column of a source has a name that ends some quotation; all are read by three kinds of read models."""
    columns = {f"c{number}": '"' + name.replace('"', '""') + '"' for number, name in enumerate(_NAMES)}
    listed = ", ".join(f"{column} int DEFAULT 1" for column in columns.values())
    arena.prepare(f"CREATE TABLE odd (id bigint PRIMARY KEY, {listed}); INSERT INTO odd SELECT generate_series(1, 20)")
    shown = ", ".join(f"o.{column}" for column in columns.values())
    try:
        arena.adopt(
            arena.model("odd_copy", f"SELECT o.id, {shown} FROM odd AS o"),
            arena.model("odd_now", f"SELECT o.id, {shown} FROM odd AS o", refresh=Realtime(OFTEN)),
            arena.model("odd_view", f"SELECT o.id, {shown} FROM odd AS o", refresh=Full(OFTEN)),
        )
    except Refused:
        _nothing_half_made(arena, "odd_")
        return
    for number, column in enumerate(columns.values()):
        arena.run(f"UPDATE odd SET {column} = {number} WHERE id = {number % 20 + 1}")


@scenario("S11")
def tables_have_odd_names(arena: Arena) -> None:
    """Sources and read models themselves have such names, each applied by itself."""
    for number, name in enumerate(("x$capture$y", "$$", "a'b", "100%s", "{table}", "a\\b", "-- drop")):
        quoted = '"' + name + '"'
        arena.prepare(
            f"CREATE TABLE {quoted} (id bigint PRIMARY KEY, n int);INSERT INTO {quoted} SELECT generate_series(1, 9), 1"
        )
        try:
            arena.adopt(
                arena.model(f"odd_{number}", f"SELECT id, n FROM {quoted}", refresh=Realtime(OFTEN)), working=False
            )
        except Refused:
            _nothing_half_made(arena, f"odd_{number}")
            continue
        arena.run(f"UPDATE {quoted} SET n = 2 WHERE id < 4")
    arena.shell.start_worker()


def _nothing_half_made(arena: Arena, prefix: str) -> None:
    found = arena.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'm')"
        f" AND starts_with(relname, '{prefix}')"
    )
    if found:
        arena.outcome.crashed.append(f"apply failed and left {len(found)} of its tables behind, half registered")


@scenario("S11")
def apply_fails_half_way(arena: Arena) -> None:
    """The second of two read models cannot be created; what `apply` says was created has to be there."""
    arena.prepare("CREATE TABLE games (id bigint PRIMARY KEY, n int); INSERT INTO games VALUES (1, 1)")
    arena.prepare("CREATE TYPE game_copy_b AS (x int)")
    arena.declare(
        arena.model("game_copy_a", "SELECT id, n FROM games"), arena.model("game_copy_b", "SELECT id, n FROM games")
    )
    ran = arena.command("apply")
    if ran.status == 0:
        return
    arena.outcome.refused.append(ran.error)
    for name in re.findall(r"(?:table|materialized view) (?:app\.)?(game_copy_\w): create", ran.out + ran.err):
        if arena.value(f"SELECT to_regclass('app.{name}') IS NULL OR to_regclass('app.{name}')::oid = 0"):
            arena.outcome.crashed.append(f"apply said that {name} was created, and rolled it back")
