"""Which output columns count as a choice among equals: asked of PostgreSQL's own parsed queries."""

from __future__ import annotations

import pytest

from denorm_assets.db.introspection.describe import describe
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

DDL = (
    "CREATE TABLE items (id bigint PRIMARY KEY, n numeric, m numeric, s text, g int NOT NULL, j jsonb, p numeric(9,2))"
)
CHOICES = {
    "SELECT id, n FROM items": "",
    "SELECT id, n + 1 AS n, coalesce(m, n) AS m FROM items": "",
    "SELECT g AS id, max(n) AS n, sum(m) AS m FROM items GROUP BY g": "n",
    "SELECT g AS id, max(n) + 1 AS n, max(s) AS s FROM items GROUP BY g": "n",
    "SELECT g AS id, coalesce(min(n), 0) AS n, max(p) AS p FROM items GROUP BY g": "n, p",
    "SELECT g AS id, n, count(*) AS c FROM items GROUP BY g, n": "n",
    "SELECT g AS id, n, count(n) AS c, sum(n) AS t, avg(n) AS a FROM items GROUP BY g, n": "n",
    "SELECT g AS id, n + 1 AS n FROM items GROUP BY g, n + 1": "n",
    "SELECT id, n, count(*) AS c FROM items GROUP BY id": "",
    "SELECT g AS id, g::numeric AS n FROM items GROUP BY g": "",
    "SELECT g AS id, sum(DISTINCT n) AS n FROM items GROUP BY g": "n",
    "SELECT g AS id, array_agg(DISTINCT n) AS n FROM items GROUP BY g": "n",
    "SELECT g AS id, array_agg(n ORDER BY id) AS n, array_agg(m ORDER BY m) AS m FROM items GROUP BY g": "m",
    "SELECT g AS id, array_agg(n ORDER BY n, id) AS n FROM items GROUP BY g": "",
    "SELECT g AS id, mode() WITHIN GROUP (ORDER BY n) AS n FROM items GROUP BY g": "n",
    "SELECT DISTINCT g AS id, n, m, p FROM items": "n, m",
    "SELECT DISTINCT ON (g) g AS id, n FROM items ORDER BY g, id": "",
    "SELECT DISTINCT ON (n) g AS id, n, m FROM items ORDER BY n, id": "n",
    "SELECT DISTINCT ON (g) g AS id, n, m FROM items ORDER BY g, n": "n, m",
    "SELECT id, n FROM items UNION SELECT id, m FROM items": "n",
    "SELECT id, n FROM items UNION ALL SELECT id, m FROM items": "",
    "SELECT id, n FROM items INTERSECT ALL SELECT id, m FROM items": "n",
    "SELECT id, n FROM items UNION ALL (SELECT id, m FROM items UNION SELECT id, n FROM items)": "n",
    "SELECT id, n FROM items UNION ALL SELECT g, max(n) FROM items GROUP BY g": "n",
    "SELECT i.id, x.n, i.m FROM items AS i JOIN (SELECT DISTINCT n, g FROM items) AS x USING (g)": "n",
    "WITH x AS (SELECT g, max(n) AS n FROM items GROUP BY g)"
    " SELECT i.id, x.n, i.m FROM items AS i JOIN x ON x.g = i.g": "n",
    "SELECT i.id, (SELECT max(n) FROM items AS x WHERE x.g = i.g) AS n, i.m FROM items AS i": "n",
    "SELECT i.id, (SELECT x.n FROM items AS x WHERE x.g = i.g ORDER BY x.n LIMIT 1) AS n FROM items AS i": "n",
    "SELECT i.id, (SELECT x.n FROM items AS x WHERE x.g = i.g ORDER BY x.n, x.id LIMIT 1) AS n FROM items AS i": "",
    "SELECT i.id, ARRAY(SELECT x.n FROM items AS x WHERE x.g = i.g ORDER BY x.id) AS n FROM items AS i": "",
    "SELECT i.id, ARRAY(SELECT DISTINCT x.n FROM items AS x WHERE x.g = i.g ORDER BY x.n) AS n FROM items AS i": "n",
    "SELECT i.id, l.n, i.j FROM items AS i"
    " CROSS JOIN LATERAL (SELECT max(x.n) AS n FROM items AS x WHERE x.g = i.g) AS l": "n",
    "SELECT id, max(n) OVER (PARTITION BY g) AS n, lag(m) OVER (PARTITION BY g ORDER BY id) AS m FROM items": "n",
    "SELECT x.id, x.n FROM (SELECT g AS id, n FROM items GROUP BY g, n) AS x": "n",
    "SELECT i.id, i.n FROM items AS i WHERE i.n IN (SELECT max(n) FROM items GROUP BY g)": "",
    "SELECT g AS id, j FROM items GROUP BY g, j": "j",
    "WITH RECURSIVE r AS (SELECT id, n FROM items UNION ALL"
    " SELECT id + 1, n FROM r WHERE id < 3) SELECT id, n FROM r": "",
    "WITH RECURSIVE r AS (SELECT id, n FROM items UNION SELECT id + 1, n FROM r WHERE id < 3) SELECT id, n FROM r": "n",
    "SELECT id, CASE WHEN g > 1 THEN n ELSE m END AS n FROM items": "",
    'SELECT id, n AS ":resno {(\\", m AS "\\\\" FROM items': "",
    'SELECT id, max(n) AS "a""b", sum(m) AS "c ""\n(" FROM items AS "i"" (" GROUP BY id': 'a"b',
}


@pytest.fixture
def case(make_case: MakeCase) -> Case:
    return make_case(DDL, "SELECT id FROM items", driving=(), apply=False)


def test_describe_definition_tells_choices_among_equals_from_plain_values(case: Case) -> None:
    found: dict[str, str] = {}
    for text in CHOICES:
        case.redefine(text)
        with case.database.session("app") as session:
            found[text] = ", ".join(describe(session, case.system, case.model).chosen)
    assert found == CHOICES


def test_describe_exact_types_are_those_postgresql_deduplicates(case: Case) -> None:
    types = [
        "boolean", "smallint", "integer", "bigint", "oid", "text", "varchar(9)", "char(3)", "name", "uuid", "bytea",
        "date", "time", "timetz", "timestamp", "timestamptz", "inet", "cidr", "macaddr", "macaddr8",
        "numeric", "numeric(9,2)", "bpchar", "real", "float8", "interval", "jsonb", "int[]", "int4range", "record_of",
    ]  # fmt: skip
    columns = ", ".join(f"c{n} {of_type}" for n, of_type in enumerate(types))
    case.run(f"CREATE TYPE record_of AS (n int); CREATE TABLE typed (id bigint PRIMARY KEY, {columns})")
    case.redefine(f"SELECT id, {', '.join(f'c{n}' for n in range(len(types)))} FROM typed")
    with case.database.session("app") as session:
        described = describe(session, case.system, case.model).columns[1:]
    deduplicated = {
        name
        for (name,) in case.rows(
            "SELECT o.opcintype::regtype::text FROM pg_opclass AS o JOIN pg_amproc AS p ON p.amprocfamily = o.opcfamily"
            " AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype AND p.amprocnum = 4"
            " AND p.amproc::text ~ 'equalimage' WHERE o.opcdefault"
        )
    }
    exact = {column.type for column in described if column.exact}
    standing_for = {"character varying(9)": "text", "character(3)": "character", "numeric(9,2)": None, "cidr": "inet"}
    assert {standing_for.get(name, name) for name in exact} - {None} <= deduplicated
    assert exact.isdisjoint({"numeric", "bpchar", "character", "real", "double precision", "interval", "jsonb"})
