"""The debounce decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denorm_assets.model.debounce import FIRST_RETRY, LONGEST_RETRY, Decision, Pending, decide
from denorm_assets.model.refresh import Debounce

START = datetime(2026, 1, 1, tzinfo=UTC)
seconds = st.floats(0, 1000, allow_nan=False).map(lambda s: timedelta(seconds=round(s, 3)))


@st.composite
def debounces(draw: st.DrawFn) -> Debounce:
    quiet = draw(st.floats(0, 100))
    return Debounce(quiet, quiet + draw(st.floats(0, 100)))


@st.composite
def pendings(draw: st.DrawFn) -> Pending:
    first = START + draw(seconds)
    return Pending(draw(st.integers(1, 10_000)), first, first + draw(seconds))


def test_debounce_nothing_pending_never_refreshes() -> None:
    assert decide(START, None, Debounce()) == Decision(False, None, "nothing is pending")
    assert not decide(START, Pending(0, START, START), Debounce()).refresh


@given(pendings(), debounces(), seconds)
def test_debounce_waiting_refreshes_exactly_from_named_moment(
    pending: Pending, debounce: Debounce, later: timedelta
) -> None:
    decision = decide(pending.last, pending, debounce)
    if decision.refresh:
        return
    assert decision.until is not None
    assert not decide(decision.until - timedelta(microseconds=1), pending, debounce).refresh
    assert decide(decision.until, pending, debounce).refresh
    assert decide(decision.until + later, pending, debounce).refresh


@given(pendings(), debounces())
def test_debounce_max_wait_over_always_refreshes(pending: Pending, debounce: Debounce) -> None:
    latest = pending.first + timedelta(seconds=debounce.max_wait)
    assert decide(max(latest, pending.last), pending, debounce).refresh


@given(pendings(), debounces(), seconds, seconds)
def test_debounce_next_look_after_max_wait_refreshes_now(
    pending: Pending, debounce: Debounce, later: timedelta, next_look: timedelta
) -> None:
    now = pending.first + later
    if not decide(now, pending, debounce, next_look=next_look).refresh:
        assert now + next_look < pending.first + timedelta(seconds=debounce.max_wait)


@given(pendings(), debounces(), seconds)
def test_debounce_further_change_never_refreshes_earlier(
    pending: Pending, debounce: Debounce, later: timedelta
) -> None:
    now = pending.first
    more = Pending(pending.count + 1, pending.first, pending.last + later)
    before, after = decide(now, pending, debounce), decide(now, more, debounce)
    assert (after.until or now) >= (before.until or now)


@given(pendings(), debounces())
def test_debounce_refresh_in_flight_starts_no_second_refresh(pending: Pending, debounce: Debounce) -> None:
    assert not decide(pending.last + timedelta(days=1), pending, debounce, in_flight=True).refresh


@given(pendings(), debounces(), st.integers(1, 100))
def test_debounce_repeated_failures_back_off_up_to_longest_retry(
    pending: Pending, debounce: Debounce, failures: int
) -> None:
    failed_at = pending.last + timedelta(seconds=debounce.max_wait)
    wait = min(FIRST_RETRY * 2 ** min(failures - 1, 20), LONGEST_RETRY)
    early = decide(
        failed_at + wait - timedelta(milliseconds=1), pending, debounce, last_refresh=failed_at, failures=failures
    )
    assert not early.refresh
    assert decide(failed_at + wait, pending, debounce, last_refresh=failed_at, failures=failures).refresh


def test_debounce_waiting_reason_names_pending_count_and_wait() -> None:
    decision = decide(START, Pending(3, START, START), Debounce(quiet=2, max_wait=5))
    assert decision.reason == "3 changes are pending, waiting until 00:00:02.000000 for quiet"


def test_debounce_quiet_above_max_wait_raises() -> None:
    with pytest.raises(ValueError, match="quiet"):
        Debounce(quiet=6, max_wait=5)


@given(pendings(), debounces(), seconds, st.integers(0, 5))
def test_debounce_clock_set_back_never_waits_longer(
    pending: Pending, debounce: Debounce, back: timedelta, failures: int
) -> None:
    now = pending.first - back - timedelta(microseconds=1)
    assert decide(now, pending, debounce, last_refresh=pending.last, failures=failures).refresh
    decision = decide(pending.first, pending, debounce)
    assert decision.until is not None
    assert decision.until <= pending.first + timedelta(seconds=debounce.max_wait)


@pytest.mark.parametrize(
    ("everything", "took", "waits"),
    [(True, 0.9, 0), (True, 1, 5), (True, 60, 300), (False, 60, 0)],
)
def test_debounce_long_full_refresh_waits_before_next(everything: bool, took: float, waits: float) -> None:
    pending = Pending(1, START, START, everything)
    whole = (START, timedelta(seconds=took))
    due = START + timedelta(seconds=waits)
    assert decide(due, pending, Debounce(0, 0), whole=whole).refresh
    if waits:
        early = decide(due - timedelta(milliseconds=1), pending, Debounce(0, 0), whole=whole)
        assert (early.refresh, early.until) == (False, due)
        assert early.reason.endswith("so that refreshes of all rows take at most 1/5 of the time")
