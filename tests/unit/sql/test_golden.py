"""Every generator against golden files, for read models of every shape."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.ids import IdKind
from denorm_assets.model.ranges import EVERYTHING, IdInterval
from denorm_assets.sql.ddl import indexes, tables
from denorm_assets.sql.rows import batch, compare, ranges, repair
from denorm_assets.sql.rows.anchors import anchored, anchored_between, rows_one_by_one, settled
from denorm_assets.sql.rows.pending import every_anchor_pending
from denorm_assets.sql.rows.predicates import EVERY_ROW, columns_equal, in_interval, source_in_interval
from denorm_assets.sql.rows.realtime import estimated, recompute
from denorm_assets.sql.statement import Statement
from tests.unit.model.strategies import LAST_UUID
from tests.unit.sql.described import ALL, ANCHORED_BY_TWO, KEY_ALONE, ODD, PARTITIONED, PLAIN, UNHASHABLE
from tests.unit.sql.golden import assert_golden

EVERY_SHAPE = pytest.mark.parametrize("shape", ALL)


def some(described: DescribedModel) -> IdInterval:
    """An interval of the kind of IDs that `described` has."""
    first = described.drivers[0].kind.parse(str(LAST_UUID) if described.drivers[0].kind is IdKind.UUID else "5")
    return IdInterval(first, first)


def table_statements(described: DescribedModel) -> Mapping[str, Statement]:
    return {
        "create_table": tables.create_table(described),
        **{f"create_{part.table.name}": tables.create_partition(described, part) for part in described.partitions},
        "comment_on_table": tables.comment_on_table(described),
        "analyze": tables.analyze(described),
    }


def load_statements(described: DescribedModel) -> Mapping[str, Statement]:
    driver, interval = described.drivers[-1].driver, some(described)
    return {
        "batch_end": batch.batch_end(driver, interval, 100),
        "holds_rows": batch.holds_rows(described, driver, interval),
        "insert": batch.insert(described, in_interval(driver, interval)),
        "stage": batch.stage(described, in_interval(driver, interval)),
        "analyze_stage": batch.analyze_stage(),
        "remove_stale": batch.remove_stale(described, in_interval(driver, interval)),
        "upsert": batch.upsert(described, in_interval(driver, interval)),
        "duplicate_keys": batch.duplicate_keys(described, driver, interval, 5),
    }


def compare_statements(described: DescribedModel) -> Mapping[str, Statement]:
    within = in_interval(described.drivers[-1].driver, some(described))
    return {
        "digests": compare.digests(described, within),
        "differing_rows": compare.differing_rows(described, within, 20),
        "rows_apart": compare.rows_apart(described, described.definition, 10, by_image=True),
        "count_by_side": compare.count_by_side(described, within),
        "held_by_source": compare.held_by_source(described, described.drivers[-1].driver),
    }


@EVERY_SHAPE
def test_tables_sql_each_shape_equals_golden(shape: str) -> None:
    assert_golden(f"tables_{shape}", table_statements(ALL[shape]))


@EVERY_SHAPE
def test_load_sql_each_shape_equals_golden(shape: str) -> None:
    assert_golden(f"load_{shape}", load_statements(ALL[shape]))


@EVERY_SHAPE
def test_compare_sql_each_shape_equals_golden(shape: str) -> None:
    assert_golden(f"compare_{shape}", compare_statements(ALL[shape]))


@pytest.mark.parametrize("shape", ["plain", "nullable_key", "equals", "odd_names", "two_drivers"])
def test_repair_sql_each_shape_equals_golden(shape: str) -> None:
    described = ALL[shape]
    driver = described.drivers[-1].driver
    within = in_interval(driver, some(described))
    statements = {
        "differing_anchors": repair.differing_anchors(described, within, 5),
        "differing_images": repair.differing_images(described, within, 5),
        "audit": repair.audit(described, within),
        "anchor_quantiles": repair.anchor_quantiles(described, within, 1_000),
        "younger_rows": repair.younger_rows(described, driver, ["7", None]),
        "first_anchors": anchored_between(described, None, "7"),
        "further_anchors": anchored_between(described, "7", "9"),
        "last_anchors": anchored_between(described, "9", None),
    }
    assert_golden(f"repair_{shape}", statements)


def test_create_schema_sql_equals_golden() -> None:
    assert_golden(
        "create_schema", {"plain": tables.create_schema("app"), "odd": tables.create_schema('My "100%" {app}')}
    )


@pytest.mark.parametrize("shape", ["plain", "odd_names", "partitioned"])
def test_indexes_sql_each_shape_equals_golden(shape: str) -> None:
    described = ALL[shape]
    statements: dict[str, Statement] = {}
    target = described.table
    for index in described.model.indexes:
        name = index.name_for(target.name)
        statements[f"create {name} before readers come"] = indexes.create_index(target, index, concurrently=False)
        statements[f"create {name} beside readers"] = indexes.create_index(target, index, concurrently=True)
        statements[f"comment on {name}"] = indexes.comment_on_index(target, index)
        statements[f"drop {name}"] = indexes.drop_index(described.schema, name)
        if described.partitions:
            statements[f"create {name} to attach to"] = indexes.create_index(
                target, index, concurrently=False, only=True
            )
            statements[f"attach to {name}"] = indexes.attach_index(described.schema, name, f"{name}_1")
            statements[f"drop {name} with its partitions'"] = indexes.drop_partitioned_index(described.schema, name)
    for reference in described.model.references:
        for referring in indexes.referring_tables(described, reference):
            constraint = reference.constraint_name(referring.name)
            statements[f"add {constraint}"] = indexes.add_foreign_key(described, referring, reference)
            statements[f"validate {constraint}"] = indexes.validate_foreign_key(referring, reference)
        constraint = reference.constraint_name(described.model.name)
        in_partition = f" in {reference.partition}" if reference.partition else ""
        statements[f"orphans of {constraint}{in_partition}"] = indexes.orphans(described, reference, EVERY_ROW, 20)
    narrow = columns_equal({described.model.key[0]: "5"})
    statements["orphans of one key"] = indexes.orphans(described, described.model.references[0], narrow, 20)
    assert_golden(f"indexes_{shape}", statements)


@pytest.mark.parametrize("shape", ["plain", "odd_names"])
def test_ranges_sql_each_shape_equals_golden(shape: str) -> None:
    driver = ALL[shape].drivers[0].driver
    assert_golden(
        f"ranges_{shape}",
        {
            "extent of everything": ranges.extent(driver, EVERYTHING),
            "extent of the rest": ranges.extent(driver, IdInterval(6, None, nulls=True)),
            "quantiles of everything": ranges.quantiles(driver, EVERYTHING, 1_000),
            "quantiles of the rest": ranges.quantiles(driver, IdInterval(6, None, nulls=True), 1_000),
        },
    )


def test_predicates_sql_equals_golden() -> None:
    plain, odd = PLAIN.drivers[0].driver, ODD.drivers[0].driver
    intervals = {
        "everything": EVERYTHING,
        "everything but NULL": IdInterval(None, None),
        "up to": IdInterval(None, 5),
        "from": IdInterval(5, None),
        "from to": IdInterval(5, 7),
        "the rest": IdInterval(8, None, nulls=True),
        "NULL alone": IdInterval(1, 0, nulls=True),
    }
    statements = {title: in_interval(plain, interval) for title, interval in intervals.items()}
    statements |= {f"{title}, odd names": in_interval(odd, interval) for title, interval in intervals.items()}
    statements |= {"the rest of the source": source_in_interval(odd, IdInterval(8, None, nulls=True))}
    statements |= {"columns": columns_equal({"a": "1", 'b"%s{}': "2"})}
    assert_golden("predicates", statements)


def test_index_hash_changes_only_with_declared_index() -> None:
    by_tag, by_note = PLAIN.model.indexes
    # Another value here means that every installed index would be built anew.
    assert indexes.index_hash(PLAIN.table, by_tag) == "a517cf168512"
    both = (PLAIN, KEY_ALONE)
    assert len({indexes.index_hash(described.table, index) for described in both for index in (by_tag, by_note)}) == 4


def test_anchored_sql_partitioned_names_all_partitions() -> None:
    assert_golden(
        "anchored_partitioned",
        {
            "anchored": anchored(PARTITIONED, ["5", "7"], nulls=False),
            "anchored, NULL too": anchored(PARTITIONED, ["5"], nulls=True),
            "recompute": recompute(PARTITIONED),
        },
    )


def test_anchored_sql_several_columns_equals_golden() -> None:
    described, anchors = ANCHORED_BY_TWO, ['["5", "a"]', '["7", null]']
    assert_golden(
        "anchored_by_two_columns",
        {
            "anchored": anchored(described, anchors, nulls=False),
            "one by one": rows_one_by_one(described, anchors, nulls=False),
            "settled": settled(described, 1),
            "every anchor pending": every_anchor_pending(described, 1),
            "between": anchored_between(described, "5", "7"),
            "recompute": recompute(described),
            "estimated": estimated(described)[0],
        },
    )


def test_batch_end_uuid_is_bound_as_parameter() -> None:
    statement = batch.batch_end(UNHASHABLE.drivers[0].driver, some(UNHASHABLE), 1)
    assert_golden("uuid_batch_end", {"batch_end": statement})
