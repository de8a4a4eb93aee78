"""The statement that makes some anchors' rows right within the writing transaction."""

from __future__ import annotations

from denorm_assets.model.described import DescribedModel
from denorm_assets.sql.load import overwriting_insert, same_key
from denorm_assets.sql.predicates import in_partitions
from denorm_assets.sql.statement import Raw, Statement, columns, name, table


def recompute(described: DescribedModel) -> Statement:
    """One statement with the anchors as `$1` (text[]); a NULL among them stands for the NULL anchor."""
    of_anchors = Statement(
        "({anchor} {equal} ANY ($1::text[]::{type}[]) OR {anchor} IS NULL AND array_position($1, NULL) IS NOT NULL)"
        if not described.anchor.not_null
        else "{anchor} {equal} ANY ($1::text[]::{type}[])",
        {
            "anchor": name(described.anchor.name),
            "equal": Raw(described.anchor.operators.equal),
            "type": Raw(described.anchor.type),
        },
    )
    return Statement(
        "WITH wanted AS MATERIALIZED (\n"
        "    SELECT {columns} FROM ({definition}\n    ) AS definition WHERE {of_anchors}\n"
        "), removed AS (\n    DELETE FROM {target} AS held WHERE {of_anchors}\n"
        "    AND NOT EXISTS (SELECT FROM wanted WHERE {same_key})\n)\n{insert}",
        {
            "columns": columns(described.column_names),
            "definition": Raw(described.definition),
            "of_anchors": in_partitions(described, of_anchors),
            "target": table(described.table),
            "same_key": same_key(described),
            "insert": overwriting_insert(described, name("wanted")),
        },
    )
