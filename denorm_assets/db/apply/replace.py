"""Putting a new table or materialized view in the place of a read model's old one, while that goes on being read."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg import Rollback

from denorm_assets.db.apply.activate_version import count_held, put_in_place
from denorm_assets.db.apply.preserve_attributes import preserved_attributes, preserving_statements, require_unattached
from denorm_assets.db.capture.declared import require_captured
from denorm_assets.db.capture.install import capture_again, capturing_again, is_captured
from denorm_assets.db.compare.compare import compare
from denorm_assets.db.control.index_ownership import require_own_indexes, require_own_key_index
from denorm_assets.db.control.registry import registration, require_in_place
from denorm_assets.db.introspection.estimates import held_rows, index_seconds
from denorm_assets.db.plan.index_progress import progress_told
from denorm_assets.db.plan.make_way import depended_on, making_way, views_following
from denorm_assets.db.plan.table_diff import require_free
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import RebuildFailed, ReplaceBlocked
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import indexes, replacing, tables, views
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.1
_SNAPSHOT_PATIENCE = 60.0
"""Seconds to wait for transactions whose snapshot is older than the new content: they would see no rows in it."""


def replace_relation(
    database: Database, session: Session, system: System, described: DescribedModel, model_id: int
) -> None:
    """Build the read model anew beside the old one, filled, compared and indexed, and let it take the old one's name.

    The caller holds the drain lock. Capture has to be installed as the new kind needs it: what changes after the
    filling is then pending. Owner, rights and settings stay what they were. Left half-way, it is begun anew the next
    time. Raises ReplaceBlocked, RebuildFailed, or DependedOn where what is not ours would go with the old one.
    """
    described = _with_phase_indexes(system, described)
    beside = _beside(described, model_id)
    drop_leftover(session, system.name, beside.table)
    _require_free_names(session, described, beside)
    with session.transaction():
        for statement in _creation(beside):
            session.execute(statement)
        named = {"schema": beside.schema, "table": beside.model.name}
        session.execute(query("models", "build_beside", model_id=model_id, **named))
    filled = _fill(session, beside)
    _build_indexes(database, session, beside)
    # Not under the lock that readers wait for: it reads everything.
    held = count_held(session, system, beside)
    _wait_for_old_snapshots(session, described, filled.transaction_id)
    for attempt in retry_on_lock_timeout(session):
        with attempt, session.transaction():
            session.set_local(lock_timeout=session.short_lock_timeout)
            # Before the lock that readers wait for.
            captured = require_captured(session, described, model_id)
            _take_its_place(session, system, described, beside, model_id)
            capture_again(session, described.tables)
            session.execute(query("drains", "take_older", model_id=model_id, snapshot=filled.oldest))
            put_in_place(session, system, captured, held)
    _LOG.info("%s: %s was replaced by a %s", described.full_name, described.table, _kind_in_words(described))


def _with_phase_indexes(system: System, described: DescribedModel) -> DescribedModel:
    of_phases = [wanted for phase in system.phases for wanted in phase.indexes]
    indexes_there = tuple(w.index for w in of_phases if w.table.within(system.schema) == described.table)
    declared = (*described.model.indexes, *indexes_there)
    return replace(described, model=replace(described.model, indexes=declared))


def _beside(described: DescribedModel, model_id: int) -> DescribedModel:
    """The same read model under a name of its own, its indexes too."""
    name = beside_name(model_id)
    own = tuple(index.named(f"{name}_{n}") for n, index in enumerate(described.model.indexes))
    return replace(described, model=replace(described.model, name=name, indexes=own))


def beside_name(model_id: int) -> str:
    """Name of the relation that is built beside a read model."""
    return f"denorm_next_{model_id}"


def _require_free_names(session: Session, described: DescribedModel, beside: DescribedModel) -> None:
    """Raises NameTaken where something else has a name that the new relation needs, now or in its place."""
    require_own_indexes(session, described.table, described.model.indexes)
    needed = [partition.table.name for partition in beside.partitions]
    needed += [index.name_for(beside.model.name) for index in beside.model.indexes]
    if described.model.is_view:
        require_own_key_index(session, described)
        needed.append(views.key_index_name(beside.model.name))
    for name in needed:
        require_free(session, described.full_name, TableName(name, beside.schema))


def left_over(session: Session, system: str, relation: TableName) -> str | None:
    """The kind of what an interrupted replacement left there; None where nothing stands there.

    Raises NameTaken where that was not created by denorm-assets.
    """
    named = {"schema": relation.schema, "table": relation.name}
    found = session.row(query("replacing", "left_over", system=system, **named))
    if found is None:
        require_free(session, f"{system}/{relation.name}", relation)
        return None
    return str(found["kind"])


def drop_leftover(session: Session, system: str, relation: TableName) -> None:
    """Drop what an interrupted replacement left behind, if it did. Raises NameTaken."""
    with session.transaction():
        for statement in leftover_drop(session, system, relation):
            session.execute(statement)


def leftover_drop(session: Session, system: str, relation: TableName) -> list[Statement]:
    """What drops what an interrupted replacement left behind; nothing where it left nothing. Raises NameTaken."""
    kind = left_over(session, system, relation)
    if kind is None:
        return []
    named = {"schema": relation.schema, "table": relation.name}
    return [replacing.drop_relation(relation, kind), query("replacing", "forget_aside", system=system, **named)]


@dataclass(frozen=True)
class _Filled:
    """By which transaction the new relation was filled, and the oldest one that had not ended before."""

    transaction_id: str
    oldest: str


def _creation(beside: DescribedModel) -> list[Statement]:
    """What creates the new relation with the COMMENT that says whose it is."""
    if beside.model.is_view:
        return [views.create_view(beside), views.create_key_index(beside), views.comment_on_view(beside)]
    return [*tables.create_whole(beside, beside.partitions)]


def _filling(beside: DescribedModel) -> Statement:
    return views.refresh_view(beside, concurrently=False) if beside.model.is_view else batch.insert(beside, EVERY_ROW)


def _fill(session: Session, beside: DescribedModel) -> _Filled:
    """Fill and compare the new relation."""
    with session.snapshot():
        oldest: str = session.one(query("catalog", "snapshot"))["oldest"]
        session.execute(_filling(beside))
        comparison = None if beside.model.is_view else compare(session, beside, EVERY_ROW)
        if comparison is not None and not comparison.equal:
            raise RebuildFailed(beside.full_name, str(comparison))
        filled_by: str = session.one(query("catalog", "transaction_id"))["id"]
    session.execute(tables.analyze(beside))
    return _Filled(filled_by, oldest)


def _build_indexes(database: Database, session: Session, beside: DescribedModel) -> None:
    seconds = index_seconds(held_rows(session, beside.table))
    for index in beside.model.indexes:
        step = Step("index", index.name_for(beside.model.name), "create", Stage.BEFORE_LOAD, seconds=seconds)
        with progress_told(database, session, step), session.resolving():
            session.execute(indexes.create_index(beside.table, index, concurrently=False))


def _wait_for_old_snapshots(session: Session, described: DescribedModel, filled_by: str) -> None:
    deadline = time.monotonic() + _SNAPSHOT_PATIENCE
    running: list[str] = session.one(query("catalog", "running_transactions"))["running"]
    while older := session.row(query("catalog", "older_snapshot", transaction_id=filled_by, running=running)):
        if time.monotonic() > deadline:
            who = f"process {older['pid']} of {older['role']}{older['for_so_long']}"
            raise ReplaceBlocked(described.full_name, who)
        time.sleep(_POLL_SECONDS)


def taking_its_place(
    session: Session, described: DescribedModel, beside: DescribedModel, model_id: int
) -> list[Statement]:
    """What gives the new relation, which stands `beside`, the name of the old one, and all that people gave that.

    Raises DependedOn where what is not ours depends on the old one.
    """
    kind = "m" if described.model.is_view else "r"
    following = views_following(session, described)
    statements = making_way(session, described, model_id)
    statements.append(replacing.rename_relation(beside.table, kind, described.model.name))
    for old, new in zip(beside.partitions, described.partitions, strict=True):
        statements.append(replacing.rename_relation(old.table, "r", new.table.name))
        for row in session.rows(query("catalog", "indexes", schema=old.table.schema, table=old.table.name)):
            renamed = row["name"].replace(old.table.name, new.table.name, 1)
            statements.append(replacing.rename_index(described.schema, row["name"], renamed))
    statements += _renamed_indexes(session, described, beside)
    statements.append(views.comment_on_view(described) if kind == "m" else tables.comment_on_table(described))
    for final, standing in _standing(described, beside).items():
        before = preserved_attributes(session, final)
        if before is not None:
            statements += preserving_statements(
                session, final, kind if final == described.table else "r", before, standing
            )
    # With the rights that their owners have by then.
    return [*statements, *following]


def _standing(described: DescribedModel, beside: DescribedModel) -> dict[TableName, TableName]:
    """The relation and its partitions: the name that each gets -> the one under which it was created."""
    return dict(zip(described.tables, beside.tables, strict=True))


def _take_its_place(
    session: Session, system: System, described: DescribedModel, beside: DescribedModel, model_id: int
) -> None:
    held = session.one(query("catalog", "relation", schema=described.schema, table=described.model.name))
    if held["kind"] != "m":
        session.execute(replacing.lock_table(described.table))
    # It took a while to build the new one.
    require_in_place(session, described.full_name, described.table, registration(session, system, described.model))
    require_unattached(session, described)
    with depended_on(described):
        for statement in taking_its_place(session, described, beside, model_id):
            session.execute(statement)


def replacement_statements(
    session: Session, system: System, described: DescribedModel, model_id: int
) -> list[Statement]:
    """What `replace_relation` would run. Changes nothing; called within a transaction.

    Raises what `replace_relation` raises before it builds anything.
    """
    described = _with_phase_indexes(system, described)
    beside = _beside(described, model_id)
    leftover = leftover_drop(session, system.name, beside.table)
    built = [indexes.create_index(beside.table, each, concurrently=False) for each in beside.model.indexes]
    with _standing_beside(session, described, beside, leftover, built):
        place = taking_its_place(session, described, beside, model_id)
        captured = capturing_again(session, _standing(described, beside))
    return [*leftover, *_creation(beside), _filling(beside), *built, *place, *captured]


def recapture_statements(session: Session, system: System, described: DescribedModel, model_id: int) -> list[Statement]:
    """Statements that capture changes of a table that is created in the place of a read model's. Changes nothing."""
    # Only what is read by other read models is captured.
    if not any(is_captured(session, each) for each in described.tables):
        return []
    beside = _beside(described, model_id)
    leftover = leftover_drop(session, system.name, beside.table)
    with _standing_beside(session, described, beside, leftover, ()):
        return capturing_again(session, _standing(described, beside))


@contextmanager
def _standing_beside(
    session: Session,
    described: DescribedModel,
    beside: DescribedModel,
    leftover: Sequence[Statement],
    built: Sequence[Statement],
) -> Generator[None]:
    """For the block, the new relation is there, empty: what the catalog says of it decides what else runs."""
    with session.transaction():
        for statement in leftover:
            session.execute(statement)
        _require_free_names(session, described, beside)
        for statement in _creation(beside):
            session.execute(statement)
        # Terms of indexes are written by people.
        with session.resolving():
            for statement in built:
                session.execute(statement)
        yield
        raise Rollback


def _renamed_indexes(session: Session, described: DescribedModel, beside: DescribedModel) -> list[Statement]:
    schema, statements = described.schema, list[Statement]()
    new_names = {
        own.name_for(beside.model.name): index.name_for(described.model.name)
        for own, index in zip(beside.model.indexes, described.model.indexes, strict=True)
    }
    for row in session.rows(query("catalog", "indexes", schema=schema, table=beside.model.name)):
        new = new_names.get(row["name"], views.key_index_name(described.model.name))
        statements.append(replacing.rename_index(schema, row["name"], new))
    return [*statements, *(indexes.comment_on_index(described.table, index) for index in described.model.indexes)]


def _kind_in_words(described: DescribedModel) -> str:
    return "materialized view" if described.model.is_view else "table"
