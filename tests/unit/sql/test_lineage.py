"""Column lineage: what the text of a definition tells, and silence where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.sql.analysis.lineage import column_lineage


@pytest.fixture
def file(tmp_path: Path) -> SqlFile:
    return SqlFile(tmp_path / "links.sql")


def lineage(file: SqlFile, text: str) -> dict[str, str]:
    """Output column -> its origins, separated by blanks."""
    file.path.write_text(text, encoding="utf-8")
    found = column_lineage(file)
    return {name: " ".join(f"{table}.{column}" for table, column in origins) for name, origins in found.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a.id, a.x + b.y AS z FROM a JOIN b ON b.k = a.j", {"id": "a.id", "z": "a.x b.y"}),
        ("SELECT id, lower(name) AS name FROM app.a", {"id": "app.a.id", "name": "app.a.name"}),
        ("SELECT A.ID AS X FROM A", {"x": "a.id"}),
        ('SELECT "A"."Id" AS "X", "A".ID FROM "A"', {"X": "A.Id", "id": "A.id"}),
        ("SELECT x.id, y.name FROM n AS x LEFT JOIN n AS y ON y.id = x.ref", {"id": "n.id", "name": "n.name"}),
        ("SELECT (a.c).f, a.xs[1] AS x, a.doc ->> 'k' AS k FROM a", {"f": "a.c", "x": "a.xs", "k": "a.doc"}),
        ("SELECT a.id FROM (a JOIN b ON true) JOIN c ON true", {"id": "a.id"}),
        ("SELECT a.id, sum(b.x) FILTER (WHERE b.y > 1) AS s FROM a, b GROUP BY a.id", {"id": "a.id", "s": "b.x b.y"}),
        ("SELECT a.id, rank() OVER (PARTITION BY a.g ORDER BY a.d) AS r FROM a", {"id": "a.id", "r": "a.g a.d"}),
        ("SELECT a.id, rank() OVER w AS r FROM a WINDOW w AS (ORDER BY a.d)", {"id": "a.id", "r": "a.d"}),
    ],
)
def test_lineage_expression_lists_columns_it_uses(file: SqlFile, text: str, expected: dict[str, str]) -> None:
    assert lineage(file, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "WITH x AS (SELECT a.id, b.v AS w FROM a JOIN b ON b.k = a.j), y AS (SELECT id, w || '!' AS v FROM x)"
            " SELECT id, v FROM y",
            {"id": "a.id", "v": "b.v"},
        ),
        ("WITH x (p, q) AS (SELECT a.id, a.j FROM a) SELECT z.q, z.p FROM x AS z", {"q": "a.j", "p": "a.id"}),
        ("WITH a AS (SELECT a.id FROM a) SELECT a.id FROM a", {"id": "a.id"}),
        (
            "WITH RECURSIVE r AS (SELECT a.id, a.up FROM a UNION SELECT r.id, a.top FROM r JOIN a ON a.id = r.up)"
            " SELECT r.id, r.up FROM r",
            {"id": "a.id", "up": "a.up a.top"},
        ),
        (
            "SELECT a.id, d.n FROM a JOIN (SELECT b.k, max(b.x) AS n FROM b GROUP BY b.k) AS d ON d.k = a.j",
            {"id": "a.id", "n": "b.x"},
        ),
        ("SELECT d.p FROM (SELECT a.id, a.j FROM a) AS d (p)", {"p": "a.id"}),
        (
            "SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, kind, body FROM notes",
            {"id": "items.id notes.id", "kind": "notes.kind", "title": "items.title notes.body"},
        ),
        ("SELECT d.id FROM (SELECT id FROM a UNION SELECT id FROM b) AS d", {"id": "a.id b.id"}),
        ("SELECT a.id FROM a EXCEPT SELECT b.id FROM b", {"id": "a.id"}),
        (
            "SELECT a.id, l.n FROM a CROSS JOIN LATERAL (SELECT a.v || max(b.x) AS n FROM b WHERE b.k = a.j) AS l",
            {"id": "a.id", "n": "a.v b.x"},
        ),
        (
            "SELECT a.id, (SELECT max(b.x) FROM b WHERE b.k = a.j) AS m, ARRAY(SELECT b.y FROM b) AS ys FROM a",
            {"id": "a.id", "m": "b.x", "ys": "b.y"},
        ),
        (
            "SELECT a.id, EXISTS (SELECT FROM b WHERE b.k = a.j) AS e, a.v IN (SELECT b.v FROM b) AS w FROM a",
            {"id": "a.id", "e": "b.k a.j", "w": "a.v b.v"},
        ),
    ],
)
def test_lineage_is_followed_through_subqueries_and_set_operations(
    file: SqlFile, text: str, expected: dict[str, str]
) -> None:
    assert lineage(file, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a.id, u.tag FROM a, unnest(string_to_array(a.tags, ',')) AS u (tag)", {"id": "a.id", "tag": "a.tags"}),
        ("SELECT a.id, tag FROM a, unnest(a.tags) AS tag", {"id": "a.id", "tag": "a.tags"}),
        (
            "SELECT u.n, u.tag FROM a, unnest(a.tags) WITH ORDINALITY AS u (tag, n)",
            {"n": "a.tags", "tag": "a.tags"},
        ),
        ("SELECT u.p, u.q FROM a, unnest(a.x, a.y) AS u (p, q)", {"p": "a.x", "q": "a.y"}),
        ("SELECT a.id, g FROM a, generate_series(1, a.n) AS g", {"id": "a.id", "g": "a.n"}),
        ("SELECT j.k FROM a CROSS JOIN LATERAL jsonb_each_text(a.doc) AS j (k, v)", {"k": "a.doc"}),
        (
            "SELECT a.id, l.tag FROM a, LATERAL (SELECT btrim(t.x) AS tag FROM unnest(a.tags) AS t (x)) AS l",
            {"id": "a.id", "tag": "a.tags"},
        ),
        ("SELECT a.id, v.w FROM a JOIN (VALUES (1, 'x')) AS v (i, w) ON v.i = a.j", {"id": "a.id"}),
    ],
)
def test_lineage_is_followed_through_functions_in_from(file: SqlFile, text: str, expected: dict[str, str]) -> None:
    assert lineage(file, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT id, a.name FROM a JOIN b ON true", {"name": "a.name"}),
        # The other table is known column by column, so the name is its, or it is the only other's.
        ("SELECT n FROM a JOIN (SELECT max(b.x) AS n, b.k FROM b GROUP BY b.k) AS d ON true", {"n": "b.x"}),
        ("SELECT name FROM a JOIN (SELECT b.k FROM b) AS d ON d.k = a.j", {"name": "a.name"}),
        # A name within a subquery may be one of the query around it.
        ("SELECT a.id, (SELECT max(x) FROM b) AS m FROM a", {"id": "a.id"}),
        ("SELECT a.id, l.m FROM a, LATERAL (SELECT n + 1 AS m) AS l", {"id": "a.id", "m": "a.n"}),
        ("SELECT a.id, d.m FROM a JOIN (SELECT max(x) AS m FROM b) AS d ON true", {"id": "a.id", "m": "b.x"}),
        ("SELECT id, a.x FROM a JOIN b USING (id)", {"x": "a.x"}),
        ("SELECT x FROM a NATURAL JOIN (SELECT b.x FROM b) AS d", {}),
        ("SELECT a.id, to_jsonb(a) AS row, count(a.*) AS n FROM a GROUP BY a.id", {"id": "a.id"}),
        ("WITH x AS (SELECT * FROM a) SELECT x.id FROM x", {}),
        ("SELECT x.q FROM a AS x (p, q)", {}),
        ("SELECT * FROM a", {}),
        ("SELECT a.id, count(*) AS n, 1 AS one FROM a GROUP BY a.id", {"id": "a.id"}),
    ],
)
def test_lineage_ambiguous_column_is_left_out(file: SqlFile, text: str, expected: dict[str, str]) -> None:
    assert lineage(file, text) == expected


def test_lineage_unreadable_definition_is_refused(file: SqlFile) -> None:
    with pytest.raises(DefinitionError, match="not named"):
        lineage(file, "(VALUES (1))")
