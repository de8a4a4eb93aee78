"""Statements that measure a driving source."""

from __future__ import annotations

from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ranges import IdInterval
from denorm_assets.sql.rows.predicates import source_in_interval
from denorm_assets.sql.statement import Statement, name, table


def extent(driver: Driver, interval: IdInterval) -> Statement:
    """Number of rows, smallest and largest ID within `interval`."""
    return Statement(
        "SELECT (SELECT count(*) FROM {source} WHERE {within}) AS row_count,\n"
        "    (SELECT {id} FROM {source} WHERE {within} AND {id} IS NOT NULL ORDER BY {id} LIMIT 1) AS smallest,\n"
        "    (SELECT {id} FROM {source} WHERE {within} AND {id} IS NOT NULL ORDER BY {id} DESC LIMIT 1) AS largest",
        {"id": name(driver.id_column), "source": table(driver.table), "within": source_in_interval(driver, interval)},
    )


def quantiles(driver: Driver, interval: IdInterval, rows: int) -> Statement:
    """Every `rows`-th ID in order: boundaries between ranges of equal size, whatever the gaps between IDs.

    An ID that many rows share is one boundary; NULL is none.
    """
    return Statement(
        "SELECT DISTINCT id FROM (\n    SELECT {id} AS id, row_number() OVER (ORDER BY {id}) AS position\n"
        "    FROM {source} WHERE {within} AND {id} IS NOT NULL\n) AS numbered\n"
        "WHERE mod(position, %(rows)s) = 0 ORDER BY id",
        {"id": name(driver.id_column), "source": table(driver.table), "within": source_in_interval(driver, interval)},
        {"rows": rows},
    )
