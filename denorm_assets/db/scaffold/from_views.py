"""Read models in place of the views and materialized views of the application."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.scaffold.proposals import NoProposal, Proposal, Proposals
from denorm_assets.db.scaffold.read_select import Select
from denorm_assets.db.scaffold.survey import View
from denorm_assets.errors import AmbiguousView, UnknownName, ViewRefused
from denorm_assets.model.index import Index
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.scaffold.view_sources import reading

_HOUR = 3600
_PLAIN = re.compile(r"[^\s()]+")
"""Columns that `Index` takes as they are."""


def chosen_views(views: Sequence[View], wanted: Sequence[str]) -> list[View]:
    """The views that a person names, each after those that it was made from. Raises UnknownName or AmbiguousView."""
    found: set[View] = set()
    for name in wanted:
        matching = [view for view in views if name in (str(view.name), _written(view)) or _bare(name) == view.name.name]
        if not matching:
            raise UnknownName(
                "view", name, [str(view.name) for view in views], "Write the name as in this list, with its schema"
            )
        if len(matching) > 1:
            raise AmbiguousView(name, [str(view.name) for view in matching])
        found.update(matching)
    return [view for view in views if view in found]


def propose_views(proposals: Proposals, views: Sequence[View], chosen: Sequence[View], *, required: bool) -> None:
    """Propose a read model beside each of the `chosen` among all `views`, which keep their names.

    Raises ViewRefused for one that cannot be one, if they are `required`.
    """
    # What a materialized view holds changes without a trace, so nothing can read one: its read model is read instead,
    # or what it selects.
    made: dict[TableName, ReadModel] = {}
    written_out: dict[TableName, str] = {}
    for view in views:
        if view in chosen:
            try:
                proposal = _propose(proposals, view, written_out, made, required=required)
                if proposal.active:
                    made[view.name] = proposal.model
            except NoProposal as refused:
                if required:
                    raise ViewRefused(str(view), str(refused), refused.remedy) from refused
                proposals.reject(str(view), refused)
        text, replaced = reading(view.text, written_out)
        if view.materialized or replaced:
            written_out[view.name] = f"(\n{text}\n)"


def _propose(
    proposals: Proposals,
    view: View,
    written_out: Mapping[TableName, str],
    made: Mapping[TableName, ReadModel],
    *,
    required: bool,
) -> Proposal:
    schema = view.name.schema or ""
    # The read models that it is to read are not there yet.
    select = proposals.select(schema, reading(view.text, written_out)[0])
    # Those of another schema are of another system, which may be applied later.
    near = {name: model for name, model in made.items() if name.schema == schema}
    names = {name: f"{_quoted(schema)}.{model.name}" for name, model in near.items()}
    text, replaced = reading(view.text, {**written_out, **names})
    indexes = _ViewIndexes(proposals.database, view) if view.materialized else None
    key, why = _key(view, select, indexes)
    origin = [f"In place of {view}.", why]
    carried: list[Index] = []
    if indexes is not None:
        carried, lost = indexes.secondary(key)
        origin += [f"Not carried over: {statement}" for statement in lost]
    add = partial(
        proposals.add,
        f"{view.name.name}_read_model",
        schema,
        text,
        key,
        reads=[near[name] for name in replaced if name in near],
        indexes=carried,
    )
    try:
        return add(origin)
    except NoProposal as refused:
        if not view.materialized:
            raise
        hourly = f"It is refreshed as a whole every hour, because changes cannot keep it fresh: {refused}."
        try:
            # Only a person can say that nobody minds.
            return add([*origin, hourly], refresh=Full(every=_HOUR), active=required)
        except NoProposal:
            raise refused from None


class _ViewIndexes:
    """The indexes of a materialized view."""

    def __init__(self, database: Database, view: View) -> None:
        with database.session() as session:
            self._rows = session.rows(query("scaffold", "indexes_of_view", id=view.id))

    def keys(self) -> list[tuple[str, tuple[str, ...]]]:
        """Name and columns of the unique indexes of all rows, those of fewest columns first."""
        return [(row["name"], tuple(row["columns"])) for row in self._rows if row["is_key"]]

    def secondary(self, key: Sequence[str]) -> tuple[list[Index], list[str]]:
        """The indexes that the read model has as well, besides that of its key; and the statements of the others."""
        carried: dict[tuple[str, ...], Index] = {}
        lost: list[str] = []
        for row in self._rows:
            if row["is_key"] and set(row["columns"]) == set(key):
                continue
            if row["is_plain"] and all(map(_PLAIN.fullmatch, row["columns"])):
                terms = tuple(f"{column}{order}" for column, order in zip(row["columns"], row["orders"], strict=True))
                carried.setdefault(terms, Index(*terms, unique=row["is_unique"]))
            else:
                lost.append(row["statement"])
        return list(carried.values()), lost


def _key(view: View, select: Select, indexes: _ViewIndexes | None) -> tuple[tuple[str, ...], str]:
    """The columns of its key, and where they are from."""
    by_index = indexes.keys() if indexes is not None else []
    if by_index:
        name, columns = next((each for each in by_index if select.is_unique(each[1])), by_index[0])
        return columns, f"Its key is that of the unique index {name}."
    found = select.key()
    if found is None:
        raise NoProposal(
            "it has no unique index, and its SELECT does not say which columns identify a row"
            if view.materialized
            else "its SELECT does not say which columns identify a row",
            f"Create an index: CREATE UNIQUE INDEX ON {_written(view)} (<columns>)"
            if view.materialized
            else "Add GROUP BY or DISTINCT, or select the primary key of each table that it joins",
        )
    return found, "Its key is what its SELECT says: no two rows agree in these columns."


def _written(view: View) -> str:
    """Its name as SQL writes it."""
    return f"{_quoted(view.name.schema or '')}.{_quoted(view.name.name)}"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _bare(name: str) -> str:
    """A name without quotation marks around it."""
    return name[1:-1].replace('""', '"') if len(name) > 2 and name[0] == name[-1] == '"' else name
