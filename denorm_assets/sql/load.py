"""Statements that load a stretch of a read model from its definition.

Two ways: `insert` where the table holds nothing there yet, and `stage` + `remove_stale` + `upsert` where it does,
which write only what differs (compared by record image), so that readers and indexes are left alone otherwise.
"""

from __future__ import annotations

from denorm_assets.model.described import DescribedModel
from denorm_assets.model.drivers import Driver
from denorm_assets.model.ranges import Stretch
from denorm_assets.sql.predicates import in_stretch, source_in_stretch
from denorm_assets.sql.shown import shown
from denorm_assets.sql.statement import Listing, Raw, Statement, columns, name, table

STAGE = "denorm_stage"


def batch_end(driver: Driver, stretch: Stretch, rows: int) -> Statement:
    """The ID of the `rows`-th source row of `stretch`; no row where fewer are left (keyset, no counting)."""
    return Statement(
        "SELECT {id} AS id FROM {source} WHERE {within} ORDER BY {id} OFFSET %(skip)s LIMIT 1",
        {"id": name(driver.id_column), "source": table(driver.table), "within": source_in_stretch(driver, stretch)},
        {"skip": rows - 1},
    )


def holds_rows(described: DescribedModel, driver: Driver, stretch: Stretch) -> Statement:
    """Whether the table has any row in `stretch`."""
    return Statement(
        "SELECT EXISTS (SELECT FROM {target} WHERE {within}) AS present",
        {"target": table(described.table), "within": in_stretch(driver, stretch)},
    )


def insert(described: DescribedModel, driver: Driver, stretch: Stretch) -> Statement:
    """INSERT of the definition's rows in `stretch`, sorted by key so that its index grows at one end."""
    return Statement(
        "INSERT INTO {target} ({columns})\n{rows}\nORDER BY {key}",
        {
            "target": table(described.table),
            "columns": columns(described.column_names),
            "rows": _defined_rows(described, driver, stretch),
            "key": columns(described.model.key),
        },
    )


def stage(described: DescribedModel, driver: Driver, stretch: Stretch) -> Statement:
    """The definition's rows in `stretch` as a temporary table, in one snapshot."""
    return Statement(
        "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS\n{rows}",
        {"stage": name(STAGE), "rows": _defined_rows(described, driver, stretch)},
    )


def analyze_stage() -> Statement:
    """ANALYZE of the staged rows: the next two statements are planned for their true number."""
    return Statement("ANALYZE {stage}", {"stage": name(STAGE)})


def remove_stale(described: DescribedModel, driver: Driver, stretch: Stretch) -> Statement:
    """DELETE of the table's rows in `stretch` whose key is not staged."""
    return Statement(
        "DELETE FROM {target} AS held WHERE {within} AND NOT EXISTS (\n"
        "    SELECT FROM {stage} AS wanted WHERE {same_key}\n)",
        {
            "target": table(described.table),
            "within": in_stretch(driver, stretch),
            "stage": name(STAGE),
            "same_key": _same_key(described),
        },
    )


def upsert(described: DescribedModel) -> Statement:
    """INSERT or UPDATE of staged rows that the table lacks or holds differently."""
    target_name = described.table.name
    rest = tuple(column for column in described.column_names if column not in described.model.key)
    changed = Statement(
        "DO UPDATE SET {assignments}\nWHERE ROW({held}) *<> ROW({wanted})",
        {
            "assignments": Listing(
                tuple(
                    Statement("{column} = {value}", {"column": name(column), "value": name("excluded", column)})
                    for column in rest
                )
            ),
            "held": columns(rest, target_name),
            "wanted": columns(rest, "excluded"),
        },
    )
    return Statement(
        "INSERT INTO {target} ({columns})\nSELECT {columns} FROM {stage} ORDER BY {key}\nON CONFLICT ({key}) {action}",
        {
            "target": table(described.table),
            "columns": columns(described.column_names),
            "stage": name(STAGE),
            "key": columns(described.model.key),
            "action": changed if rest else Raw("DO NOTHING"),
        },
    )


def duplicate_keys(described: DescribedModel, driver: Driver, stretch: Stretch, at_most: int) -> Statement:
    """Keys for which the definition yields several rows in `stretch`."""
    return Statement(
        "SELECT {shown} AS key, count(*) AS rows\nFROM ({definition}\n) AS definition WHERE {within}\n"
        "GROUP BY {key} HAVING count(*) > 1 ORDER BY {key} LIMIT %(at_most)s",
        {
            "shown": shown(described.model.key),
            "definition": Raw(described.definition),
            "within": in_stretch(driver, stretch),
            "key": columns(described.model.key),
        },
        {"at_most": at_most},
    )


def _defined_rows(described: DescribedModel, driver: Driver, stretch: Stretch) -> Statement:
    return Statement(
        "SELECT {columns} FROM ({definition}\n) AS definition WHERE {within}",
        {
            "columns": columns(described.column_names),
            "definition": Raw(described.definition),
            "within": in_stretch(driver, stretch),
        },
    )


def _same_key(described: DescribedModel) -> Listing:
    """Equality of keys; `=` alone wherever NULL is impossible, because only that can use an index or a hash."""
    not_null = {column.name for column in described.columns if column.not_null}
    return Listing(
        tuple(
            Statement(
                "{held} = {wanted}"
                if column in not_null
                else "({held} = {wanted} OR {held} IS NULL AND {wanted} IS NULL)",
                {"held": name("held", column), "wanted": name("wanted", column)},
            )
            for column in described.model.key
        ),
        " AND ",
    )
