"""S6: read models that go live, or stay so, while no trigger tells what changes."""

from __future__ import annotations

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE games (id bigint PRIMARY KEY, player bigint NOT NULL, points int NOT NULL);
CREATE TABLE players (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO games SELECT n, n % 20 + 1, n FROM generate_series(1, 100) AS n;
INSERT INTO players SELECT n, 'player ' || n FROM generate_series(1, 20) AS n;
CREATE INDEX ON games (player);
"""
_NAMED = "SELECT g.id, g.points, p.name FROM games AS g JOIN players AS p ON p.id = g.player"


def _kinds(arena: Arena) -> tuple[ReadModel, ...]:
    sums = "SELECT player, sum(points) AS points FROM games GROUP BY player"
    ranks = "SELECT g.id, rank() OVER (ORDER BY g.points, g.id) AS place, p.name FROM games AS g JOIN players AS p"
    return (
        arena.model("game_sums", sums, key=("player",)),
        arena.model("named_games", _NAMED, refresh=Realtime(OFTEN)),
        arena.model("ranged_games", _NAMED, backfill="games.id"),
        arena.model("ranked_games", f"{ranks} ON p.id = g.player", refresh=Full(OFTEN)),
    )


def _write(arena: Arena) -> None:
    arena.run("UPDATE games SET points = points + 1000 WHERE id % 10 = 0")
    arena.run("UPDATE players SET name = name || '!' WHERE id % 7 = 0")
    arena.run("DELETE FROM games WHERE id = 1")


def _interrupted(arena: Arena, tag: str, nth: int) -> None:
    """`apply` fails at its `nth` command of that kind; then a person refreshes and backfills everything."""
    with arena.admin() as connection:
        connection.execute("CREATE SEQUENCE loot.commands; GRANT USAGE ON SEQUENCE loot.commands TO PUBLIC")
        connection.execute(
            "CREATE FUNCTION loot.interrupt() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF session_user = '{arena.owner}' AND nextval('loot.commands') = {nth} THEN"
            "   PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END $$;"
            f"CREATE EVENT TRIGGER interrupt ON ddl_command_start WHEN TAG IN ('{tag}')"
            " EXECUTE FUNCTION loot.interrupt()".encode()
        )
    models = _kinds(arena)
    arena.declare(*models)
    # That it fails is the point, and psycopg says so in a stack of frames where the connection is lost.
    arena.shell.run("apply")
    with arena.admin() as connection:
        connection.execute("DROP EVENT TRIGGER interrupt")
    for model in models:
        ran = arena.command("refresh", f"shop/{model.name}")
        if ran.status:
            arena.outcome.refused.append(ran.error)
        ran = arena.command("backfill", f"shop/{model.name}")
        if ran.status:
            arena.outcome.refused.append(ran.error)
    arena.shell.start_worker()
    _write(arena)


def _register(tag: str, nth: int) -> None:
    def killed(arena: Arena) -> None:
        arena.prepare(_TABLES)
        _interrupted(arena, tag, nth)

    killed.__name__ = f"apply_is_killed_at_{tag.lower().replace(' ', '_')}_{nth}"
    killed.__doc__ = f"`apply` is killed at its {nth}. {tag}; everything is refreshed and backfilled all the same."
    scenario("S6")(killed)


for _tag, _nth in (
    ("CREATE TRIGGER", 1),
    ("CREATE TRIGGER", 6),
    ("CREATE FUNCTION", 1),
    ("CREATE FUNCTION", 2),
    ("CREATE TABLE", 2),
    ("COMMENT", 5),
):
    _register(_tag, _nth)


@scenario("S6")
def application_holds_a_source_while_it_is_applied(arena: Arena) -> None:
    """A long transaction of the application holds one of two sources while `apply` wants to make triggers there."""
    arena.prepare(_TABLES)
    models = _kinds(arena)
    arena.declare(*models)
    with arena.connect(APP_OWNER) as busy, busy.transaction():
        busy.execute("LOCK TABLE players IN SHARE UPDATE EXCLUSIVE MODE")
        busy.execute("UPDATE players SET name = name || '?' WHERE id = 3")
        ran = arena.process("apply", patience=90)
        if ran.status:
            arena.outcome.refused.append(ran.error)
        for model in models:
            arena.process("refresh", f"shop/{model.name}")
    arena.shell.start_worker()
    _write(arena)


@scenario("S6")
def triggers_are_lost_later(arena: Arena) -> None:
    """The owner of the tables disables triggers, drops some, and swaps a table for another one of its name."""
    arena.prepare(_TABLES + "CREATE TABLE swapped (id bigint PRIMARY KEY, n int); INSERT INTO swapped VALUES (1, 1)")
    arena.adopt(
        *_kinds(arena),
        arena.model("swapped_copy", "SELECT id, n FROM swapped"),
        arena.model("swapped_ranks", "SELECT id, rank() OVER (ORDER BY n) AS r FROM swapped", refresh=Full(OFTEN)),
    )
    arena.remedy = lambda: _enable(arena)
    arena.run("ALTER TABLE games DISABLE TRIGGER USER", APP_OWNER)
    arena.run(
        "ALTER TABLE swapped RENAME TO swapped_before; CREATE TABLE swapped (LIKE swapped_before INCLUDING ALL);"
        "INSERT INTO swapped VALUES (1, 5), (2, 6)",
        APP_OWNER,
    )
    arena.grant()
    _write(arena)
    arena.run("INSERT INTO swapped VALUES (3, 3)")


def _enable(arena: Arena) -> None:
    arena.run("ALTER TABLE games ENABLE TRIGGER USER", APP_OWNER)


@scenario("S6")
def partition_is_attached_later(arena: Arena) -> None:
    """A partition and a child table with rows are attached to sources that are captured already."""
    arena.prepare(
        "CREATE TABLE hits (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id);"
        "CREATE TABLE hits_low PARTITION OF hits FOR VALUES FROM (0) TO (50);"
        "INSERT INTO hits SELECT n, n FROM generate_series(1, 40) AS n;"
        "CREATE TABLE notes (id bigint, body text); INSERT INTO notes VALUES (1, 'a')"
    )
    arena.adopt(
        arena.model("hit_copy", "SELECT id, n FROM hits"),
        arena.model("hit_sums", "SELECT n, count(*) AS hits FROM hits GROUP BY n", key=("n",)),
        arena.model("hit_ranks", "SELECT id, rank() OVER (ORDER BY n, id) AS r FROM hits", refresh=Full(OFTEN)),
        arena.model("note_counts", "SELECT id, count(*) AS notes FROM notes GROUP BY id"),
    )
    arena.run(
        "CREATE TABLE hits_high (id bigint PRIMARY KEY, n int); INSERT INTO hits_high VALUES (50, 1), (51, 2);"
        "ALTER TABLE hits ATTACH PARTITION hits_high FOR VALUES FROM (50) TO (1000);"
        "CREATE TABLE more_notes () INHERITS (notes); INSERT INTO more_notes VALUES (1, 'b'), (2, 'c')",
        APP_OWNER,
    )
    arena.grant()
    arena.run("UPDATE hits SET n = n + 1 WHERE id % 5 = 0")
    arena.run("INSERT INTO hits_high VALUES (60, 7)")
    arena.run("INSERT INTO more_notes VALUES (3, 'd')")
