"""Installing capture: triggers that log what changes in a read model's sources, and what each change affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from denorm_assets.db.render import show
from denorm_assets.db.session import Session
from denorm_assets.db.sources import Sources, model_sources, source_members
from denorm_assets.db.waiting import SHORT_LOCK_TIMEOUT, trying_again
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture
from denorm_assets.sql.control import query
from denorm_assets.sql.expansion import IMAGES, expansion, logged_columns
from denorm_assets.sql.realtime import recompute
from denorm_assets.sql.statement import Raw, Statement, name


def install_capture(session: Session, described: DescribedModel, model_id: int, log: Callable[[str], None]) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through. What is installed already is left alone. A
    source whose triggers had been lost may have changed unseen: all its read models are then refreshed as a whole.
    """
    sources = model_sources(session, described)
    session.execute(
        query("sources", "recompute_with", model_id=model_id, recompute=_recompute_text(session, described))
    )
    source_ids: list[int] = []
    for source in sources.watched:
        source_id, changed = trying_again(session)(_install_source, session, described, model_id, source, sources)
        source_ids.append(source_id)
        if changed:
            log(f"capture on {source}: installed")
    session.execute(query("sources", "depends_no_more", model_id=model_id, source_ids=source_ids))


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
            or _function_differs(session, wanted)
            or bool(_missing_triggers(session, source))
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
    session: Session, described: DescribedModel, model_id: int, source: TableName, sources: Sources
) -> tuple[int, bool]:
    named = {"schema": source.schema, "table": source.name}
    with session.transaction():
        session.set_local(lock_timeout=SHORT_LOCK_TIMEOUT)
        wanted = _wanted(session, described, source, sources)
        shape = session.one(query("sources", "fingerprint", columns=list(wanted.compared), **named))
        columns = {"logged": list(wanted.logged), "compared": list(wanted.compared)}
        session.execute(query("sources", "register", fingerprint=shape["fingerprint"], **columns, **named))
        source_id: int = session.one(query("sources", "find", **named))["id"]
        wanted = replace(wanted, source_id=source_id)
        changed = _function_differs(session, wanted)
        if changed:
            function = _function(wanted)
            session.execute(function)
            session.execute(capture.comment_on_function(source_id, show(function)))
        missing = _missing_triggers(session, source)
        # Making a trigger again waits for those who write now, and so log as the function was before.
        for member, event in missing if wanted.holds_all else _all_triggers(session, source):
            session.execute(capture.create_trigger(member, source_id, event))
        text = None
        if not described.model.is_view:
            expanding = expansion(sources.paths, source, wanted.logged, sources.columns[source], described.anchor.type)
            text = _with_schemas(session, expanding)
        session.execute(query("sources", "depend", model_id=model_id, source_id=source_id, expansion=text))
        if missing:
            session.execute(query("sources", "doubt", source_id=source_id))
    return source_id, changed or bool(missing)


def _function(wanted: _Wanted) -> Statement:
    assert wanted.source_id is not None, "a source is registered before its function is made"
    return capture.create_function(
        wanted.source_id, wanted.logged, wanted.compared, wanted.types, realtime=wanted.realtime
    )


def _function_differs(session: Session, wanted: _Wanted) -> bool:
    """Whether the installed capture function is not the wanted one, as its COMMENT and its text say."""
    assert wanted.source_id is not None, "a source is registered before its function is made"
    named = session.row(query("sources", "function_comment", name=capture.function_name(wanted.source_id)))
    return named is None or named["comment"] != capture.function_comment(show(_function(wanted)))


def _missing_triggers(session: Session, source: TableName) -> list[tuple[TableName, str]]:
    """Tables and events without a trigger that fires: a statement on a partition fires that partition's only."""
    installed: set[tuple[TableName, str]] = set()
    for member in source_members(session, [source])[source]:
        rows = session.rows(query("sources", "triggers", schema=member.schema, table=member.name))
        installed |= {(member, row["name"]) for row in rows if row["enabled"]}
    return [
        (member, event)
        for member, event in _all_triggers(session, source)
        if (member, capture.trigger_name(event)) not in installed
    ]


def _all_triggers(session: Session, source: TableName) -> list[tuple[TableName, str]]:
    return [(member, event) for member in source_members(session, [source])[source] for event in capture.EVENTS]


def _recompute_text(session: Session, described: DescribedModel) -> str | None:
    """The statement by which the writing transaction makes anchors right; None for what is not kept in real time."""
    if not isinstance(described.model.refresh, Realtime):
        return None
    definition = _with_schemas(session, Statement("{text}", {"text": Raw(described.definition)}))
    return show(recompute(replace(described, definition=definition)))


def _with_schemas(session: Session, select: Statement) -> str:
    """The text of `select` as PostgreSQL prints it, with the schemas of all names: triggers have no search path.

    An operator found in `public` (of citext, say) would there be another one, or none.
    """
    with session.transaction():
        session.execute(Statement("CREATE TEMPORARY TABLE {images} (image text[])", {"images": name(IMAGES)}))
        session.execute(Statement("CREATE TEMPORARY VIEW denorm_printed AS\n{select}", {"select": select}))
        text: str = session.one(query("sources", "print_view"))["text"]
        session.execute(Statement("DROP VIEW denorm_printed"))
        session.execute(Statement("DROP TABLE pg_temp.{images}", {"images": name(IMAGES)}))
    return text
