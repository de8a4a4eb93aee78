"""Installing capture: triggers that log what changes in a read model's sources, and what each change affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db import control_schema
from denorm_assets.db.capture_state import TriggerState, function_state, trigger_states
from denorm_assets.db.expansions import estimated_texts, expansion_text, recompute_text
from denorm_assets.db.redefinitions import note_calls
from denorm_assets.db.registry import set_state
from denorm_assets.db.render import show
from denorm_assets.db.row_security import note_row_security
from denorm_assets.db.session import Session
from denorm_assets.db.sources import Sources, model_sources, source_columns
from denorm_assets.db.waiting import trying_again
from denorm_assets.errors import MissingPrivilege, NotApplied, SubscribedSource
from denorm_assets.model.catalog_object import State
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture
from denorm_assets.sql.capture_triggers import install_trigger
from denorm_assets.sql.control import query
from denorm_assets.sql.expansion import logged_columns
from denorm_assets.sql.statement import Statement


def install_capture(
    session: Session, described: DescribedModel, model_id: int, log: Callable[[str], None], *, serves_old: bool = False
) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through. What is installed already is left alone. A
    source whose triggers were lost, or whose triggers or function somebody edited, may have changed unseen: all its
    read models are then refreshed as a whole.

    With `serves_old` the table holds what an older version yields, which stays registered until it is rebuilt. Once
    changes are expanded for the new version, nobody can keep the old one fresh: where people read it, it then needs a
    rebuild, and drivers leave it alone.
    """
    sources = model_sources(session, described)
    trying_again(session)(note_calls, session, described, model_id)
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
    trying_again(session)(_depend_no_more, session, described, model_id, source_ids, serves_old=serves_old)


def _depend_no_more(
    session: Session, described: DescribedModel, model_id: int, source_ids: Sequence[int], *, serves_old: bool
) -> None:
    with session.transaction():
        registered = session.one(query("models", "hold", model_id=model_id))
        people_read_old = _is_read(described, registered, serves_old=serves_old)
        given_up = session.execute(query("sources", "depends_no_more", model_id=model_id, source_ids=list(source_ids)))
        if given_up and people_read_old:
            set_state(session, model_id, "needs_rebuild")
        note_row_security(session, model_id)


def adopt_recompute(session: Session, described: DescribedModel, model_id: int) -> None:
    """Have writing transactions recompute by the present definition, or not at all where that is not asked for."""
    texts = {"recompute": recompute_text(described), "estimated": estimated_texts(described)}
    session.execute(query("sources", "recompute_with", model_id=model_id, **texts))


def require_capturable(session: Session, described: DescribedModel) -> Sources:
    """What the read model reads. Raises MissingPrivilege where we may not make triggers there, or SubscribedSource."""
    sources = model_sources(session, described)
    require_replication_seen(session, sources)
    for source in sources.watched:
        if session.one(query("sources", "may_have_triggers", schema=source.schema, table=source.name))["denied"]:
            raise MissingPrivilege(
                session.role, f"permission denied for table {source.name}, on which it needs TRIGGER"
            )
    return sources


def require_replication_seen(session: Session, sources: Sources) -> None:
    """Raises SubscribedSource where a subscription writes to a source and no trigger of ours may fire for that."""
    registered = control_schema.installed(session)
    for source in sources.watched:
        named = {"schema": source.schema, "table": source.name}
        known = session.row(query("sources", "find", **named)) if registered else None
        source_id = known["id"] if known is not None else 0
        for trigger in trigger_states(session, {source: source_id}).get(source_id, []):
            if trigger.state != "installed" and trigger.only_owner is not None:
                raise SubscribedSource(str(trigger.subscription), str(trigger.table), trigger.only_owner, session.role)


@dataclass(frozen=True)
class _Wanted:
    """What a source's capture function has to do.

    Attributes:
        holds_all: whether it logs and compares these columns already.
        changed: whether the table, its columns or its partitions are others than those that capture was installed on.
    """

    source_id: int
    logged: tuple[str, ...]
    compared: tuple[str, ...]
    types: Mapping[str, str]
    realtime: bool
    holds_all: bool
    changed: bool


def _wanted(session: Session, described: DescribedModel, source: TableName, sources: Sources) -> _Wanted:
    """Holds the source's row: an apply of another read model at the same moment adds columns after ours, or before."""
    named = {"schema": source.schema, "table": source.name}
    session.execute(query("sources", "claim", **named))
    session.execute(query("sources", "hold", **named))
    known = session.one(query("sources", "find", **named))
    held_logged: list[str] = known["logged_columns"]
    held_compared: list[str] = known["compared_columns"]
    # Columns are only ever added at the end: images logged before keep their meaning.
    logged = tuple(dict.fromkeys([*held_logged, *logged_columns(sources.paths, source)]))
    compared = tuple(dict.fromkeys([*held_compared, *sources.used.get(source, ()), *logged]))
    return _Wanted(
        known["id"],
        logged,
        compared,
        sources.columns[source],
        realtime=isinstance(described.model.refresh, Realtime) or known["realtime"],
        holds_all=(list(logged), list(compared)) == (held_logged, held_compared),
        changed=known["changed"],
    )


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
        state, lost = _make_triggers(session, source, wanted)
        session.execute(query("sources", "note_signature", source_id=wanted.source_id))
        unseen = state == "edited" or any(not (state == "outdated" and trigger.never_made) for trigger in lost)
        _depend(session, described, model_id, source, sources, wanted, unseen=unseen, serves_old=serves_old)
    return wanted.source_id, bool(lost) or state != "installed"


def _make_triggers(session: Session, source: TableName, wanted: _Wanted) -> tuple[State, list[TriggerState]]:
    """Make the capture function and its triggers; returns the state that it was in, and the triggers that were lost."""
    source_id, function = wanted.source_id, _function(wanted)
    state = function_state(session, source_id, show(function))
    if state != "installed":
        session.execute(function)
        session.execute(capture.close_function(source_id))
        session.execute(capture.comment_on_function(source_id, show(function)))
    triggers = trigger_states(session, {source: source_id}).get(source_id, [])
    lost = [trigger for trigger in triggers if trigger.state != "installed"]
    # Making a trigger again waits for those who write now, and so log as the function was before.
    for trigger in lost if wanted.holds_all and state != "edited" else triggers:
        if trigger.state != "installed" or trigger.only_owner is None:
            for statement in install_trigger(trigger.table, source_id, trigger.event, trigger.name, trigger.enabled):
                session.execute(statement)
    return state, lost


def capture_again(session: Session, replaced: Sequence[TableName]) -> None:
    """Have relations that took the place of read models' own log their changes, for whoever reads them.

    In the transaction in which they do so. What reads them is stale: nothing tells how they differ from what was there.
    Where columns changed that it uses, their fingerprint stays the one of before, by which that is noticed.
    """
    for source in replaced:
        named = {"schema": source.schema, "table": source.name}
        session.execute(query("sources", "hold", **named))
        known = session.row(query("sources", "find", **named))
        if known is None:
            continue
        logged, compared = tuple(known["logged_columns"]), tuple(known["compared_columns"])
        types = source_columns(session, [source])[source]
        wanted = _Wanted(known["id"], logged, compared, types, known["realtime"], holds_all=True, changed=True)
        session.execute(query("sources", "take_place", **named))
        _make_triggers(session, source, wanted)
        session.execute(query("sources", "log_everything", **named))


def _depend(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
    wanted: _Wanted,
    *,
    unseen: bool,
    serves_old: bool,
) -> None:
    """Write down what changes of the source affect, and doubt the rows that were computed before that was so.

    `unseen` says that capture missed changes: the rows of all who depend on the source are then in doubt.
    """
    text = expansion_text(session, described, sources, source, wanted.logged)
    used = sorted({*sources.used.get(source, ()), *logged_columns(sources.paths, source)})
    depends = {"model_id": model_id, "source_id": wanted.source_id, "expansion": text, "columns": used}
    dependents = session.rows(query("sources", "hold_dependents", model_id=model_id, source_id=wanted.source_id))
    registered = next(row for row in dependents if row["model_id"] == model_id)
    people_read_old = _is_read(described, registered, serves_old=serves_old)
    otherwise = session.one(query("sources", "expands_otherwise", **depends))["otherwise"]
    session.execute(query("sources", "depend", **depends))
    if otherwise and people_read_old:
        set_state(session, model_id, "needs_rebuild")
    # Rows that a column decides that was not captured until now, such as one more of a row that is read as a whole.
    unwatched = not wanted.holds_all and registered["code_version"] == described.code_version
    own = otherwise or unwatched
    doubted = [row for row in dependents if unseen or wanted.changed or (own and row["model_id"] == model_id)]
    # What people read is recomputed as a whole; what is being loaded is compared again, range by range.
    served = [row["model_id"] for row in doubted if row["served"]]
    session.execute(query("sources", "make_all_stale", model_ids=served))
    loaded = [row["model_id"] for row in doubted if not row["served"]]
    session.execute(query("models", "forget_loaded", model_ids=loaded))


def _is_read(described: DescribedModel, registered: Mapping[str, Any], *, serves_old: bool) -> bool:
    """Whether people read another version. Raises NotApplied where one is registered that nobody spoke of."""
    if registered["code_version"] == described.code_version:
        return False
    if not registered["served"] and not serves_old:
        # Another apply, of another version, is under way: what it installs is not ours to take away.
        raise NotApplied(f"the present version of {described.full_name}")
    return bool(registered["served"])


def _function(wanted: _Wanted) -> Statement:
    return capture.create_function(
        wanted.source_id, wanted.logged, wanted.compared, wanted.types, realtime=wanted.realtime
    )
