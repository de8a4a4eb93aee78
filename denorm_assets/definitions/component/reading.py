"""`defs.yaml` -> the same declarations as Python makes, with all its faults at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import dagster as dg
from pydantic import ValidationError

from denorm_assets.definitions.component import forms
from denorm_assets.definitions.component.faults import KeyPath, YamlFile, field_of
from denorm_assets.model.cached_set import Cache, CachedCount, CachedSet
from denorm_assets.model.ids import IdKind
from denorm_assets.model.index import Index, Reference, TableIndex, on, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Auto, Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.schema_change import Contract, Expand, Fill, Identifiers, SchemaWork, SoftDeletes, Switch
from denorm_assets.model.sql_file import Sql, SqlFile, SqlText
from denorm_assets.model.system import Cutover, Load, Phase, QueryPair, Stages, System
from denorm_assets.model.table_name import TableName

_Form = TypeVar("_Form", bound=forms.Form)
_Made = TypeVar("_Made")
_BY_KEY: dict[str, type[Auto | Debounced | Realtime]] = {"auto": Auto, "debounced": Debounced, "realtime": Realtime}
_IDENTIFIER_WORK: dict[str, type[Expand | Fill | Switch | Contract]] = {
    "expand": Expand,
    "fill": Fill,
    "switch": Switch,
    "contract": Contract,
}
_LISTS = {"systems", "read_models", "phases", "queries", "caches", "indexes", "references"}
_STAND_INS = {"key": ["id"], "definition": "SELECT 1 AS id", "kind": "set"}


class SystemReader:
    """Reads the systems of one file.

    Fields that do not have their form are left out, as `form_faults` names them: the rest is read, so that its faults
    are found at the same time.

    Attributes:
        faults: what the declarations refused.
    """

    def __init__(self, file: YamlFile, attributes: Any) -> None:
        self._file, self._attributes = file, attributes
        self.faults: list[str] = []

    def systems(self) -> tuple[System, ...]:
        """The systems that can be read."""
        return self._all(self._attributes, (), "systems", self._system)

    def _system(self, given: Any, path: KeyPath) -> System:
        form = _understood(forms.SystemForm, given, path)
        return System(
            name=form.name,
            schema=form.schema_,
            phases=self._all(given, path, "phases", self._phase),
            queries=self._all(given, path, "queries", self._query),
            cutover=Cutover(**form.cutover.model_dump()) if form.cutover else None,
            load=_load(form.load) if form.load else None,
            caches=self._all(given, path, "caches", self._cache),
            description=form.description,
            owners=self._all(given, path, "owners", _owner),
            location=self._file.location(path),
            read_models=self._all(given, path, "read_models", self._read_model),
        )

    def _phase(self, given: Any, path: KeyPath) -> Phase:
        form = _understood(forms.PhaseForm, given, path)
        work = form.work
        return Phase(
            name=form.name,
            read_models=self._all(given, path, "read_models", self._read_model),
            description=form.description,
            indexes=self._all(given, path, "indexes", _table_index),
            work=None if work is None else self._made((*path, "work"), lambda: _work(work)),
        )

    def _read_model(self, given: Any, path: KeyPath) -> ReadModel:
        form = _understood(forms.ReadModelForm, given, path)
        backfill, refresh = form.backfill, form.refresh
        return ReadModel(
            name=form.name,
            definition=self._sql(form.definition, (*path, "definition")),
            key=tuple(form.key),
            backfill=None if backfill is None else self._made((*path, "backfill"), lambda: IdRanges(*backfill)),
            refresh=(refresh and self._made((*path, "refresh"), lambda: _refresh(refresh))) or Auto(),
            indexes=self._all(given, path, "indexes", _index),
            references=self._all(given, path, "references", _reference),
            partition_by=form.partition_by,
            description=form.description,
            location=self._file.location(path),
        )

    def _query(self, given: Any, path: KeyPath) -> QueryPair:
        form = _understood(forms.QueryForm, given, path)
        before, after = self._sql(form.before, (*path, "before")), self._sql(form.after, (*path, "after"))
        return QueryPair(form.name, before, after, form.parameters, form.target)

    def _cache(self, given: Any, path: KeyPath) -> Cache:
        counts = isinstance(given, dict) and cast(dict[str, Any], given).get("kind") == "count"
        form = _understood(forms.CachedCountForm if counts else forms.CachedSetForm, given, path)
        common: dict[str, Any] = {
            "definition": self._sql(form.definition, (*path, "definition")),
            "owner_ids": IdKind(form.owner_ids),
            "location": self._file.location(path),
            **{name: getattr(form, name) for name in ("name", "owner", "ttl", "owners", "description")},
        }
        if isinstance(form, forms.CachedCountForm):
            return CachedCount(count=form.count, of=form.of, **common)
        return CachedSet(
            member=form.member,
            add=None if form.add is None else self._sql(form.add, (*path, "add")),
            remove=None if form.remove is None else self._sql(form.remove, (*path, "remove")),
            member_ids=IdKind(form.member_ids),
            largest=form.largest,
            **common,
        )

    def _sql(self, given: str, path: KeyPath) -> Sql:
        """A line that ends in `.sql` names a file; anything else is SQL."""
        if given.endswith(".sql") and "\n" not in given:
            return SqlFile(self._file.path.parent / given)
        return SqlText(given, self._file.location(path))

    def _all(self, given: Any, path: KeyPath, field: str, make: Callable[[Any, KeyPath], _Made]) -> tuple[_Made, ...]:
        """What can be made of the items of a list."""
        items = cast(dict[str, Any], given).get(field) if isinstance(given, dict) else None
        made = [
            self._made(at, lambda at=at, item=item: make(item, at))
            for n, item in enumerate(cast(list[Any], items) if isinstance(items, list) else [])
            for at in [(*path, field, n)]
        ]
        return tuple(each for each in made if each is not None)

    def _made(self, path: KeyPath, make: Callable[[], _Made]) -> _Made | None:
        try:
            return make()
        except ValidationError:
            # Named with the faults of forms.
            return None
        except ValueError as error:
            self.faults.append(self._file.fault(self._attributes, path, f"`{field_of(path)}`: {error}"))
            return None


def _understood(form: type[_Form], given: Any, path: KeyPath) -> _Form:
    """`given` without its lists, which are read item by item, and without what is at fault.

    What cannot be left out is stood in for, by what has no faults. Raises ValidationError where it is no mapping.
    """
    if not isinstance(given, dict):
        return form.model_validate(given)
    fields = {name: value for name, value in cast(dict[Any, Any], given).items() if name not in _LISTS}
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        faulty = {each["loc"][0] for each in error.errors() if each["loc"]}
    fields = {name: value for name, value in fields.items() if name not in faulty}
    named = "_".join(str(part) for part in path)
    needed = [name for name, field in form.model_fields.items() if field.is_required() and name not in fields]
    return form.model_validate({**fields, **{name: _STAND_INS.get(name, f"{name}_of_{named}") for name in needed}})


def _owner(given: Any, _path: KeyPath) -> str:
    """An owner that Dagster takes, too; else, it would refuse the assets later."""
    try:
        # What is no text has not the form of an owner.
        dg.AssetSpec("any", owners=[given] if isinstance(given, str) else [])
    except dg.DagsterInvalidDefinitionError:
        raise ValueError(f"{given!r} is neither an address nor a team; write a@b.c, or team:data") from None
    return given


def _index(given: Any, _path: KeyPath) -> Index:
    return _index_of(forms.IndexForm.model_validate(given))


def _index_of(form: forms.IndexForm) -> Index:
    return Index(*form.columns, unique=form.unique, name=form.name, using=form.using, where=form.where)


def _table_index(given: Any, _path: KeyPath) -> TableIndex:
    form = forms.TableIndexForm.model_validate(given)
    return on(form.table, _index_of(form), query=form.query)


def _reference(given: Any, _path: KeyPath) -> Reference:
    form = forms.ReferenceForm.model_validate(given)
    return references(form.column, form.to, foreign_key=form.foreign_key, partition=form.partition)


def _refresh(form: forms.ByKeyForm | forms.FullForm) -> Refresh:
    given = {"quiet": form.quiet, "max_wait": form.max_wait}
    seconds = {name: value for name, value in given.items() if value is not None}
    if isinstance(form, forms.FullForm):
        return Full(Debounce(**seconds), form.every)
    kind = _BY_KEY[form.kind]
    debounce = replace(kind().debounce, **seconds)
    return kind(debounce) if form.clock is None else kind(debounce, form.clock)


def _work(form: forms.IdentifierWorkForm | forms.SoftDeletesForm) -> SchemaWork:
    if isinstance(form, forms.SoftDeletesForm):
        return SoftDeletes(tuple(TableName.parse(table) for table in form.tables), form.keep_days)
    return _IDENTIFIER_WORK[form.kind](Identifiers(*form.identifiers))


def _load(form: forms.LoadForm) -> Load:
    given: dict[str, Any] = {**form.model_dump(), "stages": Stages(**form.stages.model_dump())}
    return Load(**given)
