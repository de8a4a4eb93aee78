"""Templates in `defs.yaml`: values of the environment, and Python objects."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import dagster as dg
import pytest

from denorm_assets import DatabaseResource, DenormSystemComponent
from tests.integration.component.conftest import OF_DAGSTER, DagsterProject
from tests.integration.docs.pages import read

pytestmark = OF_DAGSTER
_TEMPLATE_VARS = """
import dagster as dg
from denorm_assets import DatabaseResource, DenormTranslator


class Ours(DenormTranslator):
    def get_group_name(self, asset):
        return "ours"


@dg.template_var
def shop_database():
    return DatabaseResource(url=dg.EnvVar("OTHER_DATABASE_URL"))


@dg.template_var
def source_keys():
    return lambda table: dg.AssetKey(["raw", table.rpartition(".")[2]])


@dg.template_var
def translator():
    return Ours()
"""


def test_template_python_objects_are_database_source_keys_and_translator(project: DagsterProject) -> None:
    text = read("docs/reference/yaml.md").blocks("yaml")[1]
    project.write({"defs.yaml": text, "template_vars.py": _TEMPLATE_VARS, "__init__.py": ""})
    definitions = project.load()
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    totals = specs["shop/order_totals"]
    assert totals.group_name == "ours"
    assert dg.AssetKey(["raw", "order_lines"]) in {dep.asset_key for dep in totals.deps}
    database = (definitions.resources or {})["denorm_database"]
    assert isinstance(database, DatabaseResource)
    assert database.url == dg.EnvVar("OTHER_DATABASE_URL")


def test_template_environment_is_read_and_sql_is_taken_as_it_is(
    project: DagsterProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SCHEMA", "store")
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  translation:
    key: "{{ asset.system.schema }}/{{ asset.kind }}/{{ asset.name }}"
  systems:
    - name: shop
      schema: "{{ env.SHOP_SCHEMA }}"
      read_models:
        - name: cells
          definition: SELECT id, '{{1,2}}'::int[] AS cell, '{{ env.SHOP_SCHEMA }}' AS text FROM items
          key: [id]
"""
        }
    )
    specs = {spec.key.to_user_string(): spec for spec in project.load().resolve_all_asset_specs()}
    assert specs["store/read_model/cells"].metadata["dagster/table_name"] == "store.cells"
    [system] = DenormSystemComponent.systems_in(project.shop / "defs.yaml")
    written = "SELECT id, '{{1,2}}'::int[] AS cell, '{{ env.SHOP_SCHEMA }}' AS text FROM items"
    assert system.read_models[0].definition.text == written
    assert system.schema == "store"


def test_template_asset_key_may_be_object(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  translation:
    key: "{{ asset.default_key.with_prefix('warehouse') if asset.kind == 'read_model' else None }}"
  systems:
    - name: shop
      read_models:
        - {name: totals, definition: "SELECT id, lines FROM items", key: [id]}
"""
        }
    )
    keys = {key.to_user_string() for key in project.load().resolve_asset_graph().get_all_asset_keys()}
    assert {"warehouse/shop/totals", "shop/tables", "shop/source/items"} <= keys
