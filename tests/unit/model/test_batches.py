"""Batch sizes: toward the time target, never more than doubled or halved, never outside the limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denorm_assets.model.batches import FIRST_BATCH, LARGEST_BATCH, BackfillOptions, next_batch

SIZES = st.integers(1, LARGEST_BATCH)
SECONDS = st.floats(0, 10_000, allow_nan=False)


@given(SIZES, SECONDS, st.none() | SIZES)
def test_next_batch_any_speed_stays_within_limits(size: int, seconds: float, batch_size: int | None) -> None:
    assert 1 <= next_batch(size, seconds, BackfillOptions(batch_size)) <= (batch_size or LARGEST_BATCH)


@given(SIZES, SECONDS)
def test_next_batch_any_speed_at_most_doubles_or_halves(size: int, seconds: float) -> None:
    following = next_batch(size, seconds, BackfillOptions())
    assert size // 2 <= following <= size * 2


@given(SIZES, SECONDS, SECONDS)
def test_next_batch_slower_batch_never_gives_larger_size(size: int, seconds: float, more: float) -> None:
    quick, slow = sorted((seconds, more))
    assert next_batch(size, slow, BackfillOptions()) <= next_batch(size, quick, BackfillOptions())


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1.0, 1_000), (0.8, 1_250), (2.0, 500), (60.0, 500), (0.001, 2_000), (0.0, 2_000)]
)
def test_next_batch_off_target_moves_toward_target_seconds(seconds: float, expected: int) -> None:
    assert next_batch(1_000, seconds, BackfillOptions(batch_seconds=1.0)) == expected


def test_next_batch_constant_speed_settles_at_target_seconds() -> None:
    options, size = BackfillOptions(batch_seconds=0.5), FIRST_BATCH
    for _ in range(20):
        size = next_batch(size, size / 10_000, options)
    assert size == 5_000


def test_next_batch_slow_single_row_stays_at_one_row() -> None:
    assert next_batch(1, 500.0, BackfillOptions()) == 1


@pytest.mark.parametrize(("batch_size", "first"), [(None, FIRST_BATCH), (10, 10), (FIRST_BATCH * 2, FIRST_BATCH)])
def test_first_batch_any_batch_size_never_exceeds_batch_size(batch_size: int | None, first: int) -> None:
    assert BackfillOptions(batch_size).first_batch == first
