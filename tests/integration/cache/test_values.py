"""What a slot holds: written and read again, void under another tag, refused where nobody here wrote it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denorm_assets.db.cache.protocol.encoding import (
    Loading,
    Members,
    Number,
    lease,
    members_value,
    number_value,
    read_slot,
)
from denorm_assets.errors import UnknownCacheValue
from denorm_assets.model.ids import Id

TAG, OTHER = b"12345678", b"87654321"
BIGINTS = st.integers(-(2**63), 2**63 - 1)


@given(st.sets(BIGINTS, max_size=40))
def test_read_slot_integer_set_equals_written_set(ids: set[int]) -> None:
    assert read_slot("k", members_value(TAG, sorted(ids)), TAG) == Members(frozenset(ids))


@given(st.sets(st.uuids(), max_size=10))
def test_read_slot_uuid_set_equals_written_set(ids: set[UUID]) -> None:
    members: list[Id] = [*sorted(ids)]
    assert read_slot("k", members_value(TAG, members), TAG) == Members(frozenset(ids))


def test_read_slot_missing_lease_too_large_and_number_are_distinct() -> None:
    assert read_slot("k", None, TAG) is None
    assert read_slot("k", lease(TAG), TAG) == Loading()
    assert read_slot("k", members_value(TAG, None), TAG) == Members(None)
    assert read_slot("k", number_value(TAG, -3, "10:12:11"), TAG) == Number(-3)


def test_read_slot_other_tag_is_void() -> None:
    for held in (lease(TAG), members_value(TAG, [1]), number_value(TAG, 1, "1:1:")):
        assert read_slot("k", held, OTHER) is None


@pytest.mark.parametrize(
    "held",
    [
        b"",
        b"1",
        b"2S" + TAG,
        b"1X" + TAG,
        b"1S" + TAG + b"?junk",
        b"1S" + TAG,
        b"1S" + TAG + b"B",
        b"1S" + TAG + b"B" + bytes(8),
        b"1S" + TAG + b"H" + bytes(9),
        *(b"1S" + TAG + code + bytes(16) for code in (b"b", b"u", b"d", b"f", b"w", b"L", b"\xff")),
        b"1S" + TAG + b"U" + bytes(15),
        b"1C" + TAG,
        b"1C" + TAG + b"1:1:;1;2:x,",
        b"1C" + TAG + b"1:1:;" + b"9" * 5_000 + b";",
        b"1C" + TAG + b"1:1:;many;",
        b"hello, I am of the application",
    ],
)
def test_read_slot_malformed_value_raises_with_its_key(held: bytes) -> None:
    with pytest.raises(UnknownCacheValue, match=r"under denorm:1:x was not written by this release"):
        read_slot("denorm:1:x", held, TAG)


def test_members_value_twenty_ids_take_99_bytes() -> None:
    assert len(members_value(TAG, [number * 10_000 for number in range(1, 21)])) == 99
