"""S9: rows with values so large that writing them down, or two of them, exceeds what PostgreSQL can hold."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_HUGE = 560_000_000
_TABLE = """
CREATE TABLE files (id bigint PRIMARY KEY, name text NOT NULL, data bytea, more bytea, body text);
INSERT INTO files SELECT n, 'file ' || n, 'abc', 'def', 'ghi' FROM generate_series(1, 20) AS n;
"""


@scenario("S9")
def value_is_larger_than_its_text_may_be(arena: Arena) -> None:
    """A row with a bytea of 560 MB is inserted, updated and deleted; a definition reads its length only."""
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model("file_sizes", "SELECT id, name, length(data) AS bytes FROM files"),
        arena.model("file_ranks", "SELECT id, rank() OVER (ORDER BY length(data), id) AS r FROM files", refresh=Full()),
    )
    arena.session("application").execute("SET statement_timeout = '120s'")
    arena.run(f"INSERT INTO files VALUES (100, 'huge', convert_to(repeat('x', {_HUGE}), 'UTF8'), '', '')")
    arena.run(f"UPDATE files SET data = convert_to(repeat('z', {_HUGE + 1}), 'UTF8') WHERE id = 2")
    arena.run("UPDATE files SET name = 'renamed' WHERE id = 100")
    arena.run("DELETE FROM files WHERE id = 100")
    arena.settle(15)


@scenario("S9")
def row_is_larger_than_its_image_may_be(arena: Arena) -> None:
    """A row holds two values of 350 and 300 MB; a Realtime read model has their lengths."""
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model(
            "file_sizes",
            "SELECT id, name, length(data) AS bytes, length(more) AS others FROM files",
            refresh=Realtime(OFTEN),
        )
    )
    arena.session("application").execute("SET statement_timeout = '120s'")
    arena.run(
        "INSERT INTO files VALUES"
        " (100, 'huge', convert_to(repeat('x', 350000000), 'UTF8'), convert_to(repeat('y', 300000000), 'UTF8'), '')"
    )
    arena.run("UPDATE files SET name = 'renamed' WHERE id = 100")
    arena.settle(15)


@scenario("S9")
def statement_changes_many_large_rows(arena: Arena) -> None:
    """One statement changes 900 rows of 1.2 MB each, whose images together are larger than an array may be."""
    arena.prepare(
        _TABLE + "CREATE TABLE digests (id int PRIMARY KEY, digest text); CREATE INDEX ON files (md5(body));"
        "INSERT INTO digests VALUES (1, md5('ghi')), (2, md5(repeat('y', 1200000)))"
    )
    text = "SELECT d.id, count(f.id) AS files FROM digests AS d LEFT JOIN files AS f ON md5(f.body) = d.digest"
    arena.adopt(arena.model("digest_files", f"{text} GROUP BY d.id", refresh=Realtime(OFTEN)))
    arena.session("application").execute("SET statement_timeout = '180s'")
    arena.run("INSERT INTO files SELECT n, 'many', '', '', repeat('y', 1200000) FROM generate_series(1001, 1900) AS n")
    arena.run("UPDATE files SET body = body || 'z' WHERE id BETWEEN 1001 AND 1050")
    arena.run("DELETE FROM files WHERE id > 1000")
    arena.settle(15)
