"""Statements that load part of a read model from its definition; `within` is a predicate over its columns.

Two ways: `insert` where the table holds nothing there yet, and `stage` + `remove_stale` + `upsert` where it does,
which write only what differs (compared by record image), so that readers and indexes are left alone otherwise.
"""

from __future__ import annotations

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ranges import IdInterval
from denorm_assets.sql.row_text import shown
from denorm_assets.sql.rows.predicates import EVERY_ROW, in_interval, source_in_interval
from denorm_assets.sql.statement import Listing, Name, Part, Raw, Statement, columns, name, table

STAGE = name("pg_temp", "denorm_stage")


def batch_end(driver: Driver, interval: IdInterval, rows: int) -> Statement:
    """The ID of the `rows`-th source row of `interval`; no row where fewer are left (keyset, no counting)."""
    return Statement(
        "SELECT {id} AS id FROM {source} WHERE {within} ORDER BY {id} OFFSET %(skip)s LIMIT 1",
        {"id": name(driver.id_column), "source": table(driver.table), "within": source_in_interval(driver, interval)},
        {"skip": rows - 1},
    )


def holds_rows(described: DescribedModel, driver: Driver, interval: IdInterval) -> Statement:
    """Whether the table has any row in `interval`."""
    return Statement(
        "SELECT EXISTS (SELECT FROM {target} WHERE {within}) AS present",
        {"target": table(described.table), "within": in_interval(driver, interval)},
    )


def insert(described: DescribedModel, within: Statement) -> Statement:
    """INSERT of the definition's rows `within`, sorted by key so that its index grows at one end."""
    return Statement(
        "INSERT INTO {target} ({columns})\n{rows}\nORDER BY {key}",
        {
            "target": table(described.table),
            "columns": columns(described.column_names),
            "rows": defined_rows(described, within),
            "key": columns(described.model.key),
        },
    )


def stage(described: DescribedModel, within: Statement) -> Statement:
    """The definition's rows `within` as a temporary table, in one snapshot."""
    return stage_rows(defined_rows(described, within))


def stage_rows(rows: Statement) -> Statement:
    """The same of the SELECT `rows`."""
    return Statement("CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS\n{rows}", {"stage": STAGE, "rows": rows})


def analyze_stage() -> Statement:
    """ANALYZE of the staged rows: the next two statements are planned for their true number."""
    return Statement("ANALYZE {stage}", {"stage": STAGE})


def remove_stale(described: DescribedModel, within: Statement) -> Statement:
    """DELETE of the table's rows `within` whose key is not staged."""
    return Statement(
        "DELETE FROM {target} AS held WHERE {within} AND NOT EXISTS (\n"
        "    SELECT FROM {stage} AS wanted WHERE {same_key}\n)",
        {
            "target": table(described.table),
            "within": within,
            "stage": STAGE,
            "same_key": same_key(described),
        },
    )


def upsert(described: DescribedModel, within: Statement) -> Statement:
    """INSERT or UPDATE of staged rows that the table lacks or holds differently."""
    return overwriting_insert(described, STAGE, within)


def merge_statements(described: DescribedModel) -> tuple[Statement, ...]:
    """What makes all rows of the table those of the definition, in place."""
    return stage(described, EVERY_ROW), remove_stale(described, EVERY_ROW), upsert(described, EVERY_ROW)


def overwriting_insert(described: DescribedModel, wanted: Name, within: Statement) -> Statement:
    """INSERT or UPDATE of the rows of `wanted` that the table lacks or holds differently.

    Rows that are right already are left out before the INSERT: ON CONFLICT would lock, and so rewrite, each of them.
    A key that is equal and looks different is overwritten, too. All rows of `wanted` are `within`: no index finds a key
    that can be NULL, and all of the table would be read for it.
    """
    rest = described.by_image
    overwrite = Statement(
        "DO UPDATE SET {assignments}",
        {
            "assignments": Listing(
                tuple(
                    Statement("{column} = {value}", {"column": name(column), "value": name("excluded", column)})
                    for column in rest
                )
            )
        },
    )
    # A cast makes one record of a row; *= between two bare rows would be looked up for each pair of columns.
    same_rest = Statement(
        " AND ROW({held})::record *= ROW({wanted})::record",
        {"held": columns(rest, "held"), "wanted": columns(rest, "wanted")},
    )
    return Statement(
        "INSERT INTO {target} ({columns})\nSELECT {columns} FROM {wanted} AS wanted\n"
        "WHERE NOT EXISTS (SELECT FROM {target} AS held WHERE {within} AND {same_key}{same_rest})\n"
        "ORDER BY {key}\nON CONFLICT ({key}) {action}",
        {
            "target": table(described.table),
            "columns": columns(described.column_names),
            "wanted": wanted,
            "within": within,
            "same_key": same_key(described),
            "same_rest": same_rest if rest else Raw(""),
            "key": columns(described.model.key),
            "action": overwrite if rest else Raw("DO NOTHING"),
        },
    )


def duplicate_keys(described: DescribedModel, driver: Driver, interval: IdInterval, at_most: int) -> Statement:
    """Keys for which the definition yields several rows in `interval`."""
    return Statement(
        "SELECT {shown} AS key, count(*) AS rows\nFROM ({definition}\n) AS definition WHERE {within}\n"
        "GROUP BY {key} HAVING count(*) > 1 ORDER BY {key} LIMIT %(at_most)s",
        {
            "shown": shown(described.model.key),
            "definition": Raw(described.executed),
            "within": in_interval(driver, interval),
            "key": columns(described.model.key),
        },
        {"at_most": at_most},
    )


def staged_duplicate(described: DescribedModel) -> Statement:
    """A key of which several rows are staged; no row where there is none."""
    return Statement(
        "SELECT {shown} AS key FROM {stage} GROUP BY {key} HAVING count(*) > 1 LIMIT 1",
        {"shown": shown(described.model.key), "stage": STAGE, "key": columns(described.model.key)},
    )


def defined_rows(described: DescribedModel, within: Statement, definition: Part | None = None) -> Statement:
    """SELECT of the definition's rows `within`; `definition` is a text that yields these rows as well."""
    return Statement(
        "SELECT {columns} FROM ({definition}\n) AS definition WHERE {within}",
        {
            "columns": columns(described.column_names),
            "definition": definition or Raw(described.executed),
            "within": within,
        },
    )


def same_key(described: DescribedModel) -> Listing:
    """Equality of keys: `=` where NULL is impossible, because an index serves only that.

    The other columns are compared as one record, in which NULL equals NULL and which can be sorted.
    """
    key = described.model.key
    not_null = [column for column in described.columns if column.not_null and column.name in key]
    nullable = tuple(column for column in key if column not in [each.name for each in not_null])
    same: list[Statement] = [
        Statement(
            "{held} {equal} {wanted}",
            {
                "held": name("held", column.name),
                "equal": Raw(column.operators.equal),
                "wanted": name("wanted", column.name),
            },
        )
        for column in not_null
    ]
    if nullable:
        same.append(
            Statement(
                "ROW({held})::record = ROW({wanted})::record",
                {"held": columns(nullable, "held"), "wanted": columns(nullable, "wanted")},
            )
        )
    return Listing(tuple(same), " AND ")
