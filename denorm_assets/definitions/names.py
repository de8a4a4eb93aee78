"""Names in Dagster: asset keys, jobs, sensors, partition sets, resource and pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import dagster as dg

from denorm_assets.definitions.source_keys import GivenKeys, SourceKeys
from denorm_assets.definitions.translator import AssetKind, DenormAsset, DenormTranslator
from denorm_assets.errors import ConfigurationError, UnknownName
from denorm_assets.model.cached_set import Cache
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import Expand, SoftDeletes
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.analysis.reading_order import models_in_order, tables_of
from denorm_assets.sql.versions import range_set_name

KINDS_TABLE = frozenset({"postgres", "table"})
RESOURCE_KEY = "denorm_database"
_POOL = "target_database"
REFRESH_SENSOR, RANGES_SENSOR = "denorm_refresh", "denorm_ranges"
"""Names of the two sensors; where a code location has several databases, as `Names.of_location` has them."""

PARTITION_TAGS = ("dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
"""Tags of a run that name its partition, or the first and the last one."""


class Names:
    """What everything of some systems is called in one code location.

    Attributes:
        systems: all systems of one database.
        resource_key: key of the resource that opens the database.
        resource_keys: the same as Dagster's decorators take it.
        pool: concurrency pool of everything that loads rows; its limit is set in dagster.yaml or in the UI.
        left_out: the checks that the translator was asked about and does not want; all, once definitions are built.
    """

    def __init__(
        self,
        systems: Sequence[System],
        *,
        translator: DenormTranslator | None = None,
        source_keys: SourceKeys | None = None,
        resource_key: str = RESOURCE_KEY,
    ) -> None:
        self.systems = tuple(systems)
        self.resource_key = resource_key
        self.resource_keys = {resource_key}
        self.pool = self.of_location(_POOL)
        self.translator = translator or DenormTranslator()
        self.left_out: set[dg.AssetCheckKey] = set()
        self._given_keys = GivenKeys(source_keys)

    def of_location(self, name: str) -> str:
        """A name that the code location has once for each database."""
        return name if self.resource_key == RESOURCE_KEY else f"{name}_{self.resource_key}"

    # Asset keys

    def source_key(self, system: System, table: TableName) -> dg.AssetKey:
        """Of a table that `system` reads: of a read model of any of the systems, or of the application."""
        found = self.holder_of(system, table)
        if found is not None:
            return self.model_key(*found)
        return self.given_key(system, table) or self._key(_source(system, table))

    def given_key(self, system: System, table: TableName) -> dg.AssetKey | None:
        """What the caller says is the key of a table of the application; None where that is left to us."""
        return self._given_keys.of(system, table)

    def model_key(self, system: System, model: ReadModel) -> dg.AssetKey:
        """Of a read model."""
        return self._key(_read_model(system, model))

    def cache_key(self, system: System, cache: Cache) -> dg.AssetKey:
        """Of a cached set or count."""
        return self._key(_cache(system, cache))

    def indexes_key(self, system: System, model: ReadModel) -> dg.AssetKey:
        """Of what is built on a read model once it is loaded."""
        return self._key(_indexes(system, model))

    def ranges_key(self, system: System, range_set: str) -> dg.AssetKey:
        """Of a set of ID ranges."""
        return self._key(_ranges(system, range_set))

    def partition_set(self, system: System, range_set: str) -> str:
        """What an instance calls the partitions that the ranges of a set are.

        All code locations of an instance share its lists. Two that show systems of one name under different keys have
        a list each.
        """
        asset = _ranges(system, range_set)
        key = self._key(asset)
        return range_set if key == asset.default_key else key.to_user_string()

    def partitions_of(self, system: System, range_set: str) -> dg.DynamicPartitionsDefinition:
        """The partitions that the ranges of a set are in Dagster."""
        return dg.DynamicPartitionsDefinition(name=self.partition_set(system, range_set))

    def phase_key(self, system: System, phase: Phase) -> dg.AssetKey:
        """Of a phase."""
        return self._key(_phase(system, phase))

    def benchmark_key(self, system: System) -> dg.AssetKey:
        """Of a system's benchmark."""
        return self._key(_of_system(system, "benchmark"))

    def cutover_key(self, system: System) -> dg.AssetKey:
        """Of a system's cutover."""
        return self._key(_of_system(system, "cutover"))

    def monitoring_key(self, system: System) -> dg.AssetKey:
        """Of a look at the health of a system."""
        return self._key(_of_system(system, "monitoring"))

    def load_key(self, system: System) -> dg.AssetKey:
        """Of a system's load test."""
        return self._key(_of_system(system, "load_test"))

    def _key(self, asset: DenormAsset) -> dg.AssetKey:
        return _as_key(asset, self.translator.get_asset_key(asset))

    # What they stand for

    def holder_of(self, system: System, table: TableName) -> tuple[System, ReadModel] | None:
        """The read model whose table, or a partition of whose, `system` reads, with its system."""
        wanted = table.within(system.schema)
        for each in (system, *self.systems):
            for model in each.read_models:
                if wanted in tables_of(each, model):
                    return each, model
        return None

    def read_tables(self, system: System) -> dict[TableName, list[str]]:
        """Table of the application that `system` reads or changes -> the read models and caches that read it."""
        read_by: dict[TableName, list[str]] = {}
        for read in (*system.read_models, *system.caches):
            for table in source_tables(read):
                read_by.setdefault(table.within(system.schema), []).append(read.name)
        for phase in system.phases:
            for table in changed_tables(phase):
                read_by.setdefault(table.within(system.schema), [])
        return {table: names for table, names in read_by.items() if self.holder_of(system, table) is None}

    @cached_property
    def assets(self) -> Mapping[dg.AssetKey, DenormAsset]:
        """All that we define. Raises ConfigurationError where two of them would have one key."""
        found: dict[dg.AssetKey, DenormAsset] = {}
        for system in self.systems:
            for asset in self._assets_of(system):
                key = self._key(asset)
                if key in found:
                    raise ConfigurationError(
                        f"the translator gives {found[key].words} and {asset.words} one asset key, "
                        f"{key.to_user_string()}. Return another one for either in get_asset_key"
                    )
                found[key] = asset
        return found

    def _assets_of(self, system: System) -> Iterator[DenormAsset]:
        for table in self.read_tables(system):
            if self.given_key(system, table) is None:
                yield _source(system, table)
        yield from (_phase(system, phase) for phase in system.phases)
        yield from (_ranges(system, range_set) for range_set in models_by_range_set(system))
        for model in system.read_models:
            yield _read_model(system, model)
            yield _indexes(system, model)
        yield from (_cache(system, cache) for cache in system.caches)
        yield _of_system(system, "monitoring")
        if system.cutover is not None:
            yield _of_system(system, "benchmark")
            yield _of_system(system, "cutover")
            if system.load is not None:
                yield _of_system(system, "load_test")

    def includes(self, check: dg.AssetCheckKey) -> bool:
        """Whether the translator wants that check of one of our assets."""
        included = self.translator.includes_check(self.assets[check.asset_key], check.name)
        if not included:
            self.left_out.add(check)
        return included

    def included(self, *checks: dg.AssetCheckSpec) -> list[dg.AssetCheckSpec]:
        """Those of `checks` that the translator wants."""
        return [check for check in checks if self.includes(check.key)]

    def included_results(self, asset: dg.AssetKey, *results: dg.AssetCheckResult) -> list[dg.AssetCheckResult]:
        """Those of `results` of checks of `asset` that the translator wants."""
        return [
            result
            for result in results
            if result.check_name and self.includes(dg.AssetCheckKey(asset, result.check_name))
        ]

    def require_known_sources(self) -> None:
        """Raise UnknownName where the caller names a table that no system reads, ConfigurationError for a bad key."""
        read = [(system, table) for system in self.systems for table in self.read_tables(system)]
        known = {str(table) for _, table in read}
        known |= {table.name for system, table in read if table.schema == system.schema}
        for name in self._given_keys.tables:
            if name not in known:
                tables = sorted({str(table) for _, table in read})
                raise UnknownName("source table", name, tables, "Correct source_keys; a read model's key is translated")
        for system, table in read:
            self.given_key(system, table)

    def require_foreign_sources(self) -> None:
        """Raise ConfigurationError where the caller gives a table the key of an asset of ours."""
        for system in self.systems:
            for table in self.read_tables(system):
                key = self.given_key(system, table)
                ours = None if key is None else self.assets.get(key)
                if ours is not None:
                    raise ConfigurationError(
                        f"source_keys gives the table {table} the key of {ours.words}. Give it the key of the asset "
                        "that writes the table"
                    )


def source_tables(read: ReadModel | Cache) -> tuple[TableName, ...]:
    """The tables that a definition reads. Raises DefinitionError."""
    return analyse(read.definition).tables


def changed_tables(phase: Phase) -> tuple[TableName, ...]:
    """The tables that a phase's work declares that it changes, where it is the first to do so."""
    if isinstance(phase.work, SoftDeletes):
        return phase.work.tables
    return tuple(key.table for key in phase.work.identifiers.keys) if isinstance(phase.work, Expand) else ()


def models_by_range_set(system: System) -> dict[str, list[ReadModel]]:
    """Range set -> the read models that it drives, in reading order; those loaded as a whole are in none."""
    grouped: dict[str, list[ReadModel]] = {}
    for model in models_in_order(system):
        if not model.driving:
            continue
        grouped.setdefault(range_set_name(system, model), []).append(model)
    return grouped


def _source(system: System, table: TableName) -> DenormAsset:
    full = table.within(system.schema)
    schema = [full.schema] if full.schema and full.schema != system.schema else []
    return DenormAsset("source_table", system, str(full), _default(system, "source", *schema, full.name), full)


def _phase(system: System, phase: Phase) -> DenormAsset:
    return DenormAsset("phase", system, phase.name, _default(system, phase.name), phase)


def _ranges(system: System, range_set: str) -> DenormAsset:
    name = range_set.removeprefix(f"{system.name}_")
    return DenormAsset("ranges", system, name, _default(system, f"{name}_ranges"))


def _read_model(system: System, model: ReadModel) -> DenormAsset:
    return DenormAsset("read_model", system, model.name, _default(system, model.name), model)


def _indexes(system: System, model: ReadModel) -> DenormAsset:
    return DenormAsset("indexes", system, model.name, _default(system, f"{model.name}_indexes"), model)


def _cache(system: System, cache: Cache) -> DenormAsset:
    return DenormAsset("cache", system, cache.name, _default(system, cache.name), cache)


def _of_system(system: System, kind: AssetKind) -> DenormAsset:
    return DenormAsset(kind, system, kind, _default(system, kind))


def _default(system: System, *path: str) -> dg.AssetKey:
    return dg.AssetKey([system.name, *path])


def _as_key(asset: DenormAsset, given: object) -> dg.AssetKey:
    if isinstance(given, dg.AssetKey):
        return given
    raise ConfigurationError(
        f"the translator gives {asset.words} the key {given!r}. Return a dagster.AssetKey in get_asset_key"
    )
