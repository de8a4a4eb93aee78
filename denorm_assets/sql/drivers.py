"""Finding the output column through which each driving source's IDs select rows."""

from __future__ import annotations

from denorm_assets.errors import DefinitionError
from denorm_assets.model.drivers import Driver
from denorm_assets.model.read_model import DrivingColumn, ReadModel
from denorm_assets.sql.analysis import Analysis, Output


def drivers_of(model: ReadModel, analysis: Analysis, schema: str) -> tuple[Driver, ...]:
    """One driver per driving column of `model`, `schema` being where unqualified tables live.

    Raises DefinitionError where a driving column is no output column, is not part of the key, or where a branch
    has no driving column, so that ranges would not reach its rows.
    """
    drivers = tuple(_driver(model, driving, analysis, schema) for driving in model.backfill.driving)
    for position, branch in enumerate(analysis.branches):
        if all(_finds(driving, branch, schema) is None for driving in model.backfill.driving):
            raise DefinitionError(
                model.definition.path,
                None,
                f"branch {position + 1} of the set operation selects no driving column, so no range reaches its rows",
                "Name the ID column of that branch's table in IdRanges(...) and select it in the branch",
            )
    return drivers


def _driver(model: ReadModel, driving: DrivingColumn, analysis: Analysis, schema: str) -> Driver:
    found = [_finds(driving, branch, schema) for branch in analysis.branches]
    position = next((output for output in found if output is not None), None)
    if position is None:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the driving column {driving.table}.{driving.column} is not an output column",
            f"Select it as it is, for example {driving.table.name}.{driving.column} AS {model.key[0]}, "
            "with the table's alias before it",
        )
    column = analysis.output_names[position]
    if column not in model.key:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the driving column {column} is not part of the key ({', '.join(model.key)})",
            "Add it to `key`, or choose a driving column that is: a range could not tell its rows apart otherwise",
        )
    discriminators: tuple[tuple[str, str], ...] = ()
    if None in found:
        discriminators = _discriminators(model, driving, analysis, found)
    return Driver(driving.table.within(schema), driving.column, column, discriminators)


def _finds(driving: DrivingColumn, branch: tuple[Output, ...], schema: str) -> int | None:
    wanted = driving.table.within(schema)
    for position, output in enumerate(branch):
        source = output.source
        if source and source.table.within(schema) == wanted and source.column == driving.column:
            return None if source.null_extended else position
    return None


def _discriminators(
    model: ReadModel, driving: DrivingColumn, analysis: Analysis, found: list[int | None]
) -> tuple[tuple[str, str], ...]:
    """Key columns that are one constant in this source's branches and another in all other branches."""
    chosen: list[tuple[str, str]] = []
    for position, column in enumerate(analysis.output_names):
        constants = [branch[position].constant for branch in analysis.branches]
        mine = {constant for constant, at in zip(constants, found, strict=True) if at is not None}
        others = {constant for constant, at in zip(constants, found, strict=True) if at is None}
        if column in model.key and len(mine) == 1 and None not in mine | others and mine.isdisjoint(others):
            chosen.append((column, str(next(iter(mine)))))
    if not chosen:
        raise DefinitionError(
            model.definition.path,
            None,
            f"nothing in the key tells the rows of {driving.table} from those of the other driving sources",
            "Select a constant per branch, for example 'items' AS source, and add that column to `key`",
        )
    return tuple(chosen)
