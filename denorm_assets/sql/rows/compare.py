"""Statements that compare a read model with its definition, in one snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.model.catalog.described import Column, DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ranges import EVERYTHING
from denorm_assets.sql.row_text import as_text, shown
from denorm_assets.sql.rows.predicates import EVERY_ROW, in_interval
from denorm_assets.sql.statement import Listing, Part, Raw, Statement, name, table

# A sum, which unlike XOR is not blind to a row that stands twice. It is exact: sum(bigint) is numeric.
_DIGEST = (
    "SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum\n"
    "FROM (SELECT {hash} AS h FROM {relation} WHERE {within}) AS hashed"
)
_HASH_FUNCTIONS: Mapping[str, str] = {
    "smallint": "hashint2extended",
    "integer": "hashint4extended",
    "bigint": "hashint8extended",
    "uuid": "uuid_hash_extended",
    "text": "hashtextextended",
}
"""Types whose hash function may be called by itself, which takes half the time of a record's."""


def digests(described: DescribedModel, within: Statement) -> Statement:
    """Row count and checksum of definition and target, restricted by `within`, as one row.

    Hash functions: those of the types, and `hashtextextended` of the text for types without an extended hash.
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


def held_digest(described: DescribedModel, within: Statement = EVERY_ROW) -> Statement:
    """Row count and checksum of what the target holds `within`, as one row."""
    return _digest(described, table(described.table), within)


def held_by_source(described: DescribedModel, driver: Driver) -> Statement:
    """How many rows the target holds of one driving source, with the smallest and the greatest ID, as one row."""
    of_source = in_interval(driver, EVERYTHING)
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


def rows_apart(described: DescribedModel, definition: str, at_most: int, *, by_image: bool) -> Statement:
    """Rows on one side only, at most `at_most` each: side, the values as an array of text, and how many there are.

    With `by_image`, values that are equal and look different differ, unless the definition chooses one of several.
    """
    values = {
        column.name: Statement("{image} AS {c}", {"image": _image(column), "c": name(column.name)})
        if not column.hashable or (by_image and column.exact)
        else name(column.name)
        for column in described.columns
    }
    return Statement(
        "WITH defined AS MATERIALIZED (SELECT {values} FROM ({definition}\n) AS definition),\n"
        "    held AS MATERIALIZED (SELECT {values} FROM {table})\n"
        "(SELECT 'missing' AS side, ARRAY[{shown}] AS shown, count(*) OVER () AS row_count\n"
        " FROM (TABLE defined EXCEPT ALL TABLE held) AS d ORDER BY 2 LIMIT %(at_most)s)\nUNION ALL\n"
        "(SELECT 'extra', ARRAY[{shown}], count(*) OVER ()\n"
        " FROM (TABLE held EXCEPT ALL TABLE defined) AS d ORDER BY 2 LIMIT %(at_most)s)",
        {
            "values": Listing(tuple(values.values())),
            "definition": Raw(definition),
            "table": table(described.table),
            "shown": Listing(tuple(as_text(name(column)) for column in values)),
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
    return Statement("({definition}\n) AS definition", {"definition": Raw(described.executed)})


def _digest(described: DescribedModel, relation: Part, within: Statement) -> Statement:
    return Statement(
        _DIGEST,
        {
            "hash": _row_hash(described),
            "relation": relation,
            "within": within,
        },
    )


def _row_hash(described: DescribedModel) -> Statement:
    """A row's hash: each column's is the seed of the next one's; those that may be NULL come first, as a record."""
    alone = [column for column in described.columns if column.not_null and column.type in _HASH_FUNCTIONS]
    rest = tuple(_hash_value(column) for column in described.columns if column not in alone)
    found = Statement("hash_record_extended(ROW({values}), 0)", {"values": Listing(rest)}) if rest else Statement("0")
    for column in alone:
        parts: dict[str, Part] = {"c": name(column.name), "seed": found}
        found = Statement(f"{_HASH_FUNCTIONS[column.type]}({{c}}, {{seed}})", parts)
    return found


def _hash_value(column: Column) -> Statement:
    if column.hashable:
        return Statement("{column}", {"column": name(column.name)})
    return Statement("hashtextextended({text}, 0)", {"text": _image(column)})


def _image(column: Column) -> Statement:
    """A value as it looks; under the value's own collation, texts that look different may be equal."""
    return Statement('{text} COLLATE "C"', {"text": as_text(name(column.name))})


def _comparable(described: DescribedModel, relation: Part, within: Statement) -> Statement:
    return Statement(
        "SELECT {values} FROM {relation} WHERE {within}",
        {
            "values": Listing(
                tuple(
                    name(column.name)
                    if column.hashable
                    else Statement("{image} AS {c}", {"image": _image(column), "c": name(column.name)})
                    for column in described.columns
                )
            ),
            "relation": relation,
            "within": within,
        },
    )
