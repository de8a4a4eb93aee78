"""B4, B5: the application's statements succeed, whatever they cost us, and whatever becomes of its tables."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APPLICATION
from tests.stress.hostile.scenario import scenario

_SALES = """
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE sales (id bigint PRIMARY KEY, customer bigint NOT NULL, price int NOT NULL);
INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 50) AS n;
INSERT INTO sales
SELECT n, CASE WHEN n <= 400000 THEN 1 ELSE n % 49 + 2 END, n % 9 FROM generate_series(1, 402000) AS n;
CREATE INDEX ON sales (customer);
ANALYZE sales;
"""
_TURNOVER = """
SELECT c.id, c.name, count(s.id) AS sales, sum(s.price) AS turnover
FROM customers AS c LEFT JOIN sales AS s ON s.customer = c.id GROUP BY c.id, c.name
"""


@scenario("B4")
def realtime_meets_a_short_timeout(arena: Arena) -> None:
    """A customer has 400,000 sales, and the application's role has 100 ms for a statement."""
    arena.prepare(_SALES)
    arena.adopt(arena.model("turnover", _TURNOVER, refresh=Realtime(OFTEN)))
    arena.stop_writers()
    arena.session(APPLICATION).execute("SET statement_timeout = '100ms'")
    for number in range(5):
        arena.run(f"INSERT INTO sales VALUES (500000 + {number}, 1, 3), (600000 + {number}, 7, 3)")
    arena.run("UPDATE customers SET name = 'the customer' WHERE id = 1")
    arena.run("DELETE FROM sales WHERE id = 500001")


_EVENTS = """
CREATE TABLE events (id bigint NOT NULL, kind int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE near PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE TABLE behind (id bigint NOT NULL, kind int NOT NULL);
INSERT INTO events SELECT n, n % 5 FROM generate_series(1, 100) AS n;
"""


@scenario("B5", (15, 18))
def foreign_partition_is_attached_later(arena: Arena) -> None:
    """A foreign table becomes a partition of a source, so that PostgreSQL refuses INSERTs through its root."""
    arena.prepare(_EVENTS)
    arena.adopt(
        arena.model("event_counts", "SELECT kind, count(*) AS events FROM events GROUP BY kind", key=("kind",)),
        arena.model("event_kinds", "SELECT id, kind FROM events WHERE kind > 2", refresh=Full(OFTEN)),
    )
    to = conninfo_to_dict(arena.realm.postgres.url(arena.database))
    with arena.admin() as connection:
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute(
            "CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw"
            f" OPTIONS (host '{to['host']}', port '{to['port']}', dbname '{arena.database}')".encode()
        )
        connection.execute(
            "CREATE USER MAPPING FOR PUBLIC SERVER loopback"
            f" OPTIONS (user '{to['user']}', password '{to['password']}')".encode()
        )
        connection.execute(
            "CREATE FOREIGN TABLE far (id bigint NOT NULL, kind int NOT NULL) SERVER loopback"
            " OPTIONS (schema_name 'app', table_name 'behind')"
        )
        connection.execute("ALTER TABLE events ATTACH PARTITION far FOR VALUES FROM (1000) TO (2000)")
        connection.execute(f"GRANT SELECT, INSERT ON far TO {APPLICATION}".encode())
    told = arena.command("plan")
    way_out = "DROP FUNCTION denorm.capture_"
    if way_out not in told.out + told.err:
        arena.outcome.crashed.append(f"plan offers no way out: {told.error or told.out[-300:]}")
        return
    statement = way_out + (told.out + told.err).partition(way_out)[2].partition(";")[0]
    with arena.admin() as connection:
        connection.execute(statement.encode())
    arena.run("INSERT INTO events VALUES (500, 1), (1500, 2)")
    arena.run("UPDATE events SET kind = 3 WHERE id < 20")
    arena.expect_others_follow("event_counts", "event_kinds")
    with arena.admin() as connection:
        connection.execute("ALTER TABLE events DETACH PARTITION far")
    arena.must("apply")
    arena.must("refresh", "shop")
