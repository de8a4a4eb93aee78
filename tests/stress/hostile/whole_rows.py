"""A8: definitions that mean something else once a table has a column more, or a name is found elsewhere."""

from __future__ import annotations

from denorm_assets.model.refresh import Full
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, m int NOT NULL);
INSERT INTO a SELECT g, g FROM generate_series(1, 20) AS g;
INSERT INTO b SELECT g, g FROM generate_series(1, 20) AS g;
"""
_TEXTS = {
    "json": "SELECT a.id, to_jsonb(a) AS all_of_it FROM a",
    "row_json": "SELECT a.id, row_to_json(a)::text AS all_of_it FROM a",
    "as_text": "SELECT a.id, a::text AS all_of_it FROM a",
    "natural": "SELECT id, a.n, b.m FROM a NATURAL JOIN b",
    "starred": "SELECT * FROM a",
    "starred_json": "SELECT s.id, to_jsonb(s) AS all_of_it FROM (SELECT * FROM a) AS s",
    "md5": "SELECT a.id, md5(ROW(a.*)::text) AS sum FROM a",
    "counted": "SELECT a.n AS id, count(DISTINCT b) AS others FROM a JOIN b ON b.id = a.id GROUP BY a.n",
}


@scenario("A8")
def column_is_added(arena: Arena) -> None:
    """A column is added to both tables of definitions that read whole rows, or join by common names."""
    arena.prepare(_TABLES)
    arena.adopt_each(
        *(arena.model(f"whole_{name}", text) for name, text in _TEXTS.items()),
        *(arena.model(f"whole_{name}_view", text, refresh=Full(OFTEN)) for name, text in _TEXTS.items()),
    )
    arena.settle()
    arena.run("ALTER TABLE a ADD COLUMN more int NOT NULL DEFAULT 1", APP_OWNER)
    arena.run("ALTER TABLE b ADD COLUMN more int NOT NULL DEFAULT 1", APP_OWNER)
    arena.run("UPDATE a SET more = 2 WHERE id <= 5")
    arena.run("UPDATE b SET more = 3 WHERE id = 7")
    arena.settle()


@scenario("A8")
def value_depends_on_the_search_path(arena: Arena) -> None:
    """`tableoid::regclass::text` looks different under another search path; nothing is wrong, and nothing says so."""
    arena.prepare(
        "CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);"
        "CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (100);"
        "INSERT INTO parts SELECT g, g FROM generate_series(1, 20) AS g"
    )
    text = "SELECT id, tableoid::regclass::text AS part FROM parts"
    adopted = arena.adopt_each(
        arena.model("parts_named", text), arena.model("parts_named_view", text, refresh=Full(OFTEN))
    )
    arena.run("UPDATE parts SET id = id + 30 WHERE id = 5")
    arena.expect_no_alarm(*(model.name for model in adopted))


@scenario("A8")
def table_of_another_schema_is_hidden(arena: Arena) -> None:
    """A definition reads a table of `public`; later a table of that name is made in the application's schema."""
    with arena.admin() as connection:
        connection.execute(
            "CREATE TABLE public.rates (id int PRIMARY KEY, rate int);"
            "INSERT INTO public.rates SELECT g, g FROM generate_series(1, 10) AS g;"
            "GRANT SELECT, TRIGGER ON public.rates TO denorm_owner; GRANT SELECT, UPDATE ON public.rates TO application"
        )
    text = "SELECT id, rate FROM rates"
    arena.adopt_each(arena.model("rates_kept", text), arena.model("rates_view", text, refresh=Full(OFTEN)))
    arena.settle()
    arena.prepare("CREATE TABLE rates (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, -1), (2, -2)")
    arena.run("UPDATE app.rates SET rate = -3 WHERE id = 1")
    arena.run("UPDATE public.rates SET rate = 100 WHERE id = 3")
    arena.settle()
