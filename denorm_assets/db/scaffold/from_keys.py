"""Counts and sums per row of another table: of columns that triggers keep, and of foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from denorm_assets.db.postgres.compose import show
from denorm_assets.db.scaffold.proposals import NoProposal, Proposals
from denorm_assets.db.scaffold.survey import ForeignKey, Survey, Trigger
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.scaffold.counters import Counter, counters_in, tables_written_in
from denorm_assets.sql.scaffold.names import safe_name
from denorm_assets.sql.statement import Listing, Part, Statement, name, table

_MOST_EXAMPLES, _MOST_TRIED = 3, 20


@dataclass(frozen=True)
class _PerRow:
    """The number of rows of `child` that refer to each row of `parent`, or the sum of a column of theirs."""

    parent: TableName
    parent_columns: tuple[str, ...]
    child: TableName
    child_columns: tuple[str, ...]
    amount: str | None
    output: str

    def text(self) -> str:
        """The SELECT."""
        pairs = list(zip(self.child_columns, self.parent_columns, strict=True))
        counted = name("c", self.child_columns[0])
        value = Statement("count({column})", {"column": counted})
        if self.amount is not None:
            value = Statement("coalesce(sum({column}), 0)", {"column": name("c", self.amount)})
        on: list[Part] = [
            Statement("{child} = {parent}", {"child": name("c", child), "parent": name("p", parent)})
            for child, parent in pairs
        ]
        return show(
            Statement(
                "SELECT {key}, {value} AS {output} FROM {parent} AS p LEFT JOIN {child} AS c ON {on} GROUP BY {key}",
                {
                    "key": Listing(tuple(name("p", column) for column in self.parent_columns)),
                    "value": value,
                    "output": name(self.output),
                    "parent": table(self.parent),
                    "child": table(self.child),
                    "on": Listing(tuple(on), " AND "),
                },
            )
        )


def propose_counters(proposals: Proposals, survey: Survey) -> None:
    """Propose counts and sums that triggers keep, for people to look at first: a trigger may do more than we read."""
    seen: set[_PerRow] = set()
    others: dict[TableName, list[Trigger]] = {}
    for trigger in survey.triggers:
        counters = list(counters_in(trigger.source))
        for counter in counters:
            per_row = _kept(counter, trigger, survey)
            if per_row is None or per_row in seen:
                continue
            seen.add(per_row)
            what = f"{per_row.parent}.{counter.column}, which the trigger {trigger.name} on {trigger.table} keeps"
            origin = [f"In place of {what}."]
            origin.append("Compare the two before you read this one: conditions of the trigger are not in it.")
            _add(proposals, per_row, f"{per_row.parent.name}_{counter.column}", origin, what)
        for written in _others_written(trigger, survey, counters):
            others.setdefault(written, []).append(trigger)
    for written, triggers in others.items():
        by = f"the trigger {triggers[0].name} on {triggers[0].table} writes"
        proposals.reject(
            f"{written}, to which {by if len(triggers) == 1 else f'{len(triggers)} triggers write'}",
            NoProposal("only counts and sums are read from a trigger", "Write its rows as a SELECT"),
        )


def propose_counts(proposals: Proposals, keys: Sequence[ForeignKey]) -> None:
    """Propose counts for a few foreign keys, those of the largest tables, as examples."""
    made = 0
    for key in keys[:_MOST_TRIED]:
        output = safe_name(f"{key.child.name}_count", key.parent_columns)
        per_row = _PerRow(key.parent, key.parent_columns, key.child, key.child_columns, None, output)
        origin = [f"An example: how many rows of {key.child} each row of {key.parent} has."]
        what = f"the foreign key of {key.child} to {key.parent}"
        if _add(proposals, per_row, f"{key.child.name}_per_{key.parent.name}", origin, what, active=True):
            made += 1
        if made == _MOST_EXAMPLES:
            return


def _add(
    proposals: Proposals, per_row: _PerRow, name: str, origin: Sequence[str], what: str, *, active: bool = False
) -> bool:
    schema = per_row.parent.schema or ""
    try:
        text = proposals.select(schema, per_row.text()).text
        proposals.add(name, schema, text, per_row.parent_columns, origin, active=active)
    except NoProposal as refused:
        proposals.reject(what, refused)
        return False
    return True


def _kept(counter: Counter, trigger: Trigger, survey: Survey) -> _PerRow | None:
    """What `counter` holds; None where the table that it names is not there, or not the only one of that name."""
    parents = _named(survey, counter.schema, counter.table)
    if len(parents) != 1:
        return None
    output = safe_name(counter.column, [counter.key])
    child = (trigger.table, (counter.reference,))
    return _PerRow(parents[0], (counter.key,), *child, counter.amount, output)


def _others_written(trigger: Trigger, survey: Survey, counters: Sequence[Counter]) -> Iterator[TableName]:
    """The tables that a trigger writes to other than to count."""
    counted = {(counter.schema, counter.table) for counter in counters}
    for schema, written in tables_written_in(trigger.source):
        if (schema, written) not in counted:
            yield from (found for found in _named(survey, schema, written) if found != trigger.table)


def _named(survey: Survey, schema: str | None, wanted: str) -> list[TableName]:
    return [each.name for each in survey.tables if each.name.name == wanted and schema in (None, each.name.schema)]
