"""Statements that keep the partial aggregates of blocks of IDs, and the rows that they make together."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.catalog.blocks import MODEL, Part, PartialAggregates
from denorm_assets.sql.statement import Listing, Raw, Statement, name
from denorm_assets.sql.statement import Part as SqlPart


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
    ending = "GROUP BY {grouped_by}" if part.groups else "HAVING count(*) > 0"
    of_one = Statement(
        "SELECT {groups} AS groups, {states} AS states {source} AND {id} BETWEEN denorm_wanted.block << {bits}"
        " AND (denorm_wanted.block << {bits}) + {last}\n" + ending,
        _names(part) | {"last": Raw(str(part.blocks.ids - 1))},
    )
    return Statement(
        "INSERT INTO denorm.partial (model_id, part, block, groups, states)\n"
        "SELECT %(model_id)s, %(part)s, denorm_wanted.block, denorm_rows.groups, denorm_rows.states\n"
        "FROM unnest(%(blocks)s::bigint[]) AS denorm_wanted (block)\nCROSS JOIN LATERAL (\n{of_one}\n) AS denorm_rows",
        {"of_one": of_one},
        {"model_id": model_id, "part": number, "blocks": list(blocks)},
    )


def keep_all(part: Part, model_id: int, number: int) -> Statement:
    """INSERT of the partial aggregates of all blocks."""
    return Statement(
        "INSERT INTO denorm.partial (model_id, part, block, groups, states)\n"
        "SELECT %(model_id)s, %(part)s, {id}::bigint >> {bits}, {groups}, {states} {source}\n"
        "GROUP BY {id}::bigint >> {bits}" + (", {grouped_by}" if part.groups else ""),
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
        "groups": _texts(part.groups),
        "grouped_by": Listing(tuple(map(Raw, part.groups))),
        "states": _texts(part.states),
        "source": Raw(part.source),
    }


def _texts(values: Sequence[str]) -> Statement:
    """An array of values as text."""
    texts = tuple(Statement("({value})::text", {"value": Raw(value)}) for value in values)
    return Statement("ARRAY[{texts}]::text[]", {"texts": Listing(texts)})
