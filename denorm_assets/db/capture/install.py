"""Installing capture: triggers that log what changes in a read model's sources, and what each change affects."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from denorm_assets.db.capture.expansions import clock_text, estimated_texts, expansion_text, recompute_text
from denorm_assets.db.capture.objects import NO_NEEDS, Declared, Making, Needs, Wanted, making, needs_of, wanted
from denorm_assets.db.capture.redefinitions import note_calls
from denorm_assets.db.capture.state import trigger_states
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.registry import set_state
from denorm_assets.db.introspection.reach.shape import source_columns
from denorm_assets.db.introspection.row_security import note_row_security
from denorm_assets.db.introspection.sources import Sources, model_sources
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege, NotApplied, SubscribedSource
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.affected_anchors import logged_columns
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement

_LOG = logging.getLogger(__name__)


def install_capture(
    session: Session,
    described: DescribedModel,
    sources: Sources,
    model_id: int,
    *,
    needs: Mapping[TableName, Needs] = NO_NEEDS,
    serves_old: bool = False,
) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through. What is installed already is left alone. A
    source whose triggers were lost, or whose triggers or function somebody edited, may have changed unseen: all its
    read models are then refreshed as a whole. `needs` is what others need of the sources that are installed next, so
    that the function of each is made once.

    With `serves_old` the table holds what an older version yields, which stays registered until it is rebuilt. Once
    changes are expanded for the new version, nobody can keep the old one fresh: where people read it, it then needs a
    rebuild, and drivers leave it alone.
    """
    own = needs_of([(described, sources)])
    retry_on_lock_timeout(session)(note_calls, session, described, sources, model_id)
    if not serves_old or not isinstance(described.model.refresh, Realtime):
        adopt_recompute(session, described, model_id)
    keep_clock(session, described, sources, model_id)
    source_ids: list[int] = []
    for source in sources.watched:
        others = needs.get(source, Needs())
        source_id, changed = retry_on_lock_timeout(session)(
            _install_source, session, described, model_id, source, sources, own[source], others, serves_old=serves_old
        )
        source_ids.append(source_id)
        if changed:
            _LOG.info("capture on %s: installed", source)
    retry_on_lock_timeout(session)(_depend_no_more, session, described, model_id, source_ids, serves_old=serves_old)


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


def keep_clock(session: Session, described: DescribedModel, sources: Sources, model_id: int) -> None:
    """Write down what moving the stored time alters, where the read model has one."""
    if sources.clock is not None:
        expansion = clock_text(session, described, sources)
        session.execute(query("clocks", "keep", model_id=model_id, expansion=expansion))


def adopt_recompute(session: Session, described: DescribedModel, model_id: int) -> None:
    """Have writing transactions recompute by the present definition, or not at all where that is not asked for."""
    texts = {"recompute": recompute_text(described), "estimated": estimated_texts(described)}
    session.execute(query("sources", "recompute_with", model_id=model_id, **texts))


def require_capturable(session: Session, described: DescribedModel) -> Sources:
    """What the read model reads. Raises MissingPrivilege where we may not make triggers there."""
    sources = model_sources(session, described)
    require_triggers(session, sources.watched)
    return sources


def require_triggers(session: Session, sources: Iterable[TableName]) -> None:
    """Raises MissingPrivilege where we may not create triggers on one of `sources`."""
    for source in sources:
        if session.one(query("sources", "may_have_triggers", schema=source.schema, table=source.name))["denied"]:
            raise MissingPrivilege(
                session.role, f"permission denied for table {source.name}, on which it needs TRIGGER"
            )


def require_replication_seen(session: Session, declared: Iterable[Declared]) -> None:
    """Raises SubscribedSource where a subscription writes to a source and no trigger of ours may fire for that."""
    ids = dict.fromkeys((source for _, sources in declared for source in sources.watched), 0)
    if control_schema.installed(session):
        named = {"schemas": [source.schema for source in ids], "tables": [source.name for source in ids]}
        rows = session.rows(query("sources", "ids", **named))
        ids |= {TableName(row["name"], row["schema"]): row["id"] for row in rows}
    for trigger in (trigger for triggers in trigger_states(session, ids).values() for trigger in triggers):
        if trigger.state != "installed" and trigger.only_owner is not None:
            raise SubscribedSource(str(trigger.subscription), str(trigger.table), trigger.only_owner, session.role)


def _claimed(session: Session, source: TableName) -> Mapping[str, Any]:
    """The source's row, held: an apply of another read model at the same moment adds columns after ours, or before."""
    named = {"schema": source.schema, "table": source.name}
    session.execute(query("sources", "claim", **named))
    session.execute(query("sources", "hold", **named))
    return session.one(query("sources", "find", **named))


def _install_source(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
    own: Needs,
    others: Needs,
    *,
    serves_old: bool,
) -> tuple[int, bool]:
    named, types = {"schema": source.schema, "table": source.name}, sources.columns[source]
    with session.transaction():
        session.set_local(lock_timeout=session.short_lock_timeout)
        known = _claimed(session, source)
        all_of_it, of_it = wanted(known, others | own, types), wanted(known, own, types)
        columns = {"logged": list(all_of_it.needs.logged), "compared": list(all_of_it.needs.compared)}
        shape = session.one(query("sources", "fingerprint", columns=columns["compared"], **named))
        session.execute(query("sources", "register", fingerprint=shape["fingerprint"], **columns, **named))
        made = _make(session, source, all_of_it)
        session.execute(query("sources", "note_signature", source_id=all_of_it.source_id))
        outdated = made.function == "outdated"
        unseen = made.function == "edited" or any(not (outdated and trigger.never_made) for trigger in made.lost)
        # What only others need says nothing of the rows of this one.
        depends = replace(all_of_it, holds_all=of_it.holds_all)
        _depend(session, described, model_id, source, sources, depends, unseen=unseen, serves_old=serves_old)
    return all_of_it.source_id, bool(made.lost) or made.function != "installed"


def _make(session: Session, source: TableName, wanted: Wanted) -> Making:
    """Make the capture function and its triggers; returns the states in which they were."""
    made = making(session, source, wanted)
    for statement in made.statements:
        session.execute(statement)
    return made


def capture_again(session: Session, replaced: Sequence[TableName]) -> None:
    """Have relations that took the place of read models' own log their changes, for whoever reads them.

    In the transaction in which they do so. What reads them is stale: nothing tells how they differ from what was there.
    Where columns changed that it uses, their fingerprint stays the one of before, by which that is noticed.
    """
    for source in replaced:
        session.execute(query("sources", "hold", schema=source.schema, table=source.name))
    for statement in capturing_again(session, {source: source for source in replaced}):
        session.execute(statement)


def is_captured(session: Session, table: TableName) -> bool:
    """Whether changes of a table are logged for a read model or cache that reads it."""
    return session.row(query("sources", "find", schema=table.schema, table=table.name)) is not None


def capturing_again(session: Session, replaced: Mapping[TableName, TableName]) -> list[Statement]:
    """What `capture_again` runs for relations that still have other names: the final one -> the one of now."""
    statements: list[Statement] = []
    for source, standing in replaced.items():
        named = {"schema": source.schema, "table": source.name}
        known = session.row(query("sources", "find", **named))
        if known is not None:
            does = wanted(known, Needs(), source_columns(session, [standing])[standing])
            statements.append(query("sources", "take_place", **named))
            statements += making(session, standing, does, replaced).statements
            statements.append(query("sources", "log_everything", **named))
    return statements


def _depend(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
    wanted: Wanted,
    *,
    unseen: bool,
    serves_old: bool,
) -> None:
    """Write down what changes of the source affect, and doubt the rows that were computed before that was so.

    `unseen` says that capture missed changes: the rows of all who depend on the source are then in doubt.
    """
    depends = _dependency(session, described, model_id, source, sources, wanted.source_id, wanted.needs.logged)
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


def _dependency(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
    source_id: int,
    logged: Sequence[str],
) -> dict[str, object]:
    """What is written down of a source that a read model or cache reads; `logged` are the columns of an image."""
    return {
        "model_id": model_id,
        "source_id": source_id,
        "expansion": expansion_text(session, described, sources, source, logged),
        "columns": sorted({*sources.used.get(source, ()), *logged_columns(sources.paths, source)}),
        "named": source in sources.named,
    }


def name_again(session: Session, described: DescribedModel, sources: Sources, model_id: int) -> None:
    """Write down what changes of captured sources affect, once tables have other names; no row is in doubt for that.

    In the transaction that renames them.
    """
    note_calls(session, described, sources, model_id)
    adopt_recompute(session, described, model_id)
    keep_clock(session, described, sources, model_id)
    for source in sources.watched:
        known = session.row(query("sources", "find", schema=source.schema, table=source.name))
        if known is not None:
            named = _dependency(session, described, model_id, source, sources, known["id"], known["logged_columns"])
            session.execute(query("sources", "depend", **named))


def _is_read(described: DescribedModel, registered: Mapping[str, Any], *, serves_old: bool) -> bool:
    """Whether people read another version. Raises NotApplied where one is registered that nobody spoke of."""
    if registered["code_version"] == described.code_version:
        return False
    if not registered["served"] and not serves_old:
        # Another apply, of another version, is under way: what it installs is not ours to take away.
        raise NotApplied(f"the present version of {described.full_name}")
    return bool(registered["served"])
