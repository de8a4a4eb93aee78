"""Read models from which the heaviest statements of an application could read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from denorm_assets.db.scaffold.proposals import NoProposal, Proposals
from denorm_assets.db.scaffold.read_select import Select
from denorm_assets.db.scaffold.survey import HeavyStatement, Survey
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.scaffold.parameters import NotGeneral, tables_of, without_parameters

_MOST = 3
_LONGEST = 2_000
"""Characters of a statement that are shown."""


def propose_statements(proposals: Proposals, survey: Survey) -> None:
    """Propose definitions for the heaviest statements that can have one, for people to choose from."""
    made = 0
    relations = [each.name for each in (*survey.tables, *survey.views)]
    seen: set[str] = set()
    for statement in survey.statements:
        try:
            text = without_parameters(statement.text)
        except NotGeneral:
            continue
        tables = tables_of(statement.text)
        found = _resolved(proposals, text, tables, relations)
        if found is None or found[1].text in seen:
            continue
        schema, select = found
        seen.add(select.text)
        key = select.key()
        # One row is no read model that a page needs.
        if key is None or select.is_unique(()):
            continue
        try:
            named = "_".join(table.name for table in tables[:3])
            proposals.add(f"{named}_statement", schema, select.text, key, list(_origin(statement)), active=False)
        except NoProposal:
            continue
        made += 1
        if made == _MOST:
            return


def _resolved(
    proposals: Proposals, text: str, tables: Sequence[TableName], relations: Sequence[TableName]
) -> tuple[str, Select] | None:
    """The schema, one with a table of the statement, in which all its names are found; and what it is there."""
    for schema in dict.fromkeys(
        each.schema or "" for table in tables for each in relations if each == table.within(each.schema or "")
    ):
        try:
            return schema, proposals.select(schema, text)
        except NoProposal:
            continue
    return None


def _origin(statement: HeavyStatement) -> Iterator[str]:
    calls, seconds = statement.calls, statement.milliseconds / 1000
    yield f"For a statement that was called {calls:,} times and took {seconds:,.1f} s, by pg_stat_statements:"
    shown = statement.text if len(statement.text) <= _LONGEST else f"{statement.text[:_LONGEST]} ..."
    yield from (f"  {line}" for line in shown.splitlines())
