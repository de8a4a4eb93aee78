"""Which read models a rename is about: those that get other names, and those that read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.db.apply.create_tables import require_schema
from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError, NotApplied, RenameRefused, UnknownName
from denorm_assets.model.cached_set import Cache, as_read_model
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.automatic import kinds
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import cache_version, code_version


@dataclass(frozen=True)
class Held:
    """A read model or cache as it is registered.

    Attributes:
        kind: what PostgreSQL calls its relation: `r`, `p` or `m`; None where it is gone, and of a cache.
        in_place: whether its relation has the registered name, and says whose it is.
        left_over: whether an interrupted `apply` left a relation beside it.
        loaded_by: who loads one of its ranges at this moment.
    """

    model_id: int
    system: str
    name: str
    schema: str
    of_cache: bool
    kind: str | None
    state: str
    code_version: str
    range_set: str
    definition: str | None
    in_place: bool
    left_over: bool
    loaded_by: str | None

    @property
    def full_name(self) -> str:
        """`system/name`, as people write it."""
        return f"{self.system}/{self.name}"

    @property
    def table(self) -> TableName:
        """Its table."""
        return TableName(self.name, self.schema)


@dataclass(frozen=True)
class Affected:
    """A read model or cache that is registered anew under its declaration: a renamed one, or a reader of one.

    Attributes:
        model: as it is declared, of the registered kind where that is `Auto`.
        cache: the declaration of a cache.
    """

    held: Held
    system: System
    model: ReadModel
    cache: Cache | None = None

    @property
    def full_name(self) -> str:
        """What it is called from now on."""
        return f"{self.system.name}/{self.model.name}"

    @property
    def table(self) -> TableName:
        """Its table from now on."""
        return TableName(self.model.name, self.system.schema)

    @property
    def is_renamed(self) -> bool:
        """Whether it gets another name, system or schema; it reads one that does, otherwise."""
        return (self.held.full_name, self.held.table) != (self.full_name, self.table) and not self.held.of_cache

    @property
    def code_version(self) -> str:
        """That of its declaration."""
        return code_version(self.system, self.model) if self.cache is None else cache_version(self.system, self.cache)

    def refused(self, why: str, remedy: str) -> RenameRefused:
        """The error that says why not."""
        return RenameRefused(self.held.full_name, self.full_name, why, remedy)


@dataclass(frozen=True)
class Scope:
    """What a rename is about.

    Attributes:
        affected: the renamed ones and their readers, in the order in which they were created.
    """

    affected: tuple[Affected, ...]

    @property
    def renamed(self) -> list[Affected]:
        """Those that get another name, system or schema."""
        return [each for each in self.affected if each.is_renamed]

    @property
    def moved(self) -> list[Affected]:
        """Those whose tables get another name or schema."""
        return [each for each in self.renamed if each.held.table != each.table]

    @property
    def plain(self) -> list[Affected]:
        """Those of them that are tables without partitions."""
        return [each for each in self.moved if each.held.kind == "r"]


def read_ids(session: Session, scope: Scope) -> tuple[set[int], set[int]]:
    """The plain tables that readers name which read no other of what gets another name; and all other readers of such.

    By the numbers of their read models.
    """
    named = {
        "ids": [each.held.model_id for each in scope.affected],
        "moved": [each.held.model_id for each in scope.moved],
        "plain": [each.held.model_id for each in scope.plain],
    }
    rows = session.rows(query("renaming", "naming", **named))
    named_plainly = {read_id for row in rows if row["plainly"] for read_id in row["read_ids"]}
    return named_plainly, {row["id"] for row in rows if not row["plainly"]}


def scope_of(session: Session, systems: Sequence[System], pairs: Sequence[tuple[str, str]]) -> Scope:
    """What renaming the first of each pair to the second is about.

    Both are `system/model`, or both a system of which all read models are meant. What is done already is left out.
    Raises UnknownName, NotApplied, ConfigurationError or RenameRefused.
    """
    declared = {system.name: system for system in systems}
    found = {each.held.model_id: each for old, new in pairs for each in _pair(session, declared, old, new)}
    renamed = [each for each in found.values() if each.is_renamed]
    for each in renamed:
        _require_renamable(session, each, declared)
        require_schema(session, each.system)
    # Only names of tables stand in what others do.
    moved = [each.held.model_id for each in renamed if each.held.table != each.table]
    readers = [row["id"] for row in session.rows(query("renaming", "reader_ids", ids=moved))]
    further = [each for each in readers if each not in {each.held.model_id for each in renamed}]
    affected = [*renamed, *(_reader(each, declared) for each in _held(session, further))]
    for each in affected:
        _require_at_rest(each)
    return Scope(tuple(sorted(affected, key=lambda each: each.held.model_id)))


def _pair(session: Session, declared: dict[str, System], old: str, new: str) -> list[Affected]:
    from_system, _, from_model = old.partition("/")
    to_system, _, to_model = new.partition("/")
    if bool(from_model) != bool(to_model):
        raise ConfigurationError(f"expected two read models (SYSTEM/MODEL) or two systems, got {old} and {new}")
    if to_system not in declared:
        raise UnknownName("system", to_system, [*declared])
    target = declared[to_system]
    if to_model:
        target.read_model(to_model)
    if control_schema.version(session) is None:
        raise NotApplied(old)
    wanted = {model.name: model for model in target.read_models}
    held = [
        (each, wanted.get(to_model or each.name)) for each in _held(session, _ids(session, from_system, from_model))
    ]
    found = [Affected(each, target, _of_kind(each, target, model)) for each, model in held if model is not None]
    if not found and not _ids(session, to_system, to_model):
        known = [row["full_name"] for row in session.rows(query("renaming", "names"))]
        raise UnknownName("read model", old, known)
    return found


def _ids(session: Session, system: str, name: str) -> list[int]:
    return [row["id"] for row in session.rows(query("renaming", "ids", system=system, name=name))]


def _held(session: Session, ids: Sequence[int]) -> list[Held]:
    return [Held(**row) for row in session.rows(query("renaming", "held", ids=list(ids)))]


def _of_kind(held: Held, system: System, model: ReadModel) -> ReadModel:
    """The kind of what is registered. Raises RenameRefused where the declaration has another one."""
    is_view = held.kind == "m"
    for kind in kinds(model):
        if kind.is_view == is_view or held.kind is None:
            return kind
    now, wanted = ("materialized view", "table") if is_view else ("table", "materialized view")
    raise RenameRefused(
        held.full_name,
        f"{system.name}/{model.name}",
        f"it is a {now}, and declared as a {wanted}",
        "rename it with the `refresh` of before, and change that afterwards",
    )


def _reader(held: Held, declared: dict[str, System]) -> Affected:
    found = _declared_as(held, declared.get(held.system))
    if found is None or found.is_renamed:
        raise RenameRefused(
            held.full_name,
            held.full_name,
            "it reads what is renamed, and is not declared under its name and schema",
            "rename it in the same command (`denorm-assets rename OLD NEW OLD NEW`, or two systems), or name its "
            "system in DENORM_SYSTEMS or --systems",
        )
    return found


def _declared_as(held: Held, system: System | None) -> Affected | None:
    if system is None:
        return None
    if held.of_cache:
        caches = (cache for cache in system.caches if cache.name == held.name)
        return next((Affected(held, system, as_read_model(cache), cache) for cache in caches), None)
    models = (model for model in system.read_models if model.name == held.name)
    return next((Affected(held, system, _of_kind(held, system, model)) for model in models), None)


def _require_renamable(session: Session, each: Affected, declared: dict[str, System]) -> None:
    held = each.held
    before = declared.get(held.system)
    if held.full_name != each.full_name:
        if before is not None and any(model.name == held.name for model in before.read_models):
            raise each.refused(
                f"{held.full_name} is still declared at {before.read_model(held.name).location}",
                "give it the new name there first",
            )
        if _ids(session, each.system.name, each.model.name):
            raise each.refused(
                f"{each.full_name} was applied already, and is another read model",
                f"take it out of the declaration and run `denorm-assets apply {each.system.name}` first, or choose "
                "another name",
            )
    if not held.in_place:
        raise each.refused(
            f"its relation is not {held.table} any more, or its COMMENT does not say so",
            f"run `denorm-assets check {held.system}` with the declaration of before, and do what it says",
        )
    if held.left_over:
        raise each.refused(
            "an `apply` that did not end left a relation beside it",
            f"run `denorm-assets abort {each.system.name}` with the declaration of before",
        )


def _require_at_rest(each: Affected) -> None:
    """Raises RenameRefused while its rows are being loaded, or have to be computed again."""
    held = each.held
    if held.loaded_by is not None:
        raise each.refused(
            f"{held.loaded_by} loads rows of {held.full_name}",
            "wait until the backfill has ended, or stop it with `denorm-assets cancel` and the declaration of before",
        )
    if held.state == "needs_rebuild" or not held.code_version or held.definition is None:
        raise each.refused(
            f"{held.full_name} needs a rebuild",
            f"put the declaration of before back, run `denorm-assets apply {held.system}`, and rename afterwards",
        )
