"""What makes some anchors' rows right within the writing transaction, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.anchors import (
    definition_for,
    is_null,
    of_one,
    rows_of_each,
    rows_of_each_value,
    rows_of_one,
    values_of,
)
from denorm_assets.sql.rows.batch import defined_rows, overwriting_insert, same_key
from denorm_assets.sql.rows.predicates import EVERY_ROW, both, in_partitions
from denorm_assets.sql.statement import Listing, Part, Raw, Statement, columns, name, table

_ANCHORS = Raw("$1::text[]")
_FEW = 10
"""So many anchors are estimated by `=` and looked up one by one; of more, all together (`denorm.recompute_now`)."""


def recompute(described: DescribedModel) -> Statement:
    """One statement with the anchors as `$1` (text[]); a NULL among them stands for the NULL anchor.

    Their rows are computed in the way whose cost is looked at before. Of anchors of several columns, those with a NULL
    in them are left to the drain.
    """
    wanted, stale, within = _of_several(described) if len(described.anchor) > 1 else _of_column(described)
    return Statement(
        "WITH wanted AS MATERIALIZED (\n    {wanted}\n"
        "), removed AS (\n    DELETE FROM {target} AS held {stale}\n"
        "    AND NOT EXISTS (SELECT FROM wanted WHERE {same_key})\n)\n{insert}",
        {
            "wanted": wanted,
            "target": table(described.table),
            "stale": stale,
            "same_key": same_key(described),
            "insert": overwriting_insert(described, name("wanted"), within),
        },
    )


def _of_column(described: DescribedModel) -> tuple[Statement, Statement, Statement]:
    column = described.anchor[0]

    def of_anchors(given: Mapping[int, Part]) -> Statement:
        [value] = given.values()
        return Statement(
            "{value} {equal} ANY ({anchors}::{type}[])"
            if column.not_null
            else "({value} {equal} ANY ({anchors}::{type}[])"
            " OR {value} IS NULL AND array_position($1, NULL) IS NOT NULL)",
            {"value": value, "equal": Raw(column.operators.equal), "anchors": _ANCHORS, "type": Raw(column.type)},
        )

    within = in_partitions(described, of_anchors({0: name(column.name)}))
    # The planner knows how many there are, and leaves the other branch out.
    few = Statement("cardinality($1) <= {few}", {"few": Raw(str(_FEW))})
    some = Statement("CASE WHEN {few} THEN {anchors} ELSE '{{}}' END", {"few": few, "anchors": _ANCHORS})
    null = None if column.not_null else both(Statement("array_position($1, NULL) IS NOT NULL"), few)
    together = both(within, Statement("cardinality($1) > {few}", {"few": Raw(str(_FEW))}))
    rows = Statement(
        "{each}\nUNION ALL\n{together}",
        {
            "each": rows_of_each_value(described, some, null),
            "together": defined_rows(described, together, definition_for(described, of_anchors)),
        },
    )
    return rows, Statement("WHERE {within}", {"within": within}), within


def _of_several(described: DescribedModel) -> tuple[Statement, Statement, Statement]:
    """Anchor by anchor: by `=`, which no NULL fits."""
    names = tuple(f"denorm_{position}" for position in range(len(described.anchor)))
    anchors = Statement(
        "(SELECT {values} FROM unnest({anchors}) AS given (anchor)) AS denorm_anchor ({names})",
        {
            "values": Listing(tuple(values_of(described, Raw("anchor")))),
            "anchors": _ANCHORS,
            "names": columns(names),
        },
    )
    of_each = of_one(described, [name("denorm_anchor", each) for each in names])
    stale = Statement("USING {anchors} WHERE {of_each}", {"anchors": anchors, "of_each": of_each})
    return rows_of_each(described, anchors, names), stale, EVERY_ROW


def estimated(described: DescribedModel) -> list[Statement]:
    """What EXPLAIN is asked for, per anchor: for the anchor `$1` (text), and for the NULL anchor where there is one.

    By `=`, because PostgreSQL carries a constant through joins and finds how common it is, but not for `= ANY`: for one
    customer who has 400,000 of 500,000 orders it expected 50 rows.
    """
    given = Raw("$1::text")
    column, *others = described.anchor
    if others:
        return [rows_of_one(described, values_of(described, given))]
    typed = Statement("{given}::{type}", {"given": given, "type": Raw(column.type)})
    found = [rows_of_one(described, [typed])]
    if not column.not_null:
        no_value = in_partitions(described, is_null({0: name(column.name)}))
        found.append(defined_rows(described, no_value, definition_for(described, is_null)))
    return found
