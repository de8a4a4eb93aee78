"""The reference of `defs.yaml` has every field, and what it shows works."""

from __future__ import annotations

from typing import Any

import yaml
from jsonschema import Draft202012Validator

from denorm_assets import DenormSystemComponent, SqlFile
from denorm_assets.definitions.component import forms
from tests.integration.component.conftest import DagsterProject, clean_environment, project
from tests.integration.docs.pages import ROOT, read

__all__ = ["clean_environment", "project"]

_PAGE = read("docs/reference/yaml.md")


def test_yaml_reference_shows_every_field() -> None:
    declared = [form for form in vars(forms).values() if isinstance(form, type) and issubclass(form, forms.Form)]
    fields = {field.alias or name for form in declared for name, field in form.model_fields.items()}
    assert len(fields) > 60
    text = "\n".join(_PAGE.blocks("yaml")) + _PAGE.prose
    assert [name for name in sorted(fields) if f"{name}:" not in text and f"`{name}`" not in text] == []


def test_yaml_schema_for_editors_takes_what_component_takes() -> None:
    schema = Draft202012Validator(DenormSystemComponent.get_model_cls().model_json_schema())

    def faults(text: str) -> list[Any]:
        return list(schema.iter_errors(yaml.safe_load(text)["attributes"]))  # pyright: ignore[reportUnknownMemberType]

    shown = [*_PAGE.blocks("yaml"), *read("docs/guides/existing-dagster-project.md").blocks("yaml")]
    assert [faults(text) for text in shown] == [[], [], []]
    assert len(faults((ROOT / "tests" / "integration" / "component" / "faulty.yaml").read_text(encoding="utf-8"))) > 5


def test_yaml_reference_system_for_shell_is_that_of_file(project: DagsterProject) -> None:
    project.write({"defs.yaml": _PAGE.blocks("yaml")[0], "order_totals.sql": _PAGE.blocks("sql")[0]})
    names: dict[str, Any] = {"__file__": str(project.shop.parents[1] / "systems.py")}
    [block] = _PAGE.blocks("python")
    exec(block, names)
    assert names["SHOP"].read_models[0].definition == SqlFile(project.shop / "order_totals.sql")


def test_yaml_reference_faults_are_what_is_said(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent

attributes:
  systems:
    - name: shop
      read_models:
        - name: order_totals
          keys: [order_id]
          indexes: [{columns: [lines DOWN]}]
          definition: SELECT order_id, count(*) AS lines FROM order_lines GROUP BY order_id
          key: [order_id]
"""
        }
    )
    [said] = _PAGE.blocks("text")
    shown = project.fault().replace("defs.yaml", "/srv/shop/defs/shop/defs.yaml").replace(f"{project.shop}/", "")
    assert shown + "\n" == said
