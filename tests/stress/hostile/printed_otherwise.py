"""A10: expressions that a parser of SQL may print so that PostgreSQL reads something else."""

from __future__ import annotations

import re

from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE a (id int PRIMARY KEY, k text NOT NULL, n int NOT NULL, at timestamptz NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, t text NOT NULL, x int NOT NULL, v int NOT NULL, at timestamptz NOT NULL);
"""
_SIDES = re.compile(" = | IS NOT DISTINCT FROM ")
# Conditions between a (of text k, number n) and b (of text t, number x): each a way from a change of b to rows of a.
_JOINS = {
    "hex": "a.k = b.t || 0x1F",
    "octal": "a.n = b.x + 0o37",
    "binary": "a.n = b.x + 0b101",
    "underscores": "a.n = b.x * 1_0",
    "to_hex": "a.k = to_hex(b.x)",
    "trimmed": "a.k = btrim(b.t, 'ab')",
    "trim_both": "a.k = trim(BOTH 'a' FROM b.t)",
    "similar": "a.k = substring(b.t SIMILAR 'a#\"_+#\"' ESCAPE '#')",
    "substring_pattern": "a.k = substring(b.t from '[0-9]+')",
    "overlaid": "a.k = overlay(b.t placing 'z' from 1 for 1)",
    "positioned": "a.n = position('1' in b.t)",
    "xor": "a.n = b.x # 3",
    "power": "a.n = (b.x ^ 2)::int",
    "shifted": "a.n = b.x << 1",
    "modulo": "a.n = b.x % 7",
    "divided": "a.n = b.x / 2",
    "negative_modulo": "a.n = mod(-b.x, 5)",
    "rooted": "a.n = (|/ b.x)::int",
    "absolute": "a.n = @ b.x",
    "escaped": "a.k = b.t || E'\\t'",
    "unicode": "a.k = b.t || U&'\\00e4'",
    "backslash": "a.k = b.t || '\\n'",
    "quoted": "a.k = b.t || $q$'$q$",
    "day": "a.at = date_trunc('day', b.at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
    "interval": "a.at = b.at + interval '1' day",
    "interval_text": "a.at = b.at + '1 mon 2 days'::interval",
    "extracted": "a.n = extract(epoch FROM b.at AT TIME ZONE 'UTC')::bigint % 97",
    "chars": 'a.k = b.t::"char"::text',
    "one_char": "a.k = b.t::char(1)::text",
    "named": "a.k = b.t::name::text",
    "rounded": "a.n = round(b.x / 3.0)::int",
    "not_distinct": "a.k IS NOT DISTINCT FROM lower(b.t)",
    "log": "a.n = log(b.x + 1)::int",
    "log_base": "a.n = log(2.0, b.x + 1)::int",
    "left": "a.k = left(b.t, -1)",
    "concatenated": "a.k = concat(b.t, NULL, b.x)",
    "formatted": "a.k = format('%s-%s', b.t, b.x)",
    "padded": "a.k = lpad(b.x::text, 4, '0')",
    "split": "a.k = split_part(b.t, 'b', -1)",
    "sliced": "a.k = (string_to_array(b.t, 'b'))[1]",
    "json_path": "a.k = (jsonb_build_object('k', b.t) #>> '{k}')",
    "json_arrow": "a.k = (jsonb_build_object('k', b.t) ->> 'k')",
    "regexp": "a.k = regexp_replace(b.t, 'B', 'z', 'gi')",
    "to_char": "a.k = to_char(b.x, 'FM0009')",
    "to_number": "a.n = to_number(b.x::text, '999')::int",
    "either": "a.n = CASE WHEN b.x BETWEEN SYMMETRIC 9 AND 1 THEN b.x ELSE -b.x END",
    "greatest": "a.n = greatest(b.x, NULL, 4)",
    "width": "a.n = width_bucket(b.x, 0, 50, 5)",
    "division_of_negatives": "a.n = div(-b.x, 4)::int",
    "bits": "a.n = (B'101' & b.x::bit(3))::int",
    "collated": 'a.k = lower(b.t COLLATE "C")',
    "encoded": "a.k = encode(b.t::bytea, 'hex')",
    "chr": "a.k = chr(64 + b.x)",
    "ascii": "a.n = ascii(b.t)",
    "reversed": "a.k = reverse(b.t)",
    "translated": "a.k = translate(b.t, 'ab', 'b')",
    "precedence": "a.n = (-b.x ^ 2)::int % 11",
    "minus": "a.n = 10 - (b.x - 3)",
    "casts": "a.n = (b.x::numeric(3, 0) / 2)::int",
}
_TEXT = "SELECT a.id, max(b.v) AS v, count(b.id) AS matches FROM a LEFT JOIN b ON {condition} GROUP BY a.id"


@scenario("A10")
def expressions_are_printed(arena: Arena) -> None:
    """Conditions with literals, operators and functions of many kinds, by which changes are traced."""
    # So many rows that nobody computes all of them for a few changes, which would make up for a wrong trace.
    arena.prepare(
        f"{_TABLES} INSERT INTO a SELECT -g, 'pad', -1000 - g, '1999-01-01' FROM generate_series(1, 3000) AS g"
    )
    arena.prepare(
        "INSERT INTO b SELECT g, 'ab' || g, g, 0, '2024-01-01'::timestamptz + g * interval '1 h'"
        " FROM generate_series(1, 30) AS g; ANALYZE a, b"
    )
    models = [arena.model(f"printed_{name}", _TEXT.format(condition=text)) for name, text in _JOINS.items()]
    for model in arena.adopt_each(*models):
        # Rows of a that each condition finds, computed by PostgreSQL itself: the left side of each equality.
        column, expression = _SIDES.split(_JOINS[model.name.removeprefix("printed_")], maxsplit=1)
        _insert_matching(arena, column.removeprefix("a."), expression)
    arena.settle()
    arena.run("UPDATE b SET v = v + 1 WHERE id IN (3, 8)")
    arena.settle()
    arena.run("UPDATE b SET x = x + 1, t = t || '1' WHERE id = 6")
    arena.settle()
    arena.run("DELETE FROM b WHERE id = 10")


def _insert_matching(arena: Arena, column: str, expression: str) -> None:
    filled = {"k": "'none'", "n": "-999", "at": "'2000-01-01'::timestamptz"}
    filled[column] = f"({expression})"
    arena.run(
        "INSERT INTO a SELECT (SELECT coalesce(max(id), 0) FROM a) + row_number() OVER (),"
        f" {', '.join(filled.values())} FROM b WHERE ({expression}) IS NOT NULL AND b.id < 12"
    )
