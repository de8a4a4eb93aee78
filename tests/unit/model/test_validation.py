"""Validation: every fault of every declaration in one message, each with its file and line."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.errors import DeclarationError, UnknownName
from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.index import Index, on, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Example, Phase, QueryPair, System
from denorm_assets.model.table_name import TableName
from denorm_assets.model.validation import declaration_faults, validate_systems
from denorm_assets.systems.topics import SYSTEM as TOPICS

HERE = Path(__file__)


@pytest.fixture
def file(tmp_path: Path) -> SqlFile:
    path = tmp_path / "links.sql"
    path.write_text("SELECT id FROM items", encoding="utf-8")
    return SqlFile(path)


@pytest.fixture
def links(file: SqlFile) -> ReadModel:
    return ReadModel("links", file, ("id",), IdRanges("items.id"))


def of(*models: ReadModel, **fields: Any) -> System:
    return replace(System("shop", "app", (Phase("one", models),)), **fields)


def faults(*systems: System) -> Sequence[str]:
    with pytest.raises(DeclarationError) as caught:
        validate_systems(systems)
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


def one_fault(*systems: System) -> str:
    [fault] = faults(*systems)
    return fault


def test_validate_systems_sound_declarations_pass(links: ReadModel) -> None:
    validate_systems([TOPICS, of(links)])


def test_validate_systems_many_faults_are_listed_with_file_and_line(links: ReadModel) -> None:
    frame = inspect.currentframe()
    assert frame is not None
    first = ReadModel("bad name", links.definition, (), IdRanges("items.id"))
    second = ReadModel("x" * 64, SqlFile(Path("/nowhere.sql")), ("id", "tag", "id"), IdRanges("items.id"))
    line = frame.f_lineno
    found = faults(of(first, second), of(name="no-system"))
    assert [fault.split(": ", 2)[0] for fault in found] == [
        f"{HERE}:{line - 2}",
        f"{HERE}:{line - 2}",
        f"{HERE}:{line - 1}",
        f"{HERE}:{line - 1}",
        f"{HERE}:{line - 1}",
        f"{HERE}:{inspect.getsourcelines(of)[1] + 1}",
    ]
    assert [fault.split(": ", 2)[2].split(";")[0] for fault in found] == [
        "the name may hold letters, digits and underscores only (Dagster's rule)",
        "`key` is empty",
        "the name is longer than 63 bytes, which PostgreSQL would cut",
        "`key` names 'id' twice",
        "definition: /nowhere.sql is no file",
        "the name may hold letters, digits and underscores only (Dagster's rule)",
    ]


@pytest.mark.parametrize("name", ["", "a b", "a-b", "a/b", "a.b", "ä", "links\n"])
def test_validate_systems_name_invalid_in_dagster_is_refused(links: ReadModel, name: str) -> None:
    assert "letters, digits and underscores only" in one_fault(of(replace(links, name=name)))
    assert "letters, digits and underscores only" in one_fault(of(links, name=name))


def test_validate_systems_two_systems_one_name_is_refused(links: ReadModel) -> None:
    assert one_fault(of(links), of()) == "two systems are called 'shop'; load one of them, or give one another name"


def test_validate_systems_two_systems_one_table_is_refused(links: ReadModel) -> None:
    assert one_fault(of(links), of(links, name="store")) == (
        "the systems shop and store declare the same table app.links; give one of the read models another name"
    )
    validate_systems([of(links), of(links, name="store", schema="other")])


def test_validate_systems_duplicate_phase_or_read_model_is_refused(links: ReadModel) -> None:
    assert "'links' is declared twice" in one_fault(of(links, replace(links, key=("other",))))
    assert "'one' is declared twice" in one_fault(of(replace(links, name="one")))


@pytest.mark.parametrize("name", ["benchmark", "cutover", "load_test", "monitoring"])
def test_validate_systems_name_of_system_asset_is_refused(links: ReadModel, name: str) -> None:
    assert f"{name!r} is the name of an asset of every system" in one_fault(of(replace(links, name=name)))


def test_validate_systems_name_of_index_asset_is_refused(links: ReadModel) -> None:
    fault = one_fault(of(links, replace(links, name="links_indexes")))
    assert "'links_indexes' is the asset of its indexes; call nothing else so" in fault


def test_validate_systems_two_queries_one_name_is_refused(links: ReadModel, file: SqlFile) -> None:
    pair = QueryPair("page", file, file, {})
    assert "two queries are called 'page'" in one_fault(of(links, queries=(pair, pair)))


def test_validate_systems_two_indexes_one_name_is_refused(links: ReadModel) -> None:
    index, other = Index("a", name="by_a"), Index("b", name="by_a")
    fault = one_fault(of(replace(links, indexes=(index, other))))
    assert "two indexes are called 'by_a'; give one a `name` of its own" in fault


def test_validate_systems_index_name_of_other_read_model_is_refused(links: ReadModel) -> None:
    short = replace(links, name="links", indexes=(Index("a_b", "c"),))
    long = replace(links, name="links_a", indexes=(Index("b", "c"),))
    assert "two indexes are called 'links_a_b_c_idx'" in one_fault(of(short, long))


def test_validate_systems_index_names_equal_once_cut_are_refused(links: ReadModel) -> None:
    indexes = (Index("c" * 70), Index("c" * 71))
    assert "two indexes are called" in one_fault(of(replace(links, indexes=indexes)))


def test_validate_systems_two_references_one_column_is_refused(links: ReadModel) -> None:
    twice = (references("id", "items.id"), references("id", "topics.id"))
    assert "`references` names 'id' twice" in one_fault(of(replace(links, references=twice)))


def test_validate_systems_driving_tables_with_same_name_are_refused(links: ReadModel) -> None:
    fault = one_fault(of(replace(links, backfill=IdRanges("a.items.id", "b.items.id"))))
    assert "`backfill` names two columns of 'items'; range keys could not tell them apart" in fault


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty; write the SELECT into it"),
        (b" ;\n", "is empty; write the SELECT into it"),
        ("SELECT 'ñ'".encode("latin-1"), "is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_validate_systems_empty_or_non_utf8_definition_is_refused(
    links: ReadModel, content: bytes, problem: str
) -> None:
    links.definition.path.write_bytes(content)
    assert one_fault(of(links)).endswith(f"read model 'links': definition: {links.definition.path} {problem}")


def test_validate_systems_folder_as_definition_is_refused(links: ReadModel, tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in one_fault(of(replace(links, definition=SqlFile(tmp_path))))


def test_validate_systems_missing_query_or_sample_file_is_refused(links: ReadModel, file: SqlFile) -> None:
    missing = SqlFile(Path("/nowhere.sql"))
    queries = (QueryPair("page", file, missing, {}),)
    example = Example((), missing, 1, 1)
    in_query, in_sample = faults(of(links, queries=queries, example=example))
    assert "query 'page': /nowhere.sql is no file" in in_query
    assert "sample data: /nowhere.sql is no file" in in_sample


@pytest.mark.parametrize("field", ["key", "indexes", "references"])
def test_validate_systems_single_item_without_comma_is_refused(links: ReadModel, field: str) -> None:
    single: Any = {"key": "id", "indexes": Index("id"), "references": references("id", "items.id")}[field]
    fault = one_fault(of(replace(links, **{field: single})))
    assert fault.endswith(f"`{field}` is no tuple; a single item needs a comma after it: {field}=(item,)")


def test_validate_systems_single_phase_or_model_without_comma_is_refused(links: ReadModel) -> None:
    phases: Any = Phase("one", (links,))
    assert "`phases` is no tuple" in one_fault(of(phases=phases))
    model: Any = links
    assert "phase 'one': `read_models` is no tuple" in one_fault(of(phases=(Phase("one", model),)))


@pytest.mark.parametrize(
    ("work", "problem"),
    [
        (SoftDeletes((TableName("items"), TableName("items"))), "`tables` names items twice"),
        (SoftDeletes((TableName("x" * 59),)), "_live' is longer than 63 bytes, which PostgreSQL would cut"),
        (SoftDeletes((TableName("items"),), keep_days=-1), "`keep_days` is negative; 0 purges all that is deleted"),
        (SoftDeletes(TableName("items")), "`tables` is no tuple"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_validate_systems_faulty_soft_deletes_are_refused(work: SoftDeletes, problem: str) -> None:
    fault = one_fault(of(phases=(Phase("one", work=work),)))
    assert "phase 'one': " in fault
    assert problem in fault


def test_validate_systems_list_instead_of_tuple_passes(links: ReadModel) -> None:
    key: Any = ["id"]
    validate_systems([of(replace(links, key=key))])


def test_validate_systems_two_references_in_one_partition_are_refused(links: ReadModel) -> None:
    def referring(*partitions: str | None) -> System:
        found = tuple(references("id", f"t{n}.id", partition=partition) for n, partition in enumerate(partitions))
        return of(replace(links, partition_by="source", references=found))

    validate_systems([referring("a", "b"), replace(referring(None), name="other", schema="other")])
    assert "`references` names 'id' twice for the partition 'a'" in one_fault(referring("a", "b", "a"))
    assert "names 'id' for all rows and for a partition" in one_fault(referring("a", None))


def test_validate_systems_partition_reference_needs_partition_by(links: ReadModel) -> None:
    fault = one_fault(of(replace(links, references=(references("id", "t.id", partition="a"),))))
    assert "declare `partition_by`" in fault


def cached(file: SqlFile, name: str = "likes", **fields: Any) -> CachedSet:
    return replace(CachedSet(name, file, "user_id", "item_id"), **fields)


def test_validate_systems_sound_caches_pass(file: SqlFile) -> None:
    counts = CachedCount("counts", file, "item_id", "likes", of="likes", owners="app.items.id")
    validate_systems([of(caches=(cached(file, add=file, remove=file, owners="users.id"), counts))])


def test_validate_systems_faulty_caches_are_refused(file: SqlFile, links: ReadModel) -> None:
    assert "names of phases, read models and caches are unique" in one_fault(of(links, caches=(cached(file, "links"),)))
    assert "`ttl` (0.5 s) is below 1 s" in one_fault(of(caches=(cached(file, ttl=0.5),)))
    assert "name the column that lists all owners as table.column" in one_fault(of(caches=(cached(file, owners="id"),)))
    assert "the same column 'user_id'" in one_fault(of(caches=(cached(file, member="user_id"),)))
    assert "`add` and `remove` go together" in one_fault(of(caches=(cached(file, add=file),)))
    assert "letters, digits and underscores only" in one_fault(of(caches=(cached(file, "a-b"),)))
    assert "is no file" in one_fault(of(caches=(cached(SqlFile(Path("/nowhere.sql"))),)))
    lone = CachedCount("counts", file, "item_id", "likes", of="links")
    assert "`of` names 'links', which is no cached set of the system" in one_fault(of(caches=(lone,)))
    assert f"{HERE}:" in one_fault(of(caches=(lone,)))
    assert "`caches` is no tuple" in one_fault(of(caches=lone))


def test_system_cache_is_found_by_name(file: SqlFile) -> None:
    counts = CachedCount("counts", file, "item_id", "likes", of="likes")
    system = of(caches=(cached(file), counts))
    assert system.cache("counts") is counts
    assert system.counts_of("likes") == (counts,)
    with pytest.raises(UnknownName, match=r"there is no cache 'shop/like'. Available: shop/likes, shop/counts"):
        system.cache("like")


def test_validate_systems_definition_neither_file_nor_text_is_refused(links: ReadModel) -> None:
    path: Any = Path("links.sql")
    assert one_fault(of(replace(links, definition=path))).endswith(
        "definition: is a PosixPath; write SqlFile(path), or the SQL itself as a text"
    )
    assert one_fault(of(replace(links, definition=" "))).endswith("definition: is empty; write the SELECT into it")


def test_validate_systems_nothing_declared_is_refused() -> None:
    fault = one_fault(System("shop"))
    assert "system 'shop': there is no phase that starts by itself; give it `read_models`, or `phases`" in fault


def test_declaration_faults_part_of_declarations_calls_nothing_missing(links: ReadModel, file: SqlFile) -> None:
    count = CachedCount("counts", file, "item_id", "likes", of="likes")
    partial = replace(links, references=(references("id", "items.id", partition="a"),), key=())
    system = System("shop", "app", (Phase("one", (partial,), indexes=(on("links", Index("id"), query="page"),)),))
    part = [replace(system, caches=(count,)), System("empty")]
    assert len(declaration_faults(part)) == 5
    [fault] = declaration_faults(part, whole=False)
    assert fault.endswith("`key` is empty; name the columns that identify a row")
