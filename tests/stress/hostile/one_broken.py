"""B6, B7: a renamed column and a new partition stop what uses them at most; commands work on what was applied."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_TRACKS = """
CREATE TABLE "Track" (
    "TrackId" bigint PRIMARY KEY, "Name" text NOT NULL, "Composer" text, "Price" int NOT NULL, "Album" bigint NOT NULL
);
INSERT INTO "Track" SELECT n, 'track ' || n, 'composer ' || n % 7, n, n % 9 FROM generate_series(1, 100) AS n;
CREATE TABLE plays (id bigint NOT NULL, day date NOT NULL, track bigint NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE plays_1 PARTITION OF plays FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
INSERT INTO plays SELECT n, '2026-01-01', n % 100 + 1 FROM generate_series(1, 200) AS n;
"""


def _adopt_tracks(arena: Arena) -> None:
    arena.prepare(_TRACKS)
    prices = 'SELECT "TrackId" AS id, "Price" AS price FROM "Track"'
    arena.adopt(
        arena.model("composers", 'SELECT "Composer" AS who, count(*) AS n FROM "Track" GROUP BY 1', key=("who",)),
        arena.model("prices", prices),
        arena.model("prices_now", prices, refresh=Realtime(OFTEN)),
        arena.model(
            "albums", 'SELECT "Album" AS id, sum("Price") AS price FROM "Track" GROUP BY 1', refresh=Full(OFTEN)
        ),
        arena.model("plays_of_track", "SELECT track, count(*) AS plays FROM plays GROUP BY track", key=("track",)),
    )


@scenario("B6")
def one_column_is_renamed(arena: Arena) -> None:
    """A column is renamed that one of eight read models uses; it gets its name back later."""
    _adopt_tracks(arena)
    with arena.connect(APP_OWNER) as connection:
        connection.execute('ALTER TABLE "Track" RENAME COLUMN "Composer" TO "WrittenBy"')
    arena.run('UPDATE "Track" SET "Price" = "Price" + 1 WHERE "TrackId" < 50')
    arena.run("""INSERT INTO "Track" VALUES (500, 'new', 'nobody', 3, 4)""")
    arena.expect_others_follow("composers")
    for words in (("plan",), ("apply",), ("check", "shop"), ("reconcile", "shop"), ("refresh", "shop")):
        ran = arena.command(*words)
        if "composers" not in ran.out + ran.err:
            arena.outcome.crashed.append(f"{' '.join(words)} does not name the broken one: {ran.error}")
    arena.run('DELETE FROM "Track" WHERE "TrackId" = 9')
    arena.expect_others_follow("composers")
    with arena.connect(APP_OWNER) as connection:
        connection.execute('ALTER TABLE "Track" RENAME COLUMN "WrittenBy" TO "Composer"')


@scenario("B6")
def a_partition_is_added_every_night(arena: Arena) -> None:
    """pg_partman adds a partition, which is empty at first, and takes an old one away.

    Nobody gives our role rights on it, so that one read model, which stays right, says what it misses there.
    """
    _adopt_tracks(arena)
    with arena.connect(APP_OWNER) as connection:
        connection.execute("CREATE TABLE plays_2 PARTITION OF plays FOR VALUES FROM ('2026-01-02') TO ('2026-01-03')")
    arena.expect_others_follow("plays_of_track")
    arena.run("INSERT INTO plays VALUES (900, '2026-01-02', 5)")
    arena.expect_others_follow("plays_of_track")
    with arena.connect(APP_OWNER) as connection:
        connection.execute("ALTER TABLE plays DETACH PARTITION plays_1")
    arena.expect_others_follow("plays_of_track")


@scenario("B7")
def commands_meet_what_was_applied(arena: Arena) -> None:
    """Every command that reads runs on a live system whose sources have odd indexes."""
    arena.prepare(
        "CREATE INDEX ON orders (lower(note)) WHERE amount > 5;"
        "CREATE INDEX ON orders ((amount * 2), lower(note)); CREATE INDEX ON people USING hash (name);"
        "CREATE UNIQUE INDEX ON people ((name || 'x')) INCLUDE (id) WHERE id < 0;"
        "CREATE INDEX ON orders USING brin (amount)"
    )
    for words in (
        *(("plan",), ("plan", "shop"), ("apply",), ("check",), ("status",), ("status", "--objects")),
        *(("status", "--health"), ("roles",), ("verify",), ("audit", "shop"), ("flag", "shop"), ("abort", "shop")),
        *(("reconcile", "shop"), ("refresh", "shop"), ("bench", "shop"), ("backfill", "shop/order_cards")),
    ):
        arena.command(*words)
        arena.command(*words, "--json")
    arena.expect_others_follow()
