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
def test_integer_types_have_ranges(type_name: str) -> None:
    assert IdKind.of_type(type_name) is IdKind.INTEGER


def test_uuids_have_ranges() -> None:
    assert IdKind.of_type("uuid") is IdKind.UUID


@pytest.mark.parametrize("type_name", ["text", "numeric(10,0)", "timestamp with time zone", "bigint[]", ""])
def test_other_types_have_no_ranges(type_name: str) -> None:
    assert IdKind.of_type(type_name) is None


@given(ANY_ID)
def test_an_id_survives_being_written_and_read(value: Id) -> None:
    kind = IdKind.UUID if isinstance(value, UUID) else IdKind.INTEGER
    assert kind.parse(str(value)) == value
    assert kind.parse(kind.show(value)) == value


@given(ANY_ID)
def test_nothing_lies_between_an_id_and_its_successor(value: Id) -> None:
    after = successor(value)
    if after is None:
        assert value == LAST_UUID
    else:
        assert precedes(value, after)
        assert number(after) == number(value) + 1


@given(st.sampled_from(IdKind).flatmap(lambda kind: st.tuples(KINDS[kind], KINDS[kind])))
def test_of_two_ids_one_precedes_unless_they_are_equal(ids: tuple[Id, Id]) -> None:
    left, right = ids
    assert precedes(left, right) + precedes(right, left) == (left != right)


def test_ids_of_different_kinds_have_no_order() -> None:
    with pytest.raises(TypeError):
        precedes(1, LAST_UUID)
    with pytest.raises(TypeError):
        precedes(LAST_UUID, 1)
