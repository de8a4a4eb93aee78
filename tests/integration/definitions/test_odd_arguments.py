"""Arguments of `build_definitions` that a stranger may well give: what is refused names the asset and the remedy."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from denorm_assets import (
    ConfigurationError,
    DenormAsset,
    DenormTranslator,
    IdRanges,
    ReadModel,
    System,
    build_definitions,
)
from tests.integration.definitions.test_merging import LINKS, RAW, SHOP, merged


def refused(**given: Any) -> str:
    """What `build_definitions` says of these arguments."""
    with pytest.raises(ConfigurationError) as raised:
        build_definitions([SHOP], **given)
    return str(raised.value)


def answering(method: str, answer: object) -> DenormTranslator:
    """A translator that gives `answer` for the read model."""

    def answered(self: DenormTranslator, asset: DenormAsset, *more: Any) -> Any:
        return answer if asset.kind == "read_model" else getattr(DenormTranslator, method)(self, asset, *more)

    made: type[DenormTranslator] = type("Ours", (DenormTranslator,), {method: answered})
    return made()


@pytest.mark.parametrize(
    ("method", "answer", "reason"),
    [
        ("get_group_name", "read models", '"read models" is not a valid asset group name'),
        ("get_group_name", 7, "int"),
        ("get_tags", {"a tag": "yes!"}, "a tag"),
        ("get_tags", {"domain": 7}, "domain"),
        ("get_tags", None, "NoneType"),
        ("get_owners", ["bob"], "bob"),
        ("get_owners", [7], "7"),
        ("get_description", 7, "7"),
        ("get_automation_condition", "eager", "eager"),
    ],
)
def test_translator_value_that_dagster_refuses_is_refused_with_its_asset(
    method: str, answer: object, reason: str
) -> None:
    said = refused(translator=answering(method, answer))
    assert said.startswith("what Ours says of read model shop/links is refused: ")
    assert reason in said
    assert said.endswith(". Correct Ours")


@pytest.mark.parametrize("answer", [None, "shop/links", ["shop", "links"], dg.AssetSpec("links")])
def test_translator_key_that_is_none_is_refused(answer: object) -> None:
    said = refused(translator=answering("get_asset_key", answer))
    assert said == (
        f"the translator gives read model shop/links the key {answer!r}. Return a dagster.AssetKey in get_asset_key"
    )


def test_translator_spec_that_is_none_is_refused() -> None:
    assert refused(translator=answering("get_asset_spec", None)) == (
        "get_asset_spec of Ours returns None for read model shop/links. Return a spec with the key it is given; "
        "get_asset_key changes keys"
    )


def test_translator_spec_of_source_table_with_other_key_is_refused() -> None:
    class Moves(DenormTranslator):
        def get_asset_spec(self, asset: DenormAsset, spec: dg.AssetSpec) -> dg.AssetSpec:
            return spec.replace_attributes(key=spec.key.with_prefix("warehouse"))

    assert refused(translator=Moves()) == (
        "get_asset_spec of Moves returns the key warehouse/shop/source/items for source table shop/app.items. Return a "
        "spec with the key it is given; get_asset_key changes keys"
    )


def test_translator_that_says_nothing_gives_defaults() -> None:
    definitions = build_definitions([SHOP], translator=answering("get_group_name", None))
    [spec] = [spec for spec in definitions.resolve_all_asset_specs() if spec.key == LINKS]
    assert spec.group_name in {None, "default"}


@pytest.mark.parametrize("given", [7, "", [], ["raw", 7], [""], dg.AssetSpec("raw")])
def test_source_keys_value_that_is_no_key_is_refused(given: Any) -> None:
    wanted = f" the key {given!r}. Write a text such as 'raw/orders', a list of texts, or a dagster.AssetKey"
    assert refused(source_keys={"items": given}) == f"source_keys gives the table items{wanted}"
    assert refused(source_keys={"app.items": given}.get) == f"source_keys gives the table app.items{wanted}"


def test_source_keys_that_is_no_mapping_is_refused() -> None:
    assert refused(source_keys=["items"]) == (
        'source_keys is a list. Give it a mapping, for example {"order_lines": "raw/order_lines"}, or a function of '
        "`schema.table`"
    )


@pytest.mark.parametrize("answer", [RAW, "raw/items", ["raw", "items"]])
def test_source_keys_function_may_answer_as_mapping_does(answer: Any) -> None:
    graph = merged(build_definitions([SHOP], source_keys=lambda _: answer)).resolve_asset_graph()
    assert RAW in graph.get(LINKS).parent_keys


def test_source_keys_key_of_our_own_is_refused() -> None:
    assert refused(source_keys={"items": "shop/links"}) == (
        "source_keys gives the table app.items the key of read model shop/links. Give it the key of the asset that "
        "writes the table"
    )


def test_source_keys_one_key_for_two_tables_is_one_asset() -> None:
    both = "SELECT i.id, o.id AS order_id FROM items AS i JOIN orders AS o ON o.id = i.id"
    system = System("shop", "app", read_models=(ReadModel("links", both, ("id",), IdRanges("items.id")),))
    graph = merged(build_definitions([system], source_keys=lambda _: RAW)).resolve_asset_graph()
    assert graph.get(LINKS).parent_keys == {RAW, dg.AssetKey(["shop", "items_ranges"])}


@pytest.mark.parametrize("key", ["store-database", "", "stores.main"])
def test_resource_key_that_is_no_name_is_refused(key: str) -> None:
    assert refused(resource_key=key) == (
        f"resource_key is {key!r}. Dagster allows letters, digits and underscores; write store_database, say"
    )


def test_merge_asset_with_key_of_ours_is_refused_by_dagster_with_the_key() -> None:
    @dg.asset(key=LINKS)
    def theirs() -> None: ...

    with pytest.raises(dg.DagsterInvalidDefinitionError, match=r"Duplicate asset key: .*'shop', 'links'"):
        dg.Definitions.validate_loadable(dg.Definitions.merge(dg.Definitions([theirs]), build_definitions([SHOP])))


@pytest.mark.parametrize("name", ["shop_refresh", "shop_checks", "denorm_prune_events"])
def test_merge_job_with_name_of_ours_is_refused_by_dagster_with_the_name(name: str) -> None:
    @dg.job(name=name)
    def theirs() -> None: ...

    with pytest.raises(dg.DagsterInvalidDefinitionError, match=f"Duplicate .*{name}"):
        dg.Definitions.validate_loadable(dg.Definitions.merge(dg.Definitions(jobs=[theirs]), build_definitions([SHOP])))


def test_merge_one_database_twice_is_refused_by_dagster_with_the_resource() -> None:
    store = replace(SHOP, name="store", schema="store")
    with pytest.raises(dg.DagsterInvariantViolationError, match="different resources with same key 'denorm_database'"):
        dg.Definitions.merge(build_definitions([SHOP]), build_definitions([store]))
