"""The capture function and the triggers of a source: what its readers need, and the statements that make them so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from denorm_assets.db.capture.state import TriggerState, function_state, trigger_states
from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.catalog_object import State
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.capture.affected_anchors import logged_columns
from denorm_assets.sql.capture.capture_triggers import install_trigger
from denorm_assets.sql.statement import Statement

Declared = tuple[DescribedModel, Sources]
"""A read model or cache, and what it reads."""


@dataclass(frozen=True)
class Needs:
    """What read models and caches need of capture on a source.

    Attributes:
        logged: the columns that make an image; `compared`, those whose change is a change.
        realtime: whether writing transactions recompute one of them.
    """

    logged: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    realtime: bool = False

    def __or__(self, other: Needs) -> Needs:
        """What both need. Columns are only ever added at the end: images logged before keep their meaning."""
        logged = tuple(dict.fromkeys([*self.logged, *other.logged]))
        return Needs(
            logged,
            tuple(dict.fromkeys([*self.compared, *other.compared, *logged])),
            self.realtime or other.realtime,
        )


NO_NEEDS: Mapping[TableName, Needs] = MappingProxyType({})


def needs_of(declared: Iterable[Declared]) -> dict[TableName, Needs]:
    """What read models and caches together need of each of their sources."""
    found: dict[TableName, Needs] = {}
    for described, sources in declared:
        realtime = isinstance(described.model.refresh, Realtime)
        for source in sources.watched:
            own = Needs(logged_columns(sources.paths, source), tuple(sources.used.get(source, ())), realtime)
            found[source] = found.get(source, Needs()) | own
    return found


@dataclass(frozen=True)
class Wanted:
    """What a source's capture function has to do.

    Attributes:
        types: those of all columns of the source.
        holds_all: whether it logs and compares these columns already.
        changed: whether the table, its columns or its partitions are others than those that capture was installed on.
    """

    source_id: int
    needs: Needs
    types: Mapping[str, str]
    holds_all: bool = True
    changed: bool = True


def wanted(known: Mapping[str, Any], needs: Needs, types: Mapping[str, str]) -> Wanted:
    """What the function of a registered source, which is `known`, has to do: what it does already, and `needs`."""
    held = Needs(tuple(known["logged_columns"]), tuple(known["compared_columns"]), known["realtime"])
    both = held | needs
    holds_all = (both.logged, both.compared) == (held.logged, held.compared)
    return Wanted(known["id"], both, types, holds_all, known["changed"])


@dataclass(frozen=True)
class Making:
    """The statements that make capture on a source what it has to be.

    Attributes:
        function: the state in which the function is.
        lost: the triggers that are missing, edited or disabled.
    """

    function: State
    lost: Sequence[TriggerState]
    statements: Sequence[Statement]


def making(
    session: Session, source: TableName, wanted: Wanted, names: Mapping[TableName, TableName] = MappingProxyType({})
) -> Making:
    """How to make the capture function of a source and its triggers. Changes nothing.

    `names` are what the statements are to call tables that will have other names: the final one -> the one of now.
    """
    final = {standing: name for name, standing in names.items()}
    source_id, needs = wanted.source_id, wanted.needs
    function = capture_function.create_function(
        source_id, needs.logged, needs.compared, wanted.types, realtime=needs.realtime
    )
    text = show(function)
    state, statements = function_state(session, source_id, text), list[Statement]()
    if state != "installed":
        comment = capture_function.comment_on_function(source_id, text)
        statements += [function, capture_function.close_function(source_id), comment]
    triggers = trigger_states(session, {source: source_id}).get(source_id, [])
    lost = [trigger for trigger in triggers if trigger.state != "installed"]
    # Making a trigger again waits for those who write now, and so log as the function was before.
    for trigger in lost if wanted.holds_all and state != "edited" else triggers:
        if trigger.state != "installed" or trigger.only_owner is None:
            on = final.get(trigger.table, trigger.table)
            statements += install_trigger(on, source_id, trigger.event, trigger.name, trigger.enabled)
    return Making(state, lost, statements)
