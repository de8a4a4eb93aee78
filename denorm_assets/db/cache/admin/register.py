"""Caches as the control schema knows them: like a read model whose anchor is the owner, but without a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from denorm_assets.db.capture.declared import require_captured
from denorm_assets.db.capture.install import install_capture, require_capturable, require_replication_seen
from denorm_assets.db.capture.objects import NO_NEEDS, Needs
from denorm_assets.db.capture.redefinitions import note_calls
from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.row_security import require_all_rows
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, DenormError, NotApplied
from denorm_assets.model.cached_set import Cache, CachedCount, CachedSet, as_read_model
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.ids import IdKind
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.caches import counts_members
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.versions import cache_version


@dataclass(frozen=True)
class CacheRegistration:
    """What the control schema says of a cache.

    Attributes:
        counts_members: it is the count of a cached set's members, to which clients add.
        generation: what was loaded in an earlier one is void.
        state: live, or needs_rebuild once a source changed its shape; nobody trusts the cache until that is taken
            back, or `apply` ran.
        definition: with all names resolved; None where an older release registered it.
    """

    model_id: int
    code_version: str
    counts_members: bool
    generation: int
    state: str
    definition: str | None


def describe_cache(session: Session, system: System, cache: Cache) -> DescribedModel:
    """What `cache` is in this database. Raises DefinitionError, also where IDs are not of the declared kinds."""
    described = describe(session, system, as_read_model(cache), cache_version(system, cache))
    # Changes lead to owners, and time alone is no change.
    described = replace(described, anchored_by=(cache.owner,), at_clock=None, narrowed=None)
    _require_kind(cache, described, cache.owner, "owner_ids", cache.owner_ids)
    if isinstance(cache, CachedSet):
        _require_kind(cache, described, cache.member, "member_ids", cache.member_ids)
    elif cache.count not in described.column_names:
        raise DefinitionError(
            cache.definition.path,
            None,
            f"it has no column {cache.count}, which `count` at {cache.location} names",
            "Select it, or correct the declaration",
        )
    elif cache.of is not None:
        _require_count_of(cache, system.cache(cache.of))
    return described


def cache_registrations(session: Session, system: System) -> dict[str, CacheRegistration]:
    """The registered caches of `system` by name."""
    if not control_schema.installed(session):
        return {}
    rows = session.rows(query("caches", "of_system", system=system.name))
    return {row.pop("name"): CacheRegistration(**row) for row in rows}


def cache_registration(session: Session, system: System, cache: Cache) -> CacheRegistration:
    """The registration of `cache` as it is declared now. Raises NotApplied."""
    found = cache_registrations(session, system).get(cache.name)
    if found is None or found.code_version != cache_version(system, cache):
        raise NotApplied(f"{'the present version of ' if found else ''}{system.name}/{cache.name}")
    return found


def install_caches(database: Database, system: System, needs: Mapping[TableName, Needs] = NO_NEEDS) -> list[Step]:
    """Register the caches of `system` and have changes of their sources logged; returns the steps.

    `needs` is what all of the system needs of capture on its sources. Doing it twice does nothing. Raises
    DefinitionError, RowsHidden or MissingPrivilege with nothing changed.
    """
    if not system.caches:
        return []
    with database.session(system.schema) as session:
        described = [describe_cache(session, system, cache) for cache in system.caches]
        require_all_rows(session, system, [each.model for each in described])
        declared = [(each, require_capturable(session, each)) for each in described]
        require_replication_seen(session, declared)
        steps = plan_caches(session, system)
        retry_on_lock_timeout(session)(_register, session, system, described)
        registered = cache_registrations(session, system)
        for each, sources in declared:
            model_id = registered[each.model.name].model_id
            install_capture(session, each, sources, model_id, needs=needs)
            retry_on_lock_timeout(session)(_go_live, session, each, model_id)
    return steps


def heal_cache(session: Session, system: System, cache: Cache) -> None:
    """Trust a cache again whose sources had changed their shape and are what they were; else leave it as it is.

    What Redis holds of it is void.
    """
    found = cache_registrations(session, system).get(cache.name)
    if found is None or found.state != "needs_rebuild" or found.code_version != cache_version(system, cache):
        return
    if all(change.is_view for change in changed_sources(session, found.model_id)):
        with suppress(DenormError, *TRANSIENT):
            _go_live(session, describe_cache(session, system, cache), found.model_id)


def _go_live(session: Session, described: DescribedModel, model_id: int) -> None:
    with session.transaction():
        session.set_local(lock_timeout=session.yielding_lock_timeout)
        session.execute(query("sources", "no_longer_broken", model_id=model_id))
        sources = model_sources(session, described)
        note_calls(session, described, sources, model_id)
        require_captured(session, described, model_id, sources)
        version = described.code_version
        session.execute(query("caches", "go_live", model_id=model_id, code_version=version))


def plan_caches(session: Session, system: System) -> list[Step]:
    """Steps that register caches."""
    registered = cache_registrations(session, system)
    steps: list[Step] = []
    for cache in system.caches:
        found = registered.get(cache.name)
        declared = (cache_version(system, cache), _counts_members(cache), "live")
        current = found is not None and (found.code_version, found.counts_members, found.state) == declared
        action = "keep" if current else "create" if found is None else "adopt"
        steps.append(Step("cache", f"{system.name}/{cache.name}", action, Stage.BEFORE_LOAD))
    return steps


def undeclared_caches(session: Session, system: System) -> list[Step]:
    """Steps that forget caches that are no longer declared; what Redis holds of them expires, and nobody reads it."""
    declared = {cache.name for cache in system.caches}
    return [
        Step(
            "cache",
            f"{system.name}/{name}",
            "drop",
            Stage.BEFORE_LOAD,
            "",
            (query("caches", "forget", model_id=found.model_id),),
            loses="what Redis holds, which the application reads" if found.state == "live" else "",
        )
        for name, found in cache_registrations(session, system).items()
        if name not in declared
    ]


def _register(session: Session, system: System, described: Sequence[DescribedModel]) -> None:
    with session.transaction():
        control_schema.migrate(session)
        for cache, each in zip(system.caches, described, strict=True):
            session.execute(
                query(
                    "caches",
                    "declare",
                    system=each.system,
                    name=each.model.name,
                    table_schema=each.schema,
                    code_version=each.code_version,
                    columns=list(each.column_names),
                    definition=each.definition,
                    counts_members=_counts_members(cache),
                )
            )


def _counts_members(cache: Cache) -> bool:
    return isinstance(cache, CachedCount) and cache.of is not None


def _require_count_of(cache: CachedCount, of: Cache) -> None:
    """Clients add one for each member, and the keeper takes that for counted. Raises DefinitionError."""
    if not isinstance(of, CachedSet) or not counts_members(cache, of):
        raise DefinitionError(
            cache.definition.path,
            None,
            f"`of` at {cache.location} says that it counts the members of {of.name}, and it does not count all rows of "
            f"{of.definition.path.name} by one column",
            f"Give it the same FROM and WHERE, and select the member AS {cache.owner} and count(*) AS {cache.count}, "
            "grouped by the member; or leave out `of`, and it is counted anew after each change",
        )


def _require_kind(cache: Cache, described: DescribedModel, column: str, field: str, declared: IdKind) -> None:
    of_type = next(found.type for found in described.columns if found.name == column)
    if IdKind.of_type(of_type) is not declared:
        raise DefinitionError(
            cache.definition.path,
            None,
            f"the column {column} is of type {of_type}, and `{field}` at {cache.location} says {declared.value}",
            "Correct the declaration; IDs are of type smallint, integer, bigint or uuid",
        )
