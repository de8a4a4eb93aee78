"""The SQL of identifier migrations, for plain names and for odd ones."""

from __future__ import annotations

import pytest

from denorm_assets.db.render import show
from denorm_assets.model.schema_change import uuid_name
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import identifier_keys, identifiers
from denorm_assets.sql.identifier_keys import ForeignKey, IndexShape
from denorm_assets.sql.identifiers import Twin
from tests.sql.golden import assert_golden

PLAIN = (TableName("books", "library"), (Twin("id", "uid"), Twin("owner_id", "owner_uid")), "library")
ODD = (TableName('a "b"', "100%"), (Twin("select", "select_uid"), Twin("x y_id", "x y_uid")), "100%")


def shape_of(twin: Twin) -> IndexShape:
    return IndexShape((twin.uuid, twin.text), ("", " DESC"), (twin.uuid,), "btree", "title <> ''", is_unique=True)


@pytest.mark.parametrize(("name", "shape"), [("plain", PLAIN), ("odd_names", ODD)])
def test_identifiers(name: str, shape: tuple[TableName, tuple[Twin, ...], str]) -> None:
    table, twins, schema = shape
    first, second = twins
    function = identifiers.create_function(table, twins)
    key = ForeignKey(
        identifier_keys.reference_name(table, [second.uuid]),
        (second.uuid,),
        TableName("people", schema),
        (first.uuid,),
        on_update="c",
        on_delete="n",
        is_deferrable=True,
        is_deferred=True,
    )
    index = identifier_keys.key_index(table, [first.uuid])
    assert_golden(
        f"identifiers_{name}",
        {
            "create_function": function,
            "comment_on_function": identifiers.comment_on_function(table, show(function)),
            "add_columns": identifiers.add_columns(table, twins),
            "create_trigger": identifiers.create_trigger(table, twins),
            "enable_always": identifiers.enable_always(table),
            "fill_blocks": identifiers.fill_blocks(table, twins),
            "fill_blocks_directly": identifiers.fill_blocks_directly(table, twins),
            "vacuum": identifiers.vacuum(table),
            "any_differing": identifiers.any_differing(table, twins),
            "compare": identifiers.compare(table, twins),
            "malformed": identifiers.malformed(table, first, 3),
            "add_not_null_check": identifier_keys.add_not_null_check(table, first.uuid),
            "validate": identifier_keys.validate(table, identifier_keys.not_null_check(first.uuid)),
            "add_with_text_check": identifier_keys.add_with_text_check(table, second),
            "set_default": identifiers.set_default(table, Twin("id", "uid", "gen_random_uuid()::text")),
            "drop_default": identifiers.drop_default(table, first.uuid),
            "create_index": identifier_keys.create_index(table, f"{table.name}_uid", shape_of(second)),
            "set_not_null": identifier_keys.set_not_null(table, first.uuid),
            "drop_constraint": identifier_keys.drop_constraint(table, identifier_keys.not_null_check(first.uuid)),
            "create_unique_index": identifier_keys.create_unique_index(table, [first.uuid]),
            "add_reference": identifier_keys.add_reference(table, key),
            "move_primary_key": identifier_keys.move_primary_key(table, f"{table.name}_pkey", index),
            "comment_on_constraint": identifier_keys.comment_on_constraint(table, f"{table.name}_pkey", "it's")[0],
            "add_unique": identifier_keys.add_unique(table, index),
            "drop_function": identifiers.drop_function(table),
            "drop_columns": identifiers.drop_columns(table, [twin.text for twin in twins]),
        },
    )


@pytest.mark.parametrize(
    ("text", "uuid"), [("id", "uid"), ("owner_id", "owner_uid"), ("ref", "ref_uid"), ("paid", "paid_uid")]
)
def test_names_of_uuid_columns(text: str, uuid: str) -> None:
    assert uuid_name(text) == uuid
