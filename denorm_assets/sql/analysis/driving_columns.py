"""Finding the output column through which each driving source's IDs select rows."""

from __future__ import annotations

from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.catalog.partition import partition_of
from denorm_assets.model.read_model import DrivingColumn, ReadModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import Analysis
from denorm_assets.sql.analysis.wording import in_sql

_LONGEST_NAME = 63


def drivers_of(model: ReadModel, analysis: Analysis, schema: str) -> tuple[Driver, ...]:
    """One driver per driving column of `model`, `schema` being where unqualified tables live.

    Raises DefinitionError where a driving column is no output column, can be NULL-extended, is not part of the key or
    stands elsewhere in another branch, and where a branch has no driving column (no range would reach its rows) or
    several (two ranges would).
    """
    if not model.driving:
        _require_partitioned(model, ())
        return ()
    found = {driving: _positions(model, driving, analysis, schema) for driving in model.driving}
    for number in range(len(analysis.branches)):
        reaching = [f"{driving.table}.{driving.column}" for driving, positions in found.items() if positions[number]]
        if not reaching:
            raise _refusal(
                model,
                f"branch {number + 1} of the set operation selects no driving column, so no range reaches its rows",
                "Name the ID column of that branch's table in IdRanges(...) and select it in the branch",
            )
        if len(reaching) > 1:
            raise _refusal(
                model,
                f"its rows would belong to ranges of {' and '.join(reaching)} at once",
                "Name one of them in IdRanges(...); several driving columns are for the branches of a UNION",
            )
    drivers = tuple(_driver(model, driving, analysis, schema, positions) for driving, positions in found.items())
    _require_partitioned(model, drivers)
    return drivers


def _positions(model: ReadModel, driving: DrivingColumn, analysis: Analysis, schema: str) -> list[set[int]]:
    """Per branch, which output columns are the driving column as it is. Raises DefinitionError where none is."""
    wanted = (driving.table.within(schema), driving.column)
    found: list[set[int]] = []
    null_extended = False
    for branch in analysis.branches:
        found.append(set())
        for position, output in enumerate(branch):
            source = output.source
            if source and (source.table.within(schema), source.column) == wanted:
                null_extended |= source.null_extended
                if not source.null_extended:
                    found[-1].add(position)
    if any(found):
        return found
    column = f"{driving.table}.{driving.column}"
    if null_extended:
        raise _refusal(
            model,
            f"an outer join leaves the driving column {column} NULL in rows that have no such ID",
            "Drive the backfill by a column of the side that every row has",
        )
    column_in_sql = f"{in_sql(driving.table.name)}.{in_sql(driving.column)}"
    raise _refusal(
        model,
        f"the driving column {column} is not an output column",
        f"Select it as it is, for example {column_in_sql} AS {in_sql(model.key[0])}, with the table's alias before it; "
        "or drive the backfill by an ID column that is selected; or leave `backfill` out, and all rows are written at "
        "once",
    )


def _driver(model: ReadModel, driving: DrivingColumn, analysis: Analysis, schema: str, found: list[set[int]]) -> Driver:
    column = f"{driving.table}.{driving.column}"
    everywhere = set[int].intersection(*(positions for positions in found if positions))
    if not everywhere:
        raise _refusal(
            model,
            f"the driving column {column} is another output column in each branch of the set operation",
            "Select it at the same place in every branch that has it",
        )
    names = [analysis.output_names[position] for position in sorted(everywhere)]
    in_key = [name for name in names if name in model.key]
    if not in_key:
        raise _refusal(
            model,
            f"the driving column {column} is selected as {names[0]}, which is not part of the key "
            f"({', '.join(model.key)})",
            "Add it to `key`, or choose a driving column that is in it; a range could not tell its rows apart",
        )
    discriminators = () if all(found) else _discriminators(model, driving, analysis, found)
    return Driver(driving.table.within(schema), driving.column, in_key[0], discriminators)


def _discriminators(
    model: ReadModel, driving: DrivingColumn, analysis: Analysis, found: list[set[int]]
) -> tuple[tuple[str, str], ...]:
    """Key columns that are one constant in this source's branches and another in all other branches."""
    chosen: list[tuple[str, str]] = []
    for position, column in enumerate(analysis.output_names):
        constants = [branch[position].constant for branch in analysis.branches]
        mine = {constant for constant, at in zip(constants, found, strict=True) if at}
        others = {constant for constant, at in zip(constants, found, strict=True) if not at}
        if column in model.key and len(mine) == 1 and None not in mine | others and mine.isdisjoint(others):
            chosen.append((column, str(next(iter(mine)))))
    if not chosen:
        raise _refusal(
            model,
            f"nothing in the key tells the rows of {driving.table} from those of the other driving sources",
            "Select a constant per branch, for example 'items' AS source, and add that column to `key`",
        )
    return tuple(chosen)


def _require_partitioned(model: ReadModel, drivers: tuple[Driver, ...]) -> None:
    """Raises DefinitionError unless `partition_by` tells the driving sources apart and names fit."""
    column = model.partition_by
    if column is None or model.is_view:
        return
    constants = [dict(driver.discriminators).get(column) for driver in drivers]
    if not constants or None in constants:
        raise _refusal(
            model,
            f"it is declared partition_by={column!r}, which does not tell the rows of its driving sources apart",
            f"Select a constant AS {column} in each branch of a UNION, another one for each driving source in "
            f"IdRanges(...), and add {column} to `key`; or leave partition_by out",
        )
    parts = [partition_of(TableName(model.name), str(constant)) for constant in constants]
    for part in parts:
        if len(part.table.name.encode()) > _LONGEST_NAME:
            raise _refusal(
                model,
                f"the partition of the rows with {column} = {part.constant} would be called {part.table.name}, "
                f"which is longer than {_LONGEST_NAME} bytes",
                "Select a shorter constant, or give the read model a shorter name",
            )
    for index in model.indexes:
        if index.unique and column not in {term.column for term in index.terms}:
            raise _refusal(
                model,
                f"the unique index {index.name_for(model.name)} does not hold {column}, and PostgreSQL keeps rows "
                "of different partitions apart by nothing else",
                f"Add {column} to its columns, or leave unique=True out",
            )
    values = [part.value for part in parts]
    for reference in model.references:
        if reference.partition is not None and reference.partition not in values:
            raise _refusal(
                model,
                f"the reference of {reference.column} is for the partition {reference.partition!r}, and there are "
                f"{', '.join(values)}",
                f"Correct the reference at {model.location}",
            )


def _refusal(model: ReadModel, problem: str, remedy: str) -> DefinitionError:
    return DefinitionError(model.definition.path, None, problem, remedy)
