"""IDs: integers and UUIDs, discrete and ordered."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denorm_assets.model.ids import Id, IdKind, precedes, successor
from tests.unit.model.strategies import KINDS, LAST_UUID, number

ANY_ID: st.SearchStrategy[Id] = st.one_of(*KINDS.values())


@pytest.mark.parametrize("type_name", ["smallint", "integer", "bigint"])
def test_id_kind_integer_type_is_integer(type_name: str) -> None:
    assert IdKind.of_type(type_name) is IdKind.INTEGER


def test_id_kind_uuid_type_is_uuid() -> None:
    assert IdKind.of_type("uuid") is IdKind.UUID


@pytest.mark.parametrize("type_name", ["text", "numeric(10,0)", "timestamp with time zone", "bigint[]", ""])
def test_id_kind_other_type_is_none(type_name: str) -> None:
    assert IdKind.of_type(type_name) is None


@given(ANY_ID)
def test_id_kind_written_id_parses_to_same_id(value: Id) -> None:
    kind = IdKind.UUID if isinstance(value, UUID) else IdKind.INTEGER
    assert kind.parse(str(value)) == value
    assert kind.parse(kind.show(value)) == value


@given(ANY_ID)
def test_successor_any_id_is_next_number(value: Id) -> None:
    after = successor(value)
    if after is None:
        assert value == LAST_UUID
    else:
        assert precedes(value, after)
        assert number(after) == number(value) + 1


@given(st.sampled_from(IdKind).flatmap(lambda kind: st.tuples(KINDS[kind], KINDS[kind])))
def test_precedes_two_ids_orders_them_unless_equal(ids: tuple[Id, Id]) -> None:
    left, right = ids
    assert precedes(left, right) + precedes(right, left) == (left != right)


def test_precedes_ids_of_different_kinds_raises() -> None:
    with pytest.raises(TypeError):
        precedes(1, LAST_UUID)
    with pytest.raises(TypeError):
        precedes(LAST_UUID, 1)
