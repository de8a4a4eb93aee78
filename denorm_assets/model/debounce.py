"""The debounce decision: one pure function, shared by the sensor and the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from denorm_assets.model.refresh import Debounce

FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
LONG_REFRESH = timedelta(seconds=1)
"""From here on a refresh of all rows is followed by a rest."""
REST = 4
"""Times as long as such a refresh took: refreshes take a fifth of the time at most."""


@dataclass(frozen=True)
class Pending:
    """What waits to be refreshed.

    Attributes:
        first: when the oldest change was made; `last` when the newest was.
        everything: whether all rows have to be recomputed.
    """

    count: int
    first: datetime
    last: datetime
    everything: bool = False


@dataclass(frozen=True)
class Decision:
    """Refresh now, or wait.

    Attributes:
        until: when to look again; None where nothing is pending or a refresh is in flight.
        reason: in words, for people.
    """

    refresh: bool
    until: datetime | None
    reason: str


def decide(
    now: datetime,
    pending: Pending | None,
    debounce: Debounce,
    *,
    last_refresh: datetime | None = None,
    failures: int = 0,
    in_flight: bool = False,
    whole: tuple[datetime, timedelta] | None = None,
    timed: datetime | None = None,
    next_look: timedelta = timedelta(0),
) -> Decision:
    """Whether to refresh at `now`.

    Who looks again only after `next_look` keeps the promise of `max_wait` by refreshing before it is over.
    `failures` is how many refreshes in a row have failed, the last of them at `last_refresh`: each doubles the wait,
    from `FIRST_RETRY` to `LONGEST_RETRY`. `whole` is when the last refresh began and how long it took: after a long one
    that has to be repeated for all rows, a rest follows. `timed` is when time alone asks for a refresh, if it does. A
    clock that was set back lengthens no wait: what is said to have happened after `now` counts as if it was long ago.
    """
    if in_flight:
        return Decision(False, None, f"{_in_words(pending)}, a refresh is under way")
    retry = None
    if failures and last_refresh is not None and last_refresh <= now:
        retry = last_refresh + min(FIRST_RETRY * 2 ** min(failures - 1, 16), LONGEST_RETRY)
    if pending is None or pending.count == 0:
        return _by_time(now, timed, retry)
    quiet_at = pending.last + timedelta(seconds=debounce.quiet)
    latest = pending.first + timedelta(seconds=debounce.max_wait)
    due = min(quiet_at, latest - next_look) if pending.first <= now else now
    if retry is not None:
        due = max(due, retry)
    rested = _rested(now, pending, whole)
    due = max(due, rested)
    if now >= due:
        longest = "the longest wait is over" if now >= latest else "the longest wait ends before the next look"
        why = "the changes have been quiet" if now >= quiet_at else longest
        return Decision(True, now, f"{_in_words(pending)}, {why}")
    why = f"after {failures} failures" if failures and due == retry else "for quiet"
    if due == rested > now:
        why = f"so that refreshes of all rows take at most 1/{REST + 1} of the time"
    return Decision(False, due, f"{_in_words(pending)}, waiting until {due:%H:%M:%S.%f} {why}")


def _rested(now: datetime, pending: Pending, whole: tuple[datetime, timedelta] | None) -> datetime:
    """When all rows may be computed again, `now` where nothing has to be waited for."""
    if whole is None or not pending.everything or whole[0] > now or whole[1] < LONG_REFRESH:
        return now
    return whole[0] + (REST + 1) * whole[1]


def _in_words(pending: Pending | None) -> str:
    count = pending.count if pending else 0
    return "1 change is pending" if count == 1 else f"{count} changes are pending"


def _by_time(now: datetime, timed: datetime | None, retry: datetime | None) -> Decision:
    if timed is None:
        return Decision(False, None, "nothing is pending")
    due = max(timed, retry) if retry else timed
    if now >= due:
        return Decision(True, now, "nothing is pending, but the definition depends on the time")
    return Decision(False, due, f"nothing is pending, waiting until {due:%H:%M:%S} to refresh by time alone")
