"""Statements about anchors that wait to be recomputed."""

from __future__ import annotations

from denorm_assets.model.described import DescribedModel
from denorm_assets.sql.statement import Raw, Statement, name, table


def every_anchor_pending(described: DescribedModel, model_id: int) -> Statement:
    """INSERT of every anchor of definition and table into what is pending.

    Only the anchor is asked of the definition, so that PostgreSQL leaves out what else it computes, and may fail at.
    """
    return Statement(
        "INSERT INTO denorm.pending (model_id, anchor, changed_at)\n"
        "SELECT %(model_id)s, found.anchor, clock_timestamp() FROM (\n"
        "    SELECT {anchor}::text AS anchor FROM ({definition}\n    ) AS definition\n"
        "    UNION SELECT {anchor}::text FROM {target}\n) AS found",
        {
            "anchor": name(described.anchor.name),
            "definition": Raw(described.definition),
            "target": table(described.table),
        },
        {"model_id": model_id},
    )
