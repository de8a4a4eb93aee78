"""A system has the same declaration, asset graph and SQL, whether it is YAML or Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from denorm_assets import DatabaseResource, DenormSystemComponent, SqlFile, System, build_definitions
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.component.conftest import OF_DAGSTER, DagsterProject
from tests.integration.component.described import described
from tests.integration.component.every_feature import ORDER_TOTALS_SQL, SHOP, TABLES, Ours
from tests.integration.component.yaml_of import yaml_of
from tests.integration.docs.pages import read
from tests.support.case import pooled

pytestmark = OF_DAGSTER
_PAGE = read("docs/reference/yaml.md")
EVERYTHING = _PAGE.blocks("yaml")[0]


@pytest.fixture
def everything(project: DagsterProject) -> DagsterProject:
    """The project of docs/reference/yaml.md."""
    project.write({"defs.yaml": EVERYTHING, "order_totals.sql": _PAGE.blocks("sql")[0]})
    return project


def with_file(system: System, path: Path) -> System:
    """`system` with `order_totals` in a file, as the page has it."""
    path.write_text(ORDER_TOTALS_SQL, encoding="utf-8")
    phases = tuple(
        replace(
            phase,
            read_models=tuple(
                replace(model, definition=SqlFile(path)) if model.name == "order_totals" else model
                for model in phase.read_models
            ),
        )
        for phase in system.phases
    )
    return replace(system, phases=phases)


def test_yaml_with_every_feature_is_declaration_of_python(everything: DagsterProject) -> None:
    [read_system] = DenormSystemComponent.systems_in(everything.shop / "defs.yaml")
    assert read_system == with_file(SHOP, everything.shop / "order_totals.sql")


def test_yaml_with_every_feature_has_asset_graph_of_python(everything: DagsterProject, tmp_path: Path) -> None:
    python = build_definitions(
        [with_file(SHOP, tmp_path / "order_totals.sql")],
        database=DatabaseResource(url=dg.EnvVar("SHOP_DATABASE_URL")),
        resource_key="shop_database",
        source_keys={"order_lines": "raw/order_lines"},
        translator=Ours(),
    )
    found, wanted = described(everything.load()), described(python)
    for sort, of_python in wanted.items():
        assert len(of_python) > 0, sort
        assert found[sort] == of_python, sort
    assert found.keys() == wanted.keys()


def test_yaml_with_every_feature_has_sql_of_python(everything: DagsterProject, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLES.encode())
    database = pooled(database_url)
    python = with_file(SHOP, everything.shop / "order_totals.sql")
    [yaml] = DenormSystemComponent.systems_in(everything.shop / "defs.yaml")

    def planned(system: System) -> list[tuple[str, object]]:
        return [(str(step), step.statements) for step in plan_system(database, system).steps]

    assert planned(yaml) == planned(python)
    # Tables are planned where the work on the application's tables is done, or not declared.
    yaml, python = (replace(system, phases=system.phases[2:]) for system in (yaml, python))
    wanted = planned(python)
    assert planned(yaml) == wanted
    assert "table shop.order_totals: create" in dict(wanted)
    database.close()


@pytest.mark.parametrize("system", [TOPICS, GALLERY, SOCIAL, NOTEBOOKS], ids=lambda system: system.name)
def test_yaml_of_shipped_system_is_declaration_and_graph_of_python(
    load_yaml: Callable[[str], dg.Definitions], project: DagsterProject, system: System
) -> None:
    without_example = replace(system, example=None)
    loaded = load_yaml(yaml_of(system))
    assert DenormSystemComponent.systems_in(project.shop / "defs.yaml") == (without_example,)
    assert described(loaded) == described(build_definitions([without_example]))


def test_component_in_python_takes_arguments_of_build_definitions(project: DagsterProject) -> None:
    project.write(
        {
            "component.py": "import dagster as dg\n"
            "from denorm_assets import DenormSystemComponent\n"
            "from tests.integration.component.every_feature import SHOP\n\n\n"
            "@dg.component_instance\n"
            "def load(context: dg.ComponentLoadContext) -> DenormSystemComponent:\n"
            "    return DenormSystemComponent([SHOP], source_keys={'order_lines': 'raw/order_lines'})\n",
            "__init__.py": "",
        }
    )
    python = build_definitions([SHOP], source_keys={"order_lines": "raw/order_lines"})
    assert described(project.load()) == described(python)
