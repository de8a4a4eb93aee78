"""Statements that find the single rows which differ from the definition, and write down what a repair changes."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.sql.row_text import as_text
from denorm_assets.sql.rows.anchors import anchor_of
from denorm_assets.sql.rows.batch import STAGE, defined_rows, same_key
from denorm_assets.sql.statement import Listing, Literal, Part, Raw, Statement, columns, name, table

# A whole row under one name is NULL only where its side has none: IS DISTINCT FROM looks at no field of it.
_BOTH_SIDES = (
    "(SELECT {row} AS denorm_wanted, {rest} AS denorm_wanted_rest{wanted_chosen}, {key}"
    " FROM {wanted} AS denorm_row) AS wanted\n"
    "FULL JOIN (\n"
    "    SELECT {row} AS denorm_held, {rest} AS denorm_held_rest{held_chosen}, {key}\n"
    "    FROM (SELECT {columns} FROM {target} WHERE {within}) AS denorm_row\n"
    ") AS held ON {same_key}\n"
    "WHERE (denorm_held_rest *= denorm_wanted_rest{same_chosen}) IS NOT TRUE"
)
_MISSING = "denorm_held IS NOT DISTINCT FROM NULL"
_EXTRA = "denorm_wanted IS NOT DISTINCT FROM NULL"
_JSON = ("json", "json[]")
"""jsonb would show neither their order nor their spaces, and takes not all of their characters."""


def differing_anchors(described: DescribedModel, within: Statement, at_most: int) -> Statement:
    """Anchors (as text), at most so many, whose rows differ; beside each, how many rows differ `within` altogether.

    `missing`, `extra` and `altered` count rows. They are compared by record image, as everything is that writes them,
    but for columns in which any of several equal values is right.
    """
    # A row that left one anchor for another one differs in both.
    return Statement(
        "SELECT DISTINCT anchor, missing, extra, altered FROM (\n"
        "    SELECT {held} AS held_anchor, {wanted} AS wanted_anchor,\n"
        f"        {_MISSING} AS is_missing, {_EXTRA} AS is_extra,\n"
        f"        count(*) FILTER (WHERE {_MISSING}) OVER () AS missing,\n"
        f"        count(*) FILTER (WHERE {_EXTRA}) OVER () AS extra,\n"
        f"        count(*) FILTER (WHERE NOT ({_MISSING} OR {_EXTRA})) OVER () AS altered\n"
        "    FROM {both}\n"
        ") AS differing CROSS JOIN LATERAL (\n"
        "    SELECT held_anchor WHERE NOT is_missing UNION SELECT wanted_anchor WHERE NOT is_extra\n"
        ") AS of_row (anchor)\nORDER BY anchor LIMIT %(at_most)s",
        {
            "held": anchor_of(described, "held"),
            "wanted": anchor_of(described, "wanted"),
            "both": _both_sides(described, _definition(described, within), within),
        },
        {"at_most": at_most},
    )


def differing_images(described: DescribedModel, within: Statement, at_most: int) -> Statement:
    """Rows that differ, at most so many: key, row as held and row as defined, each as jsonb."""
    return Statement(
        "SELECT {images}\nFROM {both}\nORDER BY 1 LIMIT %(at_most)s",
        {"images": _images(described), "both": _both_sides(described, _definition(described, within), within)},
        {"at_most": at_most},
    )


def audit(described: DescribedModel, within: Statement) -> Statement:
    """INSERT of the rows that differ from the staged ones into the audit log."""
    return Statement(
        "INSERT INTO denorm.audit (reconciliation_id, segment, cause, key, before, after)\n"
        "SELECT %(reconciliation_id)s, %(segment)s, %(cause)s, {images}\nFROM {both}",
        {"images": _images(described), "both": _both_sides(described, STAGE, within)},
    )


def anchor_quantiles(described: DescribedModel, within: Statement, rows: int) -> Statement:
    """Every `rows`-th value that the target holds in the first column of the anchor, in order, as text.

    Between two of them lie about so many rows.
    """
    return Statement(
        "SELECT {text} AS anchor FROM (\n"
        "    SELECT DISTINCT anchor FROM (\n"
        "        SELECT {anchor} AS anchor, row_number() OVER (ORDER BY {anchor}) AS position\n"
        "        FROM {target} WHERE {within} AND {anchor} IS NOT NULL\n"
        "    ) AS numbered WHERE mod(position, %(rows)s) = 0\n"
        ") AS bounds ORDER BY bounds.anchor",
        {
            "text": as_text(Raw("anchor")),
            "anchor": name(described.anchor[0].name),
            "target": table(described.table),
            "within": within,
        },
        {"rows": rows},
    )


def younger_rows(described: DescribedModel, driver: Driver, anchors: Sequence[str | None]) -> Statement:
    """Of some anchors (as text): how many rows of the target were written after their driving row, and how many before.

    By the transactions that wrote them: the catalog keeps no times.
    """
    return Statement(
        "SELECT count(*) FILTER (WHERE age(held.xmin) < age(source.xmin)) AS younger,\n"
        "    count(*) FILTER (WHERE age(held.xmin) >= age(source.xmin)) AS older\n"
        "FROM {target} AS held JOIN {source} AS source ON {held_id} = {source_id}\n"
        "WHERE {held_id} = ANY (%(anchors)s::text[]::{type}[])",
        {
            "target": table(described.table),
            "source": table(driver.table),
            "held_id": name("held", driver.output_column),
            "source_id": name("source", driver.id_column),
            "type": Raw(described.anchor[0].type),
        },
        {"anchors": [anchor for anchor in anchors if anchor is not None]},
    )


def _definition(described: DescribedModel, within: Statement) -> Statement:
    return Statement("(\n{rows}\n)", {"rows": defined_rows(described, within)})


def _both_sides(described: DescribedModel, wanted: Part, within: Statement) -> Statement:
    rest = tuple(column for column in described.by_image if column not in described.chosen)
    chosen = tuple(column for column in described.chosen if column not in described.model.key)

    def of_chosen(text: str) -> Statement:
        return Statement(text, {"chosen": columns(chosen)}) if chosen else Statement("")

    return Statement(
        _BOTH_SIDES,
        {
            "row": _image(described),
            "rest": Statement("ROW({rest})::record", {"rest": columns(rest)}),
            "wanted_chosen": of_chosen(", ROW({chosen})::record AS denorm_wanted_chosen"),
            "held_chosen": of_chosen(", ROW({chosen})::record AS denorm_held_chosen"),
            "same_chosen": Raw(" AND denorm_held_chosen = denorm_wanted_chosen" if chosen else ""),
            "key": columns(tuple(dict.fromkeys([*described.model.key, *(column.name for column in described.anchor)]))),
            "wanted": wanted,
            "columns": columns(described.column_names),
            "target": table(described.table),
            "within": within,
            "same_key": same_key(described),
        },
    )


def _image(described: DescribedModel) -> Statement:
    """The row as the audit log shows it; its JSON as the text that it is."""
    if not any(column.type in _JSON for column in described.columns):
        return Statement("denorm_row")
    shown = tuple(
        Statement("{c}::text AS {c}" if column.type in _JSON else "{c}", {"c": name(column.name)})
        for column in described.columns
    )
    return Statement("(SELECT denorm_image FROM (SELECT {shown}) AS denorm_image)", {"shown": Listing(shown)})


def _images(described: DescribedModel) -> Statement:
    pairs = tuple(
        Statement("{label}, coalesce(held.{c}, wanted.{c})", {"label": Literal(column), "c": name(column)})
        for column in described.model.key
    )
    return Statement(
        "jsonb_build_object({pairs}) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after",
        {"pairs": Listing(pairs)},
    )
