"""Statements about anchors that wait to be recomputed."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.anchors import typed_anchor
from denorm_assets.sql.statement import Listing, Name, Part, Raw, Statement, name, table


def every_anchor_pending(described: DescribedModel, model_id: int) -> Statement:
    """INSERT of every anchor that a row has or could have into what is pending.

    The driving sources name them whatever the definition raises. Without any, the definition is asked, for nothing
    but the anchor, so that PostgreSQL leaves out what else it computes, and may fail at.
    """
    names = tuple(name(column.name) for column in described.anchor)
    relations: list[tuple[Sequence[Name], Part]] = [(names, table(described.table))]
    if described.drivers and not described.anchored_by:
        relations += [([name(each.driver.id_column)], table(each.driver.table)) for each in described.drivers]
    else:
        defined = Statement("({definition}\n    ) AS definition", {"definition": Raw(described.executed)})
        relations.append((names, defined))
    anchors = tuple(
        Statement(
            "SELECT {anchor} AS anchor FROM {relation}",
            {"anchor": typed_anchor(described, source), "relation": relation},
        )
        for source, relation in relations
    )
    return Statement(
        "INSERT INTO denorm.pending (model_id, anchor, changed_at)\n"
        "SELECT %(model_id)s, found.anchor, clock_timestamp() FROM (\n    {anchors}\n) AS found",
        {"anchors": Listing(anchors, "\n    UNION ")},
        {"model_id": model_id},
    )


def anchors_of_log(source_id: int, expansion: str) -> Statement:
    """SELECT of how many anchors a dispatch would find by `expansion` for what is logged of the source."""
    return Statement(
        "WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %(source_id)s AND image IS NOT NULL)\n"
        "SELECT count(x.anchor) FROM ({expansion}) AS x (anchor)",
        {"expansion": Raw(expansion)},
        {"source_id": source_id},
    )
