"""A5: definitions whose values depend on the order in which rows are read."""

from __future__ import annotations

from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_AGGREGATES = """
CREATE FUNCTION keep_first(anyelement, anyelement) RETURNS anyelement IMMUTABLE STRICT LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE first(anyelement) (SFUNC = keep_first, STYPE = anyelement);
CREATE AGGREGATE jsonb_merge(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');
CREATE AGGREGATE float_sum(float8) (SFUNC = float8pl, STYPE = float8, INITCOND = '0');
CREATE AGGREGATE joined(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE AGGREGATE listed(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}');
CREATE TABLE heaps (id int PRIMARY KEY, g int NOT NULL, x int NOT NULL, f float8 NOT NULL, j jsonb NOT NULL);
CREATE INDEX heaps_by_x ON heaps (x);
INSERT INTO heaps SELECT n, n % 6, 1000 - n, CASE n % 18 / 6 WHEN 0 THEN 1e16 WHEN 1 THEN 1.25 ELSE -1e16 END,
    jsonb_build_object('k', n) FROM generate_series(1, 90) AS n;
"""
_VALUES = {
    "any_value": "any_value(x)",
    "json_arrayagg": "json_arrayagg(x)",
    "json_object_agg_unique": "json_object_agg_unique(x::text, id)::text",
    "json_objectagg": "json_objectagg(x: id)::text",
    "jsonb_agg_strict": "jsonb_agg_strict(x)",
    "json_agg_strict": "json_agg_strict(x)::text",
    "array_agg": "array_agg(x)",
    "json_agg": "json_agg(x)::text",
    "jsonb_object_agg": "jsonb_object_agg('k', x)",
    "string_agg": "string_agg(x::text, ',')",
    "xmlagg": "xmlagg(xmlelement(name v, x))::text",
    "sum_of_floats": "sum(f)",
    "avg_of_floats": "avg(f)",
    "stddev_of_floats": "stddev(f)",
    "own_first": "first(x)",
    "own_merge": "jsonb_merge(j)",
    "own_float_sum": "float_sum(f)",
    "own_joined": "joined(x::text)",
    "own_list": "listed(x)",
    "filtered": "any_value(x) FILTER (WHERE x > 0)",
    "ordered_by_ties": "array_agg(x ORDER BY g)",
    "distinct_then_first": "(array_agg(DISTINCT j ->> 'k'))[1]",
    "casted": "(array_agg(x))[1]::text || '!'",
    "ordered_set": "(array_agg(x ORDER BY f))[1]",
}
_WHOLE = {
    "first_of_a_window": "SELECT DISTINCT g AS id, first_value(x) OVER (PARTITION BY g) AS v FROM heaps",
    "numbered": "SELECT id, g, row_number() OVER (PARTITION BY g) AS v FROM heaps",
    "distinct_on": "SELECT DISTINCT ON (g) g AS id, x AS v FROM heaps",
    "limited": "SELECT a.g AS id, b.x AS v FROM (SELECT DISTINCT g FROM heaps) AS a"
    " CROSS JOIN LATERAL (SELECT x FROM heaps AS h WHERE h.g = a.g LIMIT 1) AS b",
    "array_of": "SELECT a.g AS id, ARRAY(SELECT x FROM heaps AS h WHERE h.g = a.g) AS v"
    " FROM (SELECT DISTINCT g FROM heaps) AS a",
}


@scenario("A5")
def rows_are_read_in_another_order(arena: Arena) -> None:
    """Read models are made of aggregates that see an order; then the owner of the table orders its rows anew."""
    arena.prepare(_AGGREGATES)
    texts = {name: f"SELECT g AS id, {expression} AS v FROM heaps GROUP BY g" for name, expression in _VALUES.items()}
    arena.adopt_each(*(arena.model(f"order_{name}", text) for name, text in {**texts, **_WHOLE}.items()))
    # Nothing changes but the order in which rows lie; then some groups are computed anew, and others are not.
    arena.run("CLUSTER heaps USING heaps_by_x", APP_OWNER)
    arena.run("UPDATE heaps SET x = x + 1 WHERE g = 1")
    arena.settle()
