"""B1-B3: what somebody publishes, or a source holds, stops neither the log nor read models without a part in it."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE visits (id bigint PRIMARY KEY, url text NOT NULL, f timestamp NOT NULL, t timestamp NOT NULL);
INSERT INTO visits
SELECT n, 'https://example.org/' || n % 7, '2026-01-01', '2026-01-01'::timestamp + n % 3 * '1 day'::interval
FROM generate_series(1, 100) AS n;
"""
_BY_URL = "SELECT url, count(*) AS visits FROM visits GROUP BY url"
_DAYS = "SELECT v.id, d.day FROM visits AS v CROSS JOIN LATERAL generate_series(v.f, v.t, '1 day') AS d(day)"
_LONG = "SELECT string_agg(md5(n::text), '') FROM generate_series(1, 190) AS n"


def _published(arena: Arena, publication: str, *, before: bool) -> None:
    arena.prepare(_TABLES)
    models = (
        arena.model("visits_of_url", _BY_URL, key=("url",)),
        arena.model("visits_now", _BY_URL, key=("url",), refresh=Realtime(OFTEN)),
        arena.model("maybe", "SELECT nullif(url, 'x') AS url, id FROM visits", key=("url", "id"), backfill="visits.id"),
        arena.model("visit_days", _DAYS, key=("id", "day"), refresh=Full(OFTEN)),
    )
    if before:
        with arena.admin() as connection:
            connection.execute(f"CREATE PUBLICATION everything FOR {publication}".encode())
    arena.adopt(*models)
    if not before:
        with arena.admin() as connection:
            connection.execute(f"CREATE PUBLICATION everything FOR {publication}".encode())
    arena.run("UPDATE visits SET url = url || '!' WHERE id % 10 = 0")
    arena.run("DELETE FROM visits WHERE id = 1")
    arena.expect_others_follow()


@scenario("B1", (15, 18))
def all_tables_are_published_later(arena: Arena) -> None:
    """Everything is live when somebody publishes all tables."""
    _published(arena, "ALL TABLES", before=False)


@scenario("B1")
def all_tables_are_published_before(arena: Arena) -> None:
    """All tables are published when read models are created."""
    _published(arena, "ALL TABLES", before=True)


@scenario("B1")
def our_schemas_are_published(arena: Arena) -> None:
    """Somebody publishes the tables of the application's schema and of ours."""
    _published(arena, "TABLES IN SCHEMA denorm, app", before=False)


@scenario("B2", (15, 18))
def grouping_value_is_too_long_for_an_index(arena: Arena) -> None:
    """A URL of 6 kB arrives, in a column that read models group by, and is corrected later."""
    arena.prepare(_TABLES)
    arena.adopt(
        arena.model("visits_of_url", _BY_URL, key=("url",)),
        arena.model("visits_now", _BY_URL, key=("url",), refresh=Realtime(OFTEN)),
        arena.model("visit_urls", "SELECT id, url FROM visits"),
    )
    arena.run(f"UPDATE visits SET url = ({_LONG}) WHERE id = 5")
    arena.run("UPDATE visits SET url = url || '!' WHERE id % 10 = 0")
    arena.expect_others_follow("visits_of_url", "visits_now")
    arena.run("UPDATE visits SET url = 'short' WHERE id = 5")
    arena.settle()


@scenario("B3")
def series_never_ends(arena: Arena) -> None:
    """A span gets no end, so that its days never end either, and is corrected later."""
    arena.prepare(_TABLES)
    arena.adopt(
        arena.model("visit_days", _DAYS, key=("id", "day")),
        arena.model("visit_urls", "SELECT id, url FROM visits"),
    )
    arena.run("UPDATE visits SET t = 'infinity' WHERE id = 5")
    arena.run("UPDATE visits SET url = url || '!' WHERE id % 10 = 0")
    arena.expect_others_follow("visit_days")
    arena.run("UPDATE visits SET t = f WHERE id = 5")
    arena.settle(90)
