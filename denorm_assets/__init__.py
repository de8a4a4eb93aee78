"""Read models for PostgreSQL: one SELECT each, kept as a Dagster asset graph.

What stands in `__all__` is the public interface: see docs/reference/api.md. Everything else may change at any time.
"""

from __future__ import annotations

from importlib import import_module

_HOMES = {
    "denorm_assets.db.cache.client.async_client": ("AsyncCacheClient",),
    "denorm_assets.db.cache.client.sync_client": ("CacheClient",),
    "denorm_assets.definitions.build": ("build_definitions",),
    "denorm_assets.definitions.component.system_component": ("DenormSystemComponent",),
    "denorm_assets.definitions.instance.target_database": ("DatabaseResource",),
    "denorm_assets.definitions.translator": ("DenormAsset", "DenormTranslator"),
    "denorm_assets.errors": ("ConfigurationError", "DeclarationError", "DefinitionError", "DenormError"),
    "denorm_assets.model.cached_set": ("CachedCount", "CachedSet"),
    "denorm_assets.model.ids": ("IdKind",),
    "denorm_assets.model.index": ("Index", "Reference", "TableIndex", "on", "references"),
    "denorm_assets.model.read_model": ("IdRanges", "ReadModel"),
    "denorm_assets.model.refresh": ("Auto", "Debounce", "Debounced", "Full", "Realtime"),
    "denorm_assets.model.schema_change": ("Contract", "Expand", "Fill", "Identifiers", "SoftDeletes", "Switch"),
    "denorm_assets.model.sql_file": ("SqlFile", "SqlText"),
    "denorm_assets.model.system": ("Cutover", "Example", "Load", "Phase", "QueryPair", "Stages", "System"),
    "denorm_assets.model.table_name": ("TableName",),
    "denorm_assets.settings": ("Settings", "load_settings"),
}
"""Module -> what it has of the interface. Each is imported when it is asked for: Dagster alone takes seconds."""

__all__ = sorted(name for names in _HOMES.values() for name in names)  # noqa: PLE0605 # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            globals()[name] = found = getattr(import_module(module), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
