"""The ID ranges by which a proposed read model is backfilled, where all rows at once would take long."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.introspection.refresh_choice import MANY_ROWS
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.ranges import SMALLEST_RANGE
from denorm_assets.model.read_model import DrivingColumn, IdRanges, ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.control import query


def ranges_of_large(session: Session, system: System, model: ReadModel) -> Iterator[IdRanges]:
    """The ranges by which `model` may be backfilled, the best ones first; whether `plan` takes them is not known.

    None for what is refreshed as a whole, and where no source is large.
    """
    described = describe(session, system, model)
    if described.model.is_view:
        return
    if all(held_rows(session, table) < MANY_ROWS for table in model_sources(session, described).watched):
        return
    for driving in _columns_of_key(model, system.schema):
        if _is_worth_it(session, driving, system.schema):
            yield from _as_ranges(driving)


def _columns_of_key(model: ReadModel, schema: str) -> Iterator[DrivingColumn]:
    """The columns of sources that the key has as they are."""
    branches = analyse(model.definition).branches
    if len(branches) != 1:
        return
    outputs = {output.name: output.source for output in branches[0]}
    for column in model.key:
        source = outputs.get(column)
        if source is not None and not source.null_extended:
            table = source.table.within(schema)
            yield DrivingColumn(TableName(table.name) if table.schema == schema else table, source.column)


def _is_worth_it(session: Session, driving: DrivingColumn, schema: str) -> bool:
    """Whether there would be several ranges, and an index finds the rows of one."""
    table = driving.table.within(schema)
    indexes = session.rows(query("catalog", "leading_index_terms", schemas=[table.schema], tables=[table.name]))
    indexed = any(row["column"] == driving.column for row in indexes)
    return indexed and held_rows(session, table) > SMALLEST_RANGE


def _as_ranges(driving: DrivingColumn) -> Iterator[IdRanges]:
    """As a declaration names them; nothing where a name with a dot would be read as something else."""
    ranges = IdRanges(str(driving))
    if ranges.driving == (driving,):
        yield ranges
