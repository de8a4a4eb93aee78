"""`refresh=Auto()` without a database: the kinds that a declaration leaves open, and which of them a version is of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.definitions.build import build_definitions
from denorm_assets.model.index import references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Auto, Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.clock.definition_text import names_clock
from denorm_assets.sql.automatic import as_registered, auto_sentence, by_key, in_full, is_registered, kinds
from denorm_assets.sql.versions import code_version

DEBOUNCE = Debounce(2, 8)


@pytest.fixture
def model(tmp_path: Path) -> ReadModel:
    return declared(tmp_path, "SELECT id, tag FROM items")


def declared(folder: Path, text: str, **more: Any) -> ReadModel:
    path = folder / "links.sql"
    path.write_text(text, encoding="utf-8")
    return replace(ReadModel("links", SqlFile(path), ("id",), refresh=Auto(DEBOUNCE, clock=30)), **more)


def system(model: ReadModel) -> System:
    return System("shop", "app", (Phase("one", (model,)),))


def test_read_model_without_refresh_is_auto(model: ReadModel) -> None:
    assert ReadModel(model.name, model.definition, model.key).refresh == Auto()


def test_auto_clock_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"clock \(0 s\) has to be more than 0 s"):
        Auto(clock=0)


def test_kinds_auto_passes_its_parameters_on(model: ReadModel, tmp_path: Path) -> None:
    assert [kind.refresh for kind in kinds(model)] == [Debounced(DEBOUNCE, 30), Full(DEBOUNCE)]
    timed = declared(tmp_path, "SELECT id FROM items WHERE at > now()")
    assert in_full(timed).refresh == Full(DEBOUNCE, every=30)


@pytest.mark.parametrize("refresh", [Debounced(), Realtime(), Full()])
def test_kinds_named_kind_is_the_only_one(model: ReadModel, refresh: Debounced | Realtime | Full) -> None:
    named = replace(model, refresh=refresh)
    assert kinds(named) == (named,)


@pytest.mark.parametrize(
    "more",
    [
        {"backfill": IdRanges("items.id")},
        {"partition_by": "kind"},
        {"references": (references("id", "items.id", foreign_key=True),)},
    ],
    ids=["backfill", "partitions", "foreign key"],
)
def test_kinds_what_only_tables_have_leaves_one(model: ReadModel, more: dict[str, Any]) -> None:
    found = replace(model, **more)
    assert kinds(found) == (by_key(found),)


def test_kinds_reference_without_foreign_key_leaves_both(model: ReadModel) -> None:
    assert len(kinds(replace(model, references=(references("id", "items.id"),)))) == 2


def test_as_registered_version_says_which_kind(model: ReadModel) -> None:
    of_table, of_view = (code_version(system(model), kind) for kind in (by_key(model), in_full(model)))
    assert of_table != of_view
    assert as_registered(system(model), model, of_table) == by_key(model)
    assert as_registered(system(model), model, of_view) == in_full(model)
    assert as_registered(system(model), model, "another") == by_key(model)
    assert [is_registered(system(model), model, version) for version in (of_table, of_view, "another")] == [
        True,
        True,
        False,
    ]


def test_code_version_auto_is_that_of_debounced(model: ReadModel) -> None:
    assert code_version(system(model), model) == code_version(system(model), replace(model, refresh=Debounced()))


def test_auto_sentence_says_kind_and_reason(model: ReadModel, tmp_path: Path) -> None:
    assert auto_sentence(by_key(model), "no source is whole") == "auto: by key, because no source is whole"
    assert auto_sentence(in_full(model), "it is") == "auto: full, because it is"
    timed = declared(tmp_path, "SELECT id FROM items WHERE at > now()")
    assert auto_sentence(in_full(timed), "it is") == "auto: full every 30 s, because it is"


@pytest.mark.parametrize(
    "clause",
    [
        "now()",
        "NOW ()",
        '"now"()',
        "pg_catalog.now()",
        "transaction_timestamp()",
        "Statement_Timestamp()",
        "CURRENT_DATE",
        "current_timestamp(3)",
        "localtime",
        "age(born)",
        "AGE (greatest(a, b))",
        "'x' || now()",
    ],
)
def test_names_clock_finds_every_spelling(clause: str) -> None:
    assert names_clock(f"SELECT id, {clause} AS x FROM items")


@pytest.mark.parametrize("clause", ["age", "now", "age(a, b)", "'now()'", "t.age", "1 -- now()\n", "/* now() */ 1"])
def test_names_clock_takes_nothing_else_for_it(clause: str) -> None:
    assert not names_clock(f"SELECT id, {clause} AS x FROM items AS t")


def test_build_definitions_auto_needs_no_database(model: ReadModel) -> None:
    definitions = build_definitions([system(model)])
    [asset] = [spec for spec in definitions.resolve_all_asset_specs() if spec.key.path == ["shop", "links"]]
    assert asset.kinds == {"postgres"}
    assert asset.code_version == code_version(system(model), model)
    assert "of the whole view" in str(asset.metadata["kept fresh"])
