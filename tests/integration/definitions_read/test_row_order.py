"""Where the order of rows decides a value: what PostgreSQL decides is taken, what it leaves open is refused.

A plan may choose any of the rows that are open. So the oracle reads the same rows in other orders, by other plans.
"""

from __future__ import annotations

import random
import re
from collections.abc import Generator
from contextlib import suppress
from typing import Any, LiteralString, cast

import psycopg
import pytest

from denorm_assets.db.introspection.definition_tree import Parsed, parse_definition
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.row_order import catalog_of, require_order
from denorm_assets.db.introspection.views_read import views_of
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.parsed.ties import first_tie
from tests.conftest import Server
from tests.integration.definitions_read.order_cases import DECIDED, FILL, OPEN, SETUP
from tests.stress.oracle.maintained import Bench, Defined, prepared_bench, skip_where_too_old

_TABLES = re.findall(r"CREATE TABLE (\w+)", SETUP)
_PLANS = ("hashjoin", "mergejoin", "nestloop", "hashagg", "sort", "indexscan", "bitmapscan", "presorted_aggregate")
_LOOKS_DIFFERENT = {"an array ordered by itself, of numbers that may look different"}
"""Compared by `=`: which of several equal numbers comes first is open, and does not matter."""
_BY_KEY = (
    "the rest of a key after a join",
    "a scalar subquery",
    "an array of a subquery",
    "LATERAL with LIMIT",
    "left LATERAL, aggregated",
    "DISTINCT ON by a unique key that is not the primary one",
    "row_number",
    "a lookup by its primary key",
    "left joined lines and their lookup",
    "a nullable key that is compared",
    "a nullable key, filtered",
    "a lookup by a nullable unique column",
    "ordered by a row_number",
    "an object by names that are unique",
    "the first value among equals",
    "a frame of rows in a whole order",
    "LIMIT with ties",
)
"""Some of them, as read models that are kept by key while their sources change."""


@pytest.fixture(scope="module")
def filled(server: Server) -> Generator[Bench]:
    """A bench with tables whose columns have many ties."""
    with prepared_bench(server, "row_order", SETUP, FILL) as made:
        yield made


def refusal(bench: Bench, text: str) -> Refusal | None:
    """Why a definition is refused for an order that it leaves open."""
    with bench.database.session("s") as session, session.transaction():
        try:
            require_order(session, _read(session, bench, text))
        except Refusal as refused:
            return refused
    return None


def _read(session: Session, bench: Bench, text: str) -> Parsed:
    path = bench.folder / "judged.sql"
    path.write_text(text, encoding="utf-8")
    model = ReadModel("judged", SqlFile(path), ("id",), None, refresh=Full(Debounce(quiet=0, max_wait=0)))
    described = describe(session, System("oracle", "s", (Phase("phase_1", (model,)),)), model)
    return parse_definition(session, described, views_of(session, described))


@pytest.fixture(scope="session")
def read_cases(server: Server) -> dict[str, tuple[str, Catalog]]:
    """What PostgreSQL says of each case that it knows: its tree, and the catalog that it names."""
    found: dict[str, tuple[str, Catalog]] = {}
    with prepared_bench(server, "row_order_read", SETUP) as made, made.database.session("s") as session:
        for name, text in {**DECIDED, **OPEN}.items():
            with suppress(psycopg.errors.SyntaxError, DefinitionError), session.transaction():
                read = _read(session, made, text)
                found[name] = read.tree, catalog_of(session, read.tree, read.order)
    return found


@pytest.mark.long
@pytest.mark.parametrize("name", [*DECIDED, *OPEN])
def test_first_tie_of_case_is_found_where_order_is_open(read_cases: dict[str, tuple[str, Catalog]], name: str) -> None:
    if name not in read_cases:
        pytest.skip("this server is too old")
    tree, catalog = read_cases[name]
    assert (first_tie(parse_tree(tree), catalog) is not None) == (name in OPEN)


def run(connection: psycopg.Connection[tuple[Any, ...]], text: str) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run `text`, which is a test's own."""
    return connection.execute(cast(LiteralString, text))


def values_by_other_plans(bench: Bench, text: str, *, times: int = 12) -> set[tuple[str, ...]]:
    """What `text` yields with its sources' rows in other orders, and with parts of the planner switched off."""
    drawn = random.Random(text)
    found: set[tuple[str, ...]] = set()
    with bench.connect() as connection:
        for each in range(times):
            if each % 3 == 0:
                for table in (table for table in _TABLES if f" {table} " in text):
                    copy = f"CREATE TEMP TABLE z AS SELECT * FROM ONLY {table} ORDER BY random()"
                    back = f"INSERT INTO {table} SELECT * FROM z; DROP TABLE z; ANALYZE {table}"
                    run(connection, f"{copy}; TRUNCATE ONLY {table}; {back}")
            for plan in _PLANS:
                if not (plan == "presorted_aggregate" and connection.info.server_version < 160_000):
                    run(connection, f"SET enable_{plan} = {drawn.choice(('on', 'off'))}")
            rows = run(connection, text).fetchall()
            found.add(tuple(sorted(map(str, rows))))
    return found


@pytest.mark.costly
@pytest.mark.parametrize("name", DECIDED)
def test_row_order_decided_by_postgresql_is_accepted(filled: Bench, name: str) -> None:
    skip_where_too_old(filled, DECIDED[name])
    assert refusal(filled, DECIDED[name]) is None
    if name not in _LOOKS_DIFFERENT:
        assert len(values_by_other_plans(filled, DECIDED[name])) == 1


@pytest.mark.costly
@pytest.mark.parametrize("name", OPEN)
def test_row_order_left_open_is_refused(filled: Bench, name: str) -> None:
    skip_where_too_old(filled, OPEN[name])
    assert refusal(filled, OPEN[name]) is not None


def test_row_order_refused_values_mostly_differ_between_plans(filled: Bench) -> None:
    """So the tables of this file can show a wrong acceptance."""
    shown = [name for name, text in OPEN.items() if len(values_by_other_plans(filled, text)) > 1]
    assert len(shown) > len(OPEN) / 2, sorted(set(OPEN) - set(shown))


@pytest.mark.parametrize("name", _BY_KEY)
def test_row_order_decided_definition_is_kept_by_key(filled: Bench, name: str) -> None:
    text = DECIDED[name]
    filled.held = []
    with filled.connect() as connection:
        columns = [column.name for column in run(connection, text).description or ()]
    filled.fresh()
    filled.run(SETUP, FILL)
    filled.keep(Defined(text, tuple(each for each in columns if each in ("id", "n")), ()))
    filled.run("UPDATE lineitem SET qty = 9 - qty WHERE linenumber = 2", "DELETE FROM lineitem WHERE orderkey = 2")
    filled.run(
        "UPDATE event SET kind = kind || seq", "UPDATE step SET seq = NULL WHERE seq = 2", "UPDATE step SET kind = 'n'"
    )
    filled.settle()
    filled.judge()
    filled.run(
        "UPDATE product SET name = 'new' WHERE id = 1",
        "INSERT INTO lineitem VALUES (2, 7, 1, 1, 1.000, 0.3, 0, '24:00')",
    )
    filled.run("UPDATE attribute SET value = 'w' WHERE product_id = 1", "UPDATE customer SET name = 'same'")
    filled.settle()
    filled.judge()


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        ("sum(l.weight)", "sum(l.weight::numeric)::double precision"),
        ("sum(l.ratio)", "sum(l.ratio::numeric)::real"),
        ("avg(l.ratio)", "avg(l.ratio::numeric)::double precision"),
        ("stddev(l.weight)", "stddev(l.weight::numeric)::double precision"),
        ("stddev_pop(l.ratio)", "stddev_pop(l.ratio::numeric)::double precision"),
        ("var_samp(l.weight)", "var_samp(l.weight::numeric)::double precision"),
        ("variance(l.weight)", "variance(l.weight::numeric)::double precision"),
        ("corr(l.weight, l.qty)", "corr(l.weight, l.qty ORDER BY l.weight, l.qty)"),
        ("covar_pop(l.weight, l.ratio)", "covar_pop(l.weight, l.ratio ORDER BY l.weight, l.ratio)"),
        ("regr_slope(l.weight, l.ratio)", "regr_slope(l.weight, l.ratio ORDER BY l.weight, l.ratio)"),
        ("regr_r2(l.qty, l.weight)", "regr_r2(l.qty, l.weight ORDER BY l.qty, l.weight)"),
        ("sum(l.weight) OVER (PARTITION BY l.orderkey)", "sum(l.weight::numeric) OVER (...)::double precision"),
    ],
)
def test_row_order_float_sum_remedy_keeps_type_and_is_accepted(filled: Bench, call: str, remedy: str) -> None:
    over = "OVER" in call
    text = f"SELECT l.orderkey AS id, {call} AS x FROM lineitem l{'' if over else ' GROUP BY l.orderkey'}"
    refused = refusal(filled, text)
    assert refused is not None
    assert remedy in refused.remedy
    assert "floating-point" in refused.reason
    mended = text.replace(call, remedy.replace("(...)", "(PARTITION BY l.orderkey)"))
    assert refusal(filled, mended) is None
    assert len(values_by_other_plans(filled, mended)) == 1
    with psycopg.connect(filled.url, options="-c search_path=s") as connection:
        types = [run(connection, each).description for each in (text, mended)]
    assert [[column.type_code for column in each or ()] for each in types[:1]] == [
        [column.type_code for column in each or ()] for each in types[1:]
    ]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (
            "SELECT l.orderkey AS id, json_agg(l.qty ORDER BY l.product_id) AS x FROM lineitem l GROUP BY l.orderkey",
            "l.linenumber",
        ),
        (
            "SELECT o.custkey AS id, string_agg(p.name, ',' ORDER BY o.day) AS x FROM orders o JOIN lineitem l"
            " ON l.orderkey = o.orderkey JOIN product p ON p.id = l.product_id GROUP BY o.custkey",
            "p.id",
        ),
        (
            "SELECT l.orderkey AS id, l.linenumber AS n, lag(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS x"
            " FROM lineitem l",
            "l.linenumber",
        ),
        (
            "SELECT DISTINCT ON (o.custkey) o.custkey AS id, o.note FROM orders o ORDER BY o.custkey, o.day",
            "o.orderkey",
        ),
    ],
)
def test_row_order_tie_remedy_names_missing_columns(filled: Bench, text: str, columns: str) -> None:
    refused = refusal(filled, text)
    assert refused is not None
    assert refused.remedy == f"Add {columns} to its ORDER BY, down to a unique one"
    assert refusal(filled, re.sub(r"(.*ORDER BY [\w., ]*\w)", rf"\1, {columns}", text)) is None


def test_row_order_dropped_unique_key_decides_no_more(server: Server) -> None:
    text = "SELECT e.order_id AS id, json_agg(e.kind ORDER BY e.seq) AS x FROM event e GROUP BY e.order_id"
    with prepared_bench(server, "row_order_dropped", SETUP) as made:
        assert refusal(made, text) is None
        made.run("ALTER TABLE event ALTER seq DROP NOT NULL")
        assert refusal(made, text) is not None
        made.run("ALTER TABLE event ALTER seq SET NOT NULL", "ALTER TABLE event DROP CONSTRAINT event_order_id_seq_key")
        assert refusal(made, text) is not None
        made.run("CREATE UNIQUE INDEX ON event (order_id, seq, kind)")
        assert refusal(made, text) is not None
        made.run("CREATE UNIQUE INDEX ON event (order_id, seq) INCLUDE (kind)")
        assert refusal(made, text) is None


def test_row_order_inside_views_is_judged(server: Server) -> None:
    with prepared_bench(server, "row_order_views", SETUP) as made:
        made.run(
            "CREATE VIEW kept AS SELECT e.order_id, e.seq, e.kind FROM event e",
            "CREATE VIEW open AS SELECT t.order_id, array_agg(t.name) AS names FROM tag t GROUP BY t.order_id",
            "CREATE VIEW over_open AS SELECT * FROM open",
        )
        group = "AS x FROM {} v GROUP BY v.order_id"
        assert refusal(made, f"SELECT v.order_id AS id, json_agg(v.kind ORDER BY v.seq) {group.format('kept')}") is None
        assert (
            refusal(made, f"SELECT v.order_id AS id, json_agg(v.kind ORDER BY v.kind) {group.format('kept')}") is None
        )
        assert refusal(made, f"SELECT v.order_id AS id, json_agg(v.seq ORDER BY v.kind) {group.format('kept')}")
        assert refusal(made, "SELECT v.order_id AS id, v.names FROM over_open v")


def test_row_order_texts_equal_by_collation_are_tie(server: Server) -> None:
    with prepared_bench(server, "row_order_collations", SETUP) as made:
        if not made.rows("SELECT FROM pg_collation WHERE collname = 'en-x-icu'"):
            pytest.skip("this server has no ICU")
        made.run(
            "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "CREATE TABLE person (nick text COLLATE ci PRIMARY KEY, plain text NOT NULL UNIQUE, team int, word text)",
        )
        group = "AS x FROM person p GROUP BY p.team"
        for decided in ("p.nick", "p.plain", 'p.plain COLLATE "C"'):
            assert refusal(made, f"SELECT p.team AS id, string_agg(p.word, ',' ORDER BY {decided}) {group}") is None
        for open_order in ("p.plain COLLATE ci", "p.word"):
            assert refusal(made, f"SELECT p.team AS id, string_agg(p.plain, ',' ORDER BY {open_order}) {group}")
