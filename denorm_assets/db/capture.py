"""Installing capture: triggers that log what changes in a read model's sources, and what each change affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from denorm_assets.db.capture_state import function_state, trigger_states
from denorm_assets.db.registry import set_state
from denorm_assets.db.render import show
from denorm_assets.db.resolution import resolved
from denorm_assets.db.row_security import note_row_security
from denorm_assets.db.session import Session
from denorm_assets.db.sources import Sources, model_sources, source_members
from denorm_assets.db.waiting import trying_again
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture
from denorm_assets.sql.control import query
from denorm_assets.sql.expansion import RESOLVED_WITH, expansion, logged_columns
from denorm_assets.sql.realtime import recompute
from denorm_assets.sql.statement import Statement


def install_capture(
    session: Session, described: DescribedModel, model_id: int, log: Callable[[str], None], *, serves_old: bool = False
) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through. What is installed already is left alone. A
    source whose triggers were lost, or whose triggers or function somebody edited, may have changed unseen: all its
    read models are then refreshed as a whole.

    With `serves_old` the table holds what an older version yields, until it is rebuilt. Once changes are expanded for
    the new version, nobody can keep the old one fresh: it then needs a rebuild, and drivers leave it alone.
    """
    sources = model_sources(session, described)
    if not serves_old or not isinstance(described.model.refresh, Realtime):
        adopt_recompute(session, described, model_id)
    source_ids: list[int] = []
    for source in sources.watched:
        source_id, changed = trying_again(session)(
            _install_source, session, described, model_id, source, sources, serves_old=serves_old
        )
        source_ids.append(source_id)
        if changed:
            log(f"capture on {source}: installed")
    with session.transaction():
        given_up = session.execute(query("sources", "depends_no_more", model_id=model_id, source_ids=source_ids))
        if given_up and serves_old:
            set_state(session, model_id, "needs_rebuild")
        note_row_security(session, model_id)


def adopt_recompute(session: Session, described: DescribedModel, model_id: int) -> None:
    """Have writing transactions recompute by the present definition, or not at all where that is not asked for."""
    session.execute(query("sources", "recompute_with", model_id=model_id, recompute=_recompute_text(described)))


def require_capturable(session: Session, described: DescribedModel) -> None:
    """Raises MissingPrivilege where we may not make triggers on a source."""
    for source in model_sources(session, described).watched:
        if session.one(query("sources", "may_have_triggers", schema=source.schema, table=source.name))["denied"]:
            raise MissingPrivilege(
                session.role, f"permission denied for table {source.name}, on which it needs TRIGGER"
            )


def lacks_capture(session: Session, described: DescribedModel, source: TableName, sources: Sources) -> bool:
    """Whether `install_capture` has anything to do on `source`, one of the read model's."""
    with session.transaction():
        wanted = _wanted(session, described, source, sources)
        return (
            wanted.source_id is None
            or not wanted.holds_all
            or function_state(session, wanted.source_id, show(_function(wanted))) != "installed"
            or bool(_lost_triggers(session, wanted.source_id))
        )


@dataclass(frozen=True)
class _Wanted:
    """What a source's capture function has to do.

    Attributes:
        source_id: None where nothing was installed on the source before.
        holds_all: whether it logs and compares these columns already.
    """

    source_id: int | None
    logged: tuple[str, ...]
    compared: tuple[str, ...]
    types: Mapping[str, str]
    realtime: bool
    holds_all: bool


def _wanted(session: Session, described: DescribedModel, source: TableName, sources: Sources) -> _Wanted:
    known = session.row(query("sources", "find", schema=source.schema, table=source.name))
    held_logged: list[str] = known["logged_columns"] if known else []
    held_compared: list[str] = known["compared_columns"] if known else []
    # Columns are only ever added at the end: images logged before keep their meaning.
    logged = tuple(dict.fromkeys([*held_logged, *logged_columns(sources.paths, source)]))
    compared = tuple(dict.fromkeys([*held_compared, *sources.used.get(source, ()), *logged]))
    realtime = isinstance(described.model.refresh, Realtime) or bool(known and known["realtime"])
    holds_all = (list(logged), list(compared)) == (held_logged, held_compared)
    return _Wanted(known["id"] if known else None, logged, compared, sources.columns[source], realtime, holds_all)


def _install_source(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
    *,
    serves_old: bool,
) -> tuple[int, bool]:
    named = {"schema": source.schema, "table": source.name}
    with session.transaction():
        session.set_local(lock_timeout=session.short_lock_timeout)
        wanted = _wanted(session, described, source, sources)
        shape = session.one(query("sources", "fingerprint", columns=list(wanted.compared), **named))
        columns = {"logged": list(wanted.logged), "compared": list(wanted.compared)}
        session.execute(query("sources", "register", fingerprint=shape["fingerprint"], **columns, **named))
        source_id: int = session.one(query("sources", "find", **named))["id"]
        wanted = replace(wanted, source_id=source_id)
        function = _function(wanted)
        state = function_state(session, source_id, show(function))
        if state != "installed":
            session.execute(function)
            session.execute(capture.close_function(source_id))
            session.execute(capture.comment_on_function(source_id, show(function)))
        lost = _lost_triggers(session, source_id)
        # Making a trigger again waits for those who write now, and so log as the function was before.
        for member, event in lost if wanted.holds_all and state != "edited" else _all_triggers(session, source):
            session.execute(capture.create_trigger(member, source_id, event))
        text = None
        if not described.model.is_view:
            types, anchor = sources.columns[source], described.anchor.type
            text = _with_schemas(session, expansion(sources.paths, source, wanted.logged, types, anchor, RESOLVED_WITH))
        depends = {"model_id": model_id, "source_id": source_id, "expansion": text}
        if session.one(query("sources", "expands_otherwise", **depends))["otherwise"]:
            session.execute(query("sources", "make_all_stale", model_id=model_id))
            if serves_old:
                set_state(session, model_id, "needs_rebuild")
        session.execute(query("sources", "depend", **depends))
        if lost or state == "edited":
            session.execute(query("sources", "doubt", source_id=source_id))
    return source_id, bool(lost) or state != "installed"


def _function(wanted: _Wanted) -> Statement:
    assert wanted.source_id is not None, "a source is registered before its function is made"
    return capture.create_function(
        wanted.source_id, wanted.logged, wanted.compared, wanted.types, realtime=wanted.realtime
    )


def _lost_triggers(session: Session, source_id: int) -> list[tuple[TableName, str]]:
    """Tables and events without a trigger that fires and logs what it should."""
    triggers = trigger_states(session, [source_id]).get(source_id, ())
    return [(trigger.table, trigger.event) for trigger in triggers if trigger.state != "installed"]


def _all_triggers(session: Session, source: TableName) -> list[tuple[TableName, str]]:
    return [(member, event) for member in source_members(session, [source])[source] for event in capture.EVENTS]


def _recompute_text(described: DescribedModel) -> str | None:
    """The statement by which the writing transaction makes anchors right; None for what is not kept in real time."""
    if not isinstance(described.model.refresh, Realtime):
        return None
    return show(recompute(described))


def _with_schemas(session: Session, select: Statement) -> str:
    """The text of an expansion with the schemas of all names: triggers and drains have a pinned search path."""
    with session.transaction():
        session.execute(Statement("CREATE TABLE {images} (image text[])", {"images": RESOLVED_WITH}))
        with resolved(session, select) as text:
            pass
        session.execute(Statement("DROP TABLE {images}", {"images": RESOLVED_WITH}))
    return text
