"""The shapes of `make bench ONLY=cost`: the class of their sources, what is measured of them, and what misses goals."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from denorm_assets.db.control.control_schema import migrate
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.refresh import Debounced
from tests.bench.cost_shapes import MINUTE, Measured, Times, figures_of, measure
from tests.conftest import Server
from tests.support.shapes.table import SHAPES, Shape, create_tables

_BY_NAME = {shape.name: shape for shape in SHAPES}


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Database]:
    """The tables of the shapes."""
    url = server.create("classes_of_shapes")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(create_tables("app", 600))
    database = Database(url)
    with database.session() as session:
        migrate(session)
    yield database
    database.close()
    server.drop("classes_of_shapes")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_shapes_sources_are_of_declared_class(database: Database, shape: Shape) -> None:
    system = shape.system("app", Debounced())
    with database.session("app") as session:
        sources = model_sources(session, describe(session, system, system.read_models[0]))
    whole = {table.name for table in sources.whole}
    assert whole == set(shape.whole)
    assert {path.source.name for path in sources.paths} - whole == set(shape.by_key)
    assert (sources.clock is not None) == shape.timed
    assert sources.clock is None or sources.clock.whole is None


@pytest.mark.long
def test_cost_shapes_small_tables_are_measured_without_wrong_row(server: Server) -> None:
    shapes = [_BY_NAME["due"], _BY_NAME["rollup"]]
    try:
        figures, details = measure(server.create("cost_of_shapes"), 20_000, 1, shapes)
    finally:
        server.drop("cost_of_shapes")
    assert [*details] == ["due", "rollup"]
    found = {figure.name.partition(":")[0] for figure in figures}
    assert found == {
        "due",
        "due, items",
        f"due, {MINUTE}",
        "rollup",
        "rollup, items as a whole",
        "rollup, accounts as a whole",
    }
    assert [figure.value for figure in figures if figure.name.endswith("wrong rows")] == [0, 0]


def test_cost_shapes_slow_growing_or_wrong_refresh_misses_goals() -> None:
    fast, slow, grown = Times([10], [9], [100]), Times([1_000], [900], [100]), Times([10], [5], [-1])
    found = Measured({"items": fast, "accounts": slow, "payments": grown}, refresh=[5_000], wrong=1)
    missed = [figure.name for figure in figures_of(_BY_NAME["view"], found, 1_000_000) if not figure.met]
    assert missed == [
        "view, accounts: 1,000.0 ms, REFRESH 5,000 ms: times faster",
        "view, payments: time against the smaller one",
        "view, payments: all rows recomputed instead",
        "view: wrong rows",
    ]
