"""Code versions: the same wherever the same declaration is loaded, another one when what a table holds changes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.model.index import Index
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql import versions
from denorm_assets.sql.versions import code_version, range_set_name
from denorm_assets.systems.topics import SYSTEM as TOPICS

PRINT_VERSIONS = (
    "from denorm_assets.systems.topics import SYSTEM as s; from denorm_assets.sql.versions import code_version; "
    "print(*(code_version(s, m) for m in s.read_models))"
)


@pytest.fixture
def model(tmp_path: Path) -> ReadModel:
    path = tmp_path / "links.sql"
    path.write_text("SELECT id, tag FROM items", encoding="utf-8")
    return ReadModel("links", SqlFile(path), ("id", "tag"), IdRanges("items.id"))


def system(model: ReadModel) -> System:
    return System("shop", "app", (Phase("one", (model,)),))


def test_code_version_other_process_is_same() -> None:
    here = " ".join(code_version(TOPICS, model) for model in TOPICS.read_models)
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    found = subprocess.run(
        [sys.executable, "-c", PRINT_VERSIONS], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == here
    assert len(set(here.split())) == 2


@pytest.mark.parametrize(
    "change",
    [{"key": ("tag", "id")}, {"key": ("id",)}, {"backfill": IdRanges("items.other")}, {"name": "other"}],
    ids=["order of the key", "key", "driving column", "name"],
)
def test_code_version_changed_declaration_differs(model: ReadModel, change: dict[str, Any]) -> None:
    changed = replace(model, **change)
    assert code_version(system(changed), changed) != code_version(system(model), model)


def test_code_version_changed_definition_differs(model: ReadModel) -> None:
    before = code_version(system(model), model)
    model.definition.path.write_text("SELECT id, tag FROM items WHERE true", encoding="utf-8")
    assert code_version(system(model), model) != before


def test_code_version_changed_schema_system_or_generator_differs(
    model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = system(model)
    found = {code_version(changed, model) for changed in (shop, replace(shop, schema="b"), replace(shop, name="b"))}
    monkeypatch.setattr(versions, "GENERATOR_VERSION", versions.GENERATOR_VERSION + 1)
    found.add(code_version(shop, model))
    assert len(found) == 4


def test_code_version_change_that_affects_no_row_is_same(model: ReadModel, tmp_path: Path) -> None:
    elsewhere = SqlFile(tmp_path / "moved.sql")
    elsewhere.path.write_text(model.definition.text + ";\n", encoding="utf-8")
    key: Any = list(model.key)
    for changed in (
        replace(model, indexes=(Index("tag"),)),
        replace(model, description="Links."),
        replace(model, definition=elsewhere),
        replace(model, key=key),
    ):
        assert code_version(system(changed), changed) == code_version(system(model), model)


@pytest.mark.parametrize(
    ("driving", "name"),
    [
        (("items.id",), "shop_items"),
        (("app.items.id",), "shop_items"),
        (("items.id", "tags.id"), "shop_items_tags"),
        (("items.parent",), "shop_items_parent"),
        (("items.uuid", "tags.id"), "shop_items_uuid_tags"),
    ],
)
def test_range_set_name_is_made_of_driving_columns(model: ReadModel, driving: tuple[str, ...], name: str) -> None:
    assert range_set_name(system(model), replace(model, backfill=IdRanges(*driving))) == name
