"""The component: systems in `defs.yaml`, or given in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import dagster as dg
from dagster_shared.yaml_utils import parse_yamls_with_source_position
from dagster_shared.yaml_utils.source_position import SourcePositionTree
from pydantic import BaseModel

from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.component.arguments import Arguments, read_arguments
from denorm_assets.definitions.component.faults import YamlFile
from denorm_assets.definitions.component.forms import Attributes
from denorm_assets.definitions.component.scaffolder import SystemScaffolder
from denorm_assets.definitions.dagster_failure import explained
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.names import RESOURCE_KEY
from denorm_assets.definitions.source_keys import SourceKeys
from denorm_assets.definitions.translator import DenormTranslator
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.system import System

_TYPE = "denorm_assets.DenormSystemComponent"


@dg.scaffold_with(SystemScaffolder)
@dataclass
class DenormSystemComponent(dg.Component):
    """Read models for PostgreSQL: one SELECT each, kept fresh, checked and repaired as Dagster assets.

    A `defs.yaml` holds the systems of one database; docs/reference/yaml.md has its fields. In Python, it takes what
    `build_definitions` takes. `systems_in(path)` returns the systems of a `defs.yaml`, for the shell.

    Attributes:
        systems: all systems of the database that this code location shows.
        database: the resource that opens the database. Default: that of DENORM_DATABASE_URL.
        resource_key: the resource's key. Give each database of a code location one of its own.
        source_keys: keys of tables that are assets of yours.
        translator: what else is to be called, grouped, tagged or checked differently.

    Example:
        @dg.component_instance
        def shop(context: dg.ComponentLoadContext) -> DenormSystemComponent:
            return DenormSystemComponent([SHOP], source_keys={"order_lines": "raw/order_lines"})
    """

    systems: Sequence[System]
    database: DatabaseResource | None = None
    resource_key: str = RESOURCE_KEY
    source_keys: SourceKeys | None = None
    translator: DenormTranslator | None = None

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """What Dagster validates: the schema is shown, and the faults are left to `load`."""
        return Attributes

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """What lists of components say besides the description."""
        produces = ["asset", "asset_check", "job", "resource", "schedule", "sensor"]
        return dg.ComponentTypeSpec(tags=["postgres"], produces=produces)

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component of a file. Raises DeclarationError with every fault of the file, each with its line."""
        resolution = context.resolution_context
        positions = resolution.source_position_tree
        path = Path(positions.position.filename) if positions else context.project_root / "defs.yaml"
        given: Any = attributes.root if isinstance(attributes, Attributes) else {}
        with explained(f"loading {path}"):
            return cls(**vars(_read(given, resolution, path, positions)))

    @classmethod
    def systems_in(cls, path: Path) -> tuple[System, ...]:
        """The systems that a `defs.yaml` declares, for `DENORM_SYSTEMS`.

        Templates may use `env`; those of a `template_vars_module` are known to Dagster only. Raises DeclarationError,
        or ConfigurationError where the file declares none.
        """
        documents = parse_yamls_with_source_position(path.read_text(encoding="utf-8"), str(path))
        read = [
            _read(cast(Any, component).get("attributes") or {}, dg.ResolutionContext.default(tree), path, tree)
            for component, tree in documents
            if isinstance(component, dict) and cast(Any, component).get("type") == _TYPE
        ]
        if not read:
            raise ConfigurationError(f"{path} holds no {_TYPE}. Name the defs.yaml of one")
        return tuple(system for each in read for system in each.systems)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the systems. Raises what `build_definitions` raises."""
        with explained(f"building the definitions of {', '.join(system.name for system in self.systems)}"):
            return build_definitions(
                self.systems,
                database=self.database,
                resource_key=self.resource_key,
                source_keys=self.source_keys,
                translator=self.translator,
            )


def _read(given: object, context: dg.ResolutionContext, path: Path, positions: SourcePositionTree | None) -> Arguments:
    tree = positions.children.get("attributes", positions) if positions else None
    return read_arguments(given, context, YamlFile(path, tree))
