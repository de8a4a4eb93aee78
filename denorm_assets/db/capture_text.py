"""The statements of capture, written out for `plan --sql`: triggers on the sources, and what they lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.db import control_schema
from denorm_assets.db.capture_state import trigger_states
from denorm_assets.db.foreseeing import foreseen_models
from denorm_assets.db.render import show
from denorm_assets.db.session import Database, Session
from denorm_assets.db.sources import Sources, model_sources
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture
from denorm_assets.sql.capture_triggers import install_trigger
from denorm_assets.sql.control import query
from denorm_assets.sql.expansion import expansion, logged_columns
from denorm_assets.sql.realtime import recompute


@dataclass(frozen=True)
class CaptureText:
    """SQL as text.

    Attributes:
        of_source: source -> what `apply` runs there, all read models of the system considered. Where nothing is
            installed yet, the function's number is only the likely one.
        affected: (read model, source) -> SELECT of the anchors that logged images of the source affect.
        recompute: read model kept in real time -> what a writing transaction runs for the anchors that it affects.
    """

    of_source: dict[str, list[str]]
    affected: dict[tuple[str, str], str]
    recompute: dict[str, str]


def capture_text(database: Database, system: System) -> CaptureText:
    """The statements of capture for all read models of `system`. Changes nothing. Raises DefinitionError."""
    with database.session(system.schema) as session, foreseen_models(session, system) as described_models:
        models = [(described, model_sources(session, described)) for described in described_models]
        wanted = _wanted(session, models)
        return CaptureText(
            {str(source): _installing(session, source, each) for source, each in wanted.items()},
            {
                (described.full_name, str(source)): f"{_affected(described, sources, source, wanted[source].logged)};"
                for described, sources in models
                for source in dict.fromkeys(path.source for path in sources.paths)
            },
            {
                described.full_name: f"{show(recompute(described))};"
                for described, _ in models
                if isinstance(described.model.refresh, Realtime)
            },
        )


@dataclass
class _Wanted:
    """What a source's capture function has to do for all read models together."""

    number: int
    logged: tuple[str, ...]
    compared: tuple[str, ...]
    types: Mapping[str, str]
    realtime: bool


def _wanted(session: Session, models: Sequence[tuple[DescribedModel, Sources]]) -> dict[TableName, _Wanted]:
    applied = control_schema.installed(session)
    free = session.one(query("sources", "highest_number"))["number"] + 1 if applied else 1
    found: dict[TableName, _Wanted] = {}
    for described, sources in models:
        for source in sources.watched:
            if source not in found:
                named = {"schema": source.schema, "table": source.name}
                known = session.row(query("sources", "find", **named)) if applied else None
                if known is None:
                    found[source] = _Wanted(free, (), (), sources.columns[source], False)
                    free += 1
                else:
                    logged, compared = tuple(known["logged_columns"]), tuple(known["compared_columns"])
                    types = sources.columns[source]
                    found[source] = _Wanted(known["id"], logged, compared, types, known["realtime"])
            each = found[source]
            each.logged = tuple(dict.fromkeys([*each.logged, *logged_columns(sources.paths, source)]))
            each.compared = tuple(dict.fromkeys([*each.compared, *sources.used.get(source, ()), *each.logged]))
            each.realtime = each.realtime or isinstance(described.model.refresh, Realtime)
    return found


def _installing(session: Session, source: TableName, wanted: _Wanted) -> list[str]:
    function = capture.create_function(
        wanted.number, wanted.logged, wanted.compared, wanted.types, realtime=wanted.realtime
    )
    triggers = [
        statement
        for trigger in trigger_states(session, {source: wanted.number}).get(wanted.number, [])
        if trigger.state != "installed" or trigger.only_owner is None
        for statement in install_trigger(trigger.table, wanted.number, trigger.event, trigger.name, trigger.enabled)
    ]
    closed = capture.close_function(wanted.number)
    statements = [function, closed, capture.comment_on_function(wanted.number, show(function)), *triggers]
    return [f"{show(statement)};" for statement in statements]


def _affected(described: DescribedModel, sources: Sources, source: TableName, logged: Sequence[str]) -> str:
    return show(expansion(sources.paths, source, logged, sources.columns[source], described.anchor.type))
