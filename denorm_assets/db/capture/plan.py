"""Capture on the sources of a system, planned: what it lacks, and the statements that `apply` will run there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.db.capture.declared import DeclaredSource, declared_capture
from denorm_assets.db.capture.objects import Declared, Needs, Wanted, making, needs_of, wanted
from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.step import Stage, Step

_ACTIONS = ("keep", "register", "replace", "create")
"""Where several read models share a source, what the last of these does is done."""
_LOCK = "SHARE ROW EXCLUSIVE, for an instant: its writers wait"


class CapturePlan:
    """What capture has to do for some read models and caches together, so that each source is visited once.

    A source that is new gets the number that it is likely to get: the next one, unless another `apply` is faster.
    """

    def __init__(self, session: Session, declared: Sequence[Declared]) -> None:
        """`declared` are all that the plan is about, in the order in which they are created."""
        self._session = session
        self._installed = control_schema.installed(session)
        self._next = session.one(query("sources", "next_number"))["number"] if self._installed else 1
        self._types = {source: sources.columns[source] for _, sources in declared for source in sources.watched}
        self._wanted: dict[TableName, Wanted] = {}
        self.needs: Mapping[TableName, Needs] = needs_of(declared)

    def steps(self, declared: Sequence[Declared]) -> list[Step]:
        """A step for each source of these read models and caches."""
        found: dict[TableName, str] = {}
        for described, sources in declared:
            states = (
                declared_capture(self._session, described, sources)
                if self._installed
                else [DeclaredSource(table, None) for table in sources.watched]
            )
            for state in states:
                found[state.table] = max(found.get(state.table, "keep"), _action(state), key=_ACTIONS.index)
        return [self._step(source, action) for source, action in found.items()]

    def wanted(self, source: TableName) -> Wanted:
        """What the capture function of a source has to do."""
        if source not in self._wanted:
            named, needs, types = (
                {"schema": source.schema, "table": source.name},
                self.needs[source],
                self._types[source],
            )
            known = self._session.row(query("sources", "find", **named)) if self._installed else None
            if known is not None:
                self._wanted[source] = wanted(known, needs, types)
            else:
                self._wanted[source] = Wanted(self._next, Needs() | needs, types, holds_all=False)
                self._next += 1
        return self._wanted[source]

    def _step(self, source: TableName, action: str) -> Step:
        if action == "keep":
            return Step("capture", str(source), action, Stage.BEFORE_LOAD)
        statements = tuple(making(self._session, source, self.wanted(source)).statements)
        if not statements:
            return Step("capture", str(source), "register", Stage.BEFORE_LOAD)
        action = "create" if action == "create" else "replace"
        return Step("capture", str(source), action, Stage.BEFORE_LOAD, _LOCK, statements)


def _action(source: DeclaredSource) -> str:
    if source.installed is None:
        return "create"
    if source.faults_of_table or source.installed.function != "installed":
        return "replace"
    return "register" if source.faults else "keep"
