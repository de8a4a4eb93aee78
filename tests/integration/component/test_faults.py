"""Every fault of a `defs.yaml` is named at once, with its line and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from denorm_assets import ConfigurationError, DeclarationError, DenormSystemComponent
from denorm_assets.systems.selection import load_systems
from tests.integration.component.conftest import OF_DAGSTER, DagsterProject

pytestmark = OF_DAGSTER
_HERE = Path(__file__).parent
_UPDATE = bool(os.environ.get("DENORM_UPDATE_GOLDEN"))


def test_faults_all_kinds_in_one_file_are_named_at_once(project: DagsterProject) -> None:
    faulty, golden = (_HERE / "faulty.yaml").read_text(encoding="utf-8"), _HERE / "faulty.txt"
    project.write({"defs.yaml": faulty, "order_totals.sql": "SELECT order_id FROM order_lines;"})
    said = project.fault() + "\n"
    if _UPDATE:
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_faults_missing_items_are_named_where_all_can_be_read(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  source_keys:
    nowhere: raw/nowhere
  systems:
    - name: shop
      phases:
        - name: first
          read_models:
            - name: totals
              definition: SELECT id, lines FROM counts
              key: [id]
              references: [{column: id, to: items.id, partition: a}]
          indexes: [{table: totals, columns: [lines], query: page}]
        - name: second
          read_models:
            - name: counts
              definition: SELECT id, lines FROM items
              key: [id]
      caches:
        - name: like_counts
          kind: count
          definition: SELECT user_id, count(*) AS likes FROM likes GROUP BY user_id
          owner: user_id
          count: likes
          of: likes
"""
        }
    )
    assert project.fault().splitlines()[1:-1] == [
        "  - defs.yaml:6: system 'shop': index 'totals_lines_idx' is for the query 'page', which is not declared",
        "  - defs.yaml:10: read model 'totals': a reference is for a partition, and there are none; declare "
        "`partition_by`, or leave it out there",
        "  - defs.yaml:10: shop/totals reads shop/counts, which the later phase 'second' creates; move shop/totals to "
        "that phase, or shop/counts to phase 'first'",
        "  - defs.yaml:21: cached count 'like_counts': `of` names 'likes', which is no cached set of the system",
    ]


def test_faults_unknown_source_table_is_named_with_those_that_are_read(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  source_keys:
    items: raw/items
    itmes: raw/items
  systems:
    - name: shop
      read_models:
        - {name: totals, definition: "SELECT id, lines FROM items", key: [id]}
"""
        }
    )
    assert project.fault().splitlines()[1:-1] == [
        "  - defs.yaml:5: there is no source table 'itmes'. Available: public.items. Correct source_keys; "
        "a read model's key is translated"
    ]


@pytest.mark.parametrize("attributes", ["", "attributes: {}\n"])
def test_faults_file_without_attributes_names_what_is_missing(project: DagsterProject, attributes: str) -> None:
    project.write({"defs.yaml": f"type: denorm_assets.DenormSystemComponent\n{attributes}"})
    assert "defs.yaml:" in project.fault()
    assert "`systems` is missing; add it" in project.fault()


def test_faults_translation_that_fails_for_asset_names_asset_and_line(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  translation:
    group_name: "{{ asset.colour.name }}"
  systems:
    - name: shop
      read_models:
        - {name: totals, definition: "SELECT id, lines FROM items", key: [id]}
"""
        }
    )
    said = project.fault()
    assert said.startswith("defs.yaml:3: `translation`: the `group_name` of the ")
    assert said.endswith("Correct the template")


@pytest.mark.parametrize("translation", ['group_name: "read models"', "owners: [bob]", "tags: {a tag: x}"])
def test_faults_translation_that_dagster_refuses_names_asset_and_line(
    project: DagsterProject, translation: str
) -> None:
    project.write(
        {
            "defs.yaml": f"""\
type: denorm_assets.DenormSystemComponent
attributes:
  translation:
    {translation}
  systems:
    - name: shop
      read_models:
        - {{name: totals, definition: "SELECT id, lines FROM items", key: [id]}}
"""
        }
    )
    said = project.fault()
    assert said.startswith("what `translation` at defs.yaml:3 says of source table shop/public.items is refused: ")
    assert said.endswith("Correct `translation` at defs.yaml:3")


def test_faults_source_key_that_is_none_is_named_with_its_line(project: DagsterProject) -> None:
    project.write(
        {
            "defs.yaml": """\
type: denorm_assets.DenormSystemComponent
attributes:
  source_keys:
    items: raw/items
    parts: ""
  systems:
    - name: shop
      read_models:
        - {name: totals, definition: "SELECT i.id FROM items AS i JOIN parts AS p ON p.id = i.id", key: [id]}
"""
        }
    )
    assert project.fault().splitlines()[1:-1] == [
        "  - defs.yaml:5: source_keys gives the table parts the key ''. Write a text such as 'raw/orders', a list of "
        "texts, or a dagster.AssetKey"
    ]


def test_systems_in_file_of_other_component_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "defs.yaml"
    path.write_text("type: dagster.DefsFolderComponent\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"defs.yaml holds no denorm_assets.DenormSystemComponent"):
        DenormSystemComponent.systems_in(path)
    path.write_text("type: denorm_assets.DenormSystemComponent\nattributes: [1]\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"defs.yaml:2: attributes has to be a mapping"):
        DenormSystemComponent.systems_in(path)


def test_systems_of_faulty_file_are_refused_in_shell_with_its_lines(project: DagsterProject) -> None:
    project.write({"defs.yaml": "type: denorm_assets.DenormSystemComponent\nattributes: {}\n"})
    (project.shop.parents[1] / "systems.py").write_text(
        "from pathlib import Path\n\n"
        "from denorm_assets import DenormSystemComponent\n\n"
        "[SHOP] = DenormSystemComponent.systems_in(Path(__file__).parent / 'defs' / 'shop' / 'defs.yaml')\n",
        encoding="utf-8",
    )
    with pytest.raises(DeclarationError, match=r"defs.yaml:2: `systems` is missing; add it"):
        load_systems([f"{project.shop.parents[1].name}.systems:SHOP"])
