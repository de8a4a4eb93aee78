"""Renaming read models, or moving them to another system or schema: one transaction, in which no row is written."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from denorm_assets.db.apply.renaming.carried import (
    carry_over,
    move_registration,
    move_sources,
    registered_tree,
    require_nothing_else,
)
from denorm_assets.db.apply.renaming.objects import STAND_IN, rename_steps, tables_of
from denorm_assets.db.apply.renaming.scope import Scope, read_ids, scope_of
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.declarations import note_applied
from denorm_assets.db.control.locks import (
    Lock,
    drain_lock,
    ensure,
    finishing_lock,
    held_words,
    holder,
    ranges_lock,
    reconcile_lock,
    shares,
    work_lock,
)
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import ask_until, retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.step import Step
from denorm_assets.sql.versions import range_set_name

_LOG = logging.getLogger(__name__)

Pairs = Sequence[tuple[str, str]]
"""What is renamed: its name as it was applied, and as it is declared."""


def plan_rename(database: Database, systems: Sequence[System], pairs: Pairs) -> list[Step]:
    """What `rename` would do; `systems` are all that are declared. Changes nothing.

    Raises what `rename` raises before it changes anything, but not what only the renamed tables show: whether the
    definitions of readers say what they said.
    """
    with database.session() as session:
        return rename_steps(session, scope_of(session, systems, pairs))


def rename(database: Database, systems: Sequence[System], pairs: Pairs) -> list[Step]:
    """Give read models the names, systems and schemas under which they are declared; returns the steps.

    All in one transaction: killed at any moment, everything has its old name, or its new one. Doing it twice does
    nothing. Raises UnknownName, NotApplied, ConfigurationError, RenameRefused, NameTaken, DefinitionError,
    MissingPrivilege or LockHeld, with nothing changed.
    """
    with database.session() as session:
        if not scope_of(session, systems, pairs).affected:
            return []
        control_schema.migrate_told(session)
        steps = ask_until(
            lambda: retry_on_lock_timeout(session)(_attempt, session, systems, pairs),
            lambda: _held_up(session, systems, pairs),
        )
    for step in steps:
        _LOG.info("%s", step)
    return steps


def _locks(scope: Scope) -> dict[Lock, str]:
    """The locks of those who write rows, build indexes, add ranges or change tables -> what their holder does."""
    locks: dict[Lock, str] = {}
    for each in scope.affected:
        name, model_id = each.held.full_name, each.held.model_id
        locks[drain_lock(model_id)] = f"{name}: a refresh is under way"
        if each.is_renamed:
            locks[finishing_lock(model_id)] = f"{name}: its indexes are being built"
            locks[reconcile_lock(model_id)] = f"{name}: a reconciliation is under way"
            for system in (each.held.system, each.system.name):
                locks[work_lock(system)] = f"{system}: another process changes its tables"
        for range_set in {each.held.range_set, range_set_name(each.system, each.model)} - {""}:
            locks[ranges_lock(range_set)] = f"{range_set}: another process adds ranges"
    return locks


def _held_up(session: Session, systems: Sequence[System], pairs: Pairs) -> str:
    locks = _locks(scope_of(session, systems, pairs))
    taken = [held_words(session, lock, why) for lock, why in locks.items() if holder(session, lock) is not None]
    return taken[0] if taken else "another process is at work on what is renamed"


def _attempt(session: Session, systems: Sequence[System], pairs: Pairs) -> list[Step] | None:
    """Rename, unless somebody is at work on what is renamed: None, with nothing changed."""
    locks = _locks(scope_of(session, systems, pairs))
    for lock in locks:
        ensure(session, lock)
    with session.transaction():
        if all(shares(session, lock) for lock in locks):
            # Another process may have been faster.
            scope = scope_of(session, systems, pairs)
            if locks.keys() >= _locks(scope).keys():
                return _run(session, systems, scope)
    return None


def _run(session: Session, systems: Sequence[System], scope: Scope) -> list[Step]:
    session.set_local(lock_timeout=session.short_lock_timeout)
    session.execute(query("renaming", "hold_dispatch"))
    for each in scope.affected:
        session.execute(query("models", "hold", model_id=each.held.model_id))
    steps = rename_steps(session, scope)
    stand_ins = [step for step in steps if step.kind == STAND_IN]
    _, late = read_ids(session, scope)
    tables = {now: to for each in scope.renamed for now, to in tables_of(session, each).items() if now != to}
    trees = {each.held.model_id: registered_tree(session, each) for each in scope.affected}
    for each in scope.renamed:
        move_registration(session, each)
    move_sources(session, tables)
    described: dict[int, DescribedModel] = {}
    for stand_in in stand_ins:
        session.execute(stand_in.statements[0])
    for each in (each for each in scope.affected if each.held.model_id not in late):
        described[each.held.model_id] = carry_over(session, each, tables)
    for stand_in in stand_ins:
        session.execute(stand_in.statements[1])
    # From here on readers wait.
    for statement in (statement for step in steps if step not in stand_ins for statement in step.statements):
        session.execute(statement)
    for each in (each for each in scope.affected if each.held.model_id in late):
        described[each.held.model_id] = carry_over(session, each, tables)
    for each in scope.affected:
        require_nothing_else(session, each, described[each.held.model_id], trees[each.held.model_id])
    names = {name for each in scope.affected for name in (each.held.system, each.system.name)}
    for system in (system for system in systems if system.name in names):
        note_applied(session, system)
    return steps
