"""Statements that keep the partial aggregates of blocks of IDs, and the rows that they make together."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.catalog.blocks import MODEL, Part, PartialAggregates
from denorm_assets.sql.statement import Part as SqlPart
from denorm_assets.sql.statement import Raw, Statement, name


def forget(model_id: int) -> Statement:
    """DELETE of the partial aggregates of all blocks."""
    return Statement("DELETE FROM denorm.partial WHERE model_id = %(model_id)s", params={"model_id": model_id})


def forget_blocks(model_id: int, number: int, blocks: Sequence[int]) -> Statement:
    """The same of these blocks of the part with that number."""
    return Statement(
        "DELETE FROM denorm.partial WHERE model_id = %(model_id)s AND part = %(part)s"
        " AND block = ANY (%(blocks)s::bigint[])",
        params={"model_id": model_id, "part": number, "blocks": list(blocks)},
    )


def keep_blocks(part: Part, model_id: int, number: int, blocks: Sequence[int]) -> Statement:
    """INSERT of the partial aggregates of these blocks; of one without rows, none."""
    of_one = Statement(
        "SELECT {states} AS states {source} AND {id} BETWEEN denorm_wanted.block << {bits}"
        " AND (denorm_wanted.block << {bits}) + {last}\nHAVING count(*) > 0",
        _names(part) | {"last": Raw(str(part.blocks.ids - 1))},
    )
    return Statement(
        "INSERT INTO denorm.partial (model_id, part, block, states)\n"
        "SELECT %(model_id)s, %(part)s, denorm_wanted.block, denorm_rows.states\n"
        "FROM unnest(%(blocks)s::bigint[]) AS denorm_wanted (block)\nCROSS JOIN LATERAL (\n{of_one}\n) AS denorm_rows",
        {"of_one": of_one},
        {"model_id": model_id, "part": number, "blocks": list(blocks)},
    )


def keep_all(part: Part, model_id: int, number: int) -> Statement:
    """INSERT of the partial aggregates of all blocks."""
    return Statement(
        "INSERT INTO denorm.partial (model_id, part, block, states)\n"
        "SELECT %(model_id)s, %(part)s, {id}::bigint >> {bits}, {states} {source} GROUP BY {id}::bigint >> {bits}",
        _names(part),
        {"model_id": model_id, "part": number},
    )


def rows_of_partials(partials: PartialAggregates, model_id: int) -> Statement:
    """SELECT of the read model's rows, made of the partial aggregates of all blocks."""
    return Statement("{rows}", {"rows": Raw(partials.rows.replace(MODEL, str(model_id)))})


def _names(part: Part) -> dict[str, SqlPart]:
    return {
        "id": name(part.blocks.alias, part.blocks.column),
        "bits": Raw(str(part.blocks.bits)),
        "states": Raw(part.states),
        "source": Raw(part.source),
    }
