"""WHERE clauses over a read model's own columns; they fit its table and its definition alike."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ranges import EVERYTHING, IdInterval, IdRange
from denorm_assets.sql.statement import Listing, Name, Raw, Statement, name


def in_interval(driver: Driver, interval: IdInterval) -> Statement:
    """Rows whose driving ID lies in `interval`."""
    return _conjunction(
        _id_condition(name(driver.output_column), interval),
        *(
            Statement("{column} = {constant}", {"column": name(c), "constant": Raw(v)})
            for c, v in driver.discriminators
        ),
    )


def in_range(described: DescribedModel, id_range: IdRange) -> Statement:
    """Rows of one range."""
    return in_interval(described.driver(id_range.source).driver, id_range.interval)


def of_no_source(described: DescribedModel) -> Statement:
    """Rows that no range can reach, because the constants that tell sources apart name none."""
    sources = tuple(in_interval(item.driver, EVERYTHING) for item in described.drivers)
    return Statement("({sources}) IS NOT TRUE", {"sources": Listing(sources, " OR ")})


def source_in_interval(driver: Driver, interval: IdInterval) -> Statement:
    """The same for rows of the driving table itself."""
    return _id_condition(name(driver.id_column), interval)


def columns_equal(values: Mapping[str, str]) -> Statement:
    """Rows whose columns have these values, given as text and read by PostgreSQL as the columns' types."""
    return _conjunction(
        *(
            Statement(f"{{column}} = %(value_{position})s", {"column": name(column)}, {f"value_{position}": value})
            for position, (column, value) in enumerate(values.items())
        )
    )


def in_partitions(described: DescribedModel, rows: Statement) -> Statement:
    """`rows`, with all partitions named where there are any.

    That leaves none out, but an index that begins with the column which tells partitions apart can then be used.
    """
    if not described.partitions:
        return rows
    constants = Listing(tuple(Raw(partition.constant) for partition in described.partitions))
    column = name(str(described.model.partition_by))
    return _conjunction(rows, Statement("{column} IN ({constants})", {"column": column, "constants": constants}))


def both(first: Statement, second: Statement) -> Statement:
    """Rows that fit both predicates."""
    return _conjunction(first, second)


EVERY_ROW = Statement("true")


def _id_condition(column: Name, interval: IdInterval) -> Statement:
    bounds: list[Statement] = []
    if interval.lo is not None:
        bounds.append(Statement("{column} >= %(lo)s", {"column": column}, {"lo": interval.lo}))
    if interval.hi is not None:
        bounds.append(Statement("{column} <= %(hi)s", {"column": column}, {"hi": interval.hi}))
    if not bounds:
        return EVERY_ROW if interval.nulls else Statement("{column} IS NOT NULL", {"column": column})
    within = _conjunction(*bounds)
    if not interval.nulls:
        return within
    return Statement("({within} OR {column} IS NULL)", {"within": within, "column": column})


def _conjunction(*conditions: Statement) -> Statement:
    return Statement(
        " AND ".join(f"{{c{position}}}" for position in range(len(conditions))),
        {f"c{position}": condition for position, condition in enumerate(conditions)},
    )
