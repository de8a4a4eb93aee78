"""Statements that compare a read model with its definition, in one snapshot."""

from __future__ import annotations

from denorm_assets.model.described import Column, DescribedModel
from denorm_assets.model.drivers import Driver
from denorm_assets.model.ranges import EVERYTHING
from denorm_assets.sql.predicates import EVERY_ROW, in_stretch
from denorm_assets.sql.shown import shown
from denorm_assets.sql.statement import Listing, Part, Raw, Statement, name, table

# Row count, XOR and sum of row hashes together: XOR alone is blind to a row that stands twice.
_DIGEST = (
    "SELECT count(*) AS row_count, coalesce(bit_xor(h), 0)::text || ':' || coalesce(sum(h), 0)::text AS checksum\n"
    "FROM (SELECT hash_record_extended(ROW({values}), 0) AS h FROM {relation} WHERE {within}) AS hashed"
)


def digests(described: DescribedModel, within: Statement) -> Statement:
    """Row count and checksum of definition and target, restricted by `within`, as one row.

    Hash functions: `hash_record_extended`, and `hashtextextended` of the text for types without an extended hash.
    """
    return Statement(
        "SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,\n"
        "    target.row_count AS held_rows, target.checksum AS held_checksum\n"
        "FROM ({defined}) AS definition, ({held}) AS target",
        {
            "defined": _digest(described, _definition(described), within),
            "held": _digest(described, table(described.table), within),
        },
    )


def held_digest(described: DescribedModel) -> Statement:
    """Row count and checksum of all that the target holds, as one row."""
    return _digest(described, table(described.table), EVERY_ROW)


def held_by_source(described: DescribedModel, driver: Driver) -> Statement:
    """How many rows the target holds of one driving source, with the smallest and the greatest ID, as one row."""
    of_source = in_stretch(driver, EVERYTHING)
    return Statement(
        "SELECT (SELECT count(*) FROM {target} WHERE {of_source}) AS row_count,\n"
        "    (SELECT {id} FROM {target} WHERE {of_source} AND {id} IS NOT NULL ORDER BY {id} LIMIT 1) AS smallest,\n"
        "    (SELECT {id} FROM {target} WHERE {of_source} AND {id} IS NOT NULL ORDER BY {id} DESC LIMIT 1) AS greatest",
        {"target": table(described.table), "of_source": of_source, "id": name(driver.output_column)},
    )


def differing_rows(described: DescribedModel, within: Statement, at_most: int) -> Statement:
    """Rows on one side only, at most `at_most` each: side ('missing' or 'extra'), key and row as text."""
    return Statement(
        "(SELECT 'missing' AS side, {key} AS key, {row} AS row FROM ({defined} EXCEPT ALL {held}) AS d\n"
        " ORDER BY 2, 3 LIMIT %(at_most)s)\nUNION ALL\n"
        "(SELECT 'extra', {key}, {row} FROM ({held} EXCEPT ALL {defined}) AS d ORDER BY 2, 3 LIMIT %(at_most)s)",
        {
            "key": shown(described.model.key),
            "row": shown(described.column_names),
            "defined": _comparable(described, _definition(described), within),
            "held": _comparable(described, table(described.table), within),
        },
        {"at_most": at_most},
    )


def count_by_side(described: DescribedModel, within: Statement) -> Statement:
    """How many rows are missing from the table, and how many it has too many (an altered row counts on both sides)."""
    return Statement(
        "SELECT (SELECT count(*) FROM ({defined} EXCEPT ALL {held}) AS d) AS missing,\n"
        "    (SELECT count(*) FROM ({held} EXCEPT ALL {defined}) AS d) AS extra",
        {
            "defined": _comparable(described, _definition(described), within),
            "held": _comparable(described, table(described.table), within),
        },
    )


def _definition(described: DescribedModel) -> Statement:
    return Statement("({definition}\n) AS definition", {"definition": Raw(described.definition)})


def _digest(described: DescribedModel, relation: Part, within: Statement) -> Statement:
    return Statement(
        _DIGEST,
        {
            "values": Listing(tuple(_hash_value(column) for column in described.columns)),
            "relation": relation,
            "within": within,
        },
    )


def _hash_value(column: Column) -> Statement:
    text = "{column}" if column.hashable else "hashtextextended({column}::text, 0)"
    return Statement(text, {"column": name(column.name)})


def _comparable(described: DescribedModel, relation: Part, within: Statement) -> Statement:
    return Statement(
        "SELECT {values} FROM {relation} WHERE {within}",
        {
            "values": Listing(
                tuple(
                    Statement("{c}" if column.hashable else "{c}::text AS {c}", {"c": name(column.name)})
                    for column in described.columns
                )
            ),
            "relation": relation,
            "within": within,
        },
    )
