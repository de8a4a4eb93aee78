"""What Dagster shows already, by the tags of its materializations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import dagster as dg

from denorm_assets.db.control.ranges import RangeProgress

_DONE_TAG = "denorm/done_at"
_REFRESH_TAG = "denorm/refresh"
_RECONCILIATION_TAG = "denorm/reconciliation"
_AT_ONCE = 500
_LOOKED_AT = 20
"""Events of a read model, the last ones: among so many is one of a refresh, unless many ranges were loaded since."""
_SLACK_SECONDS = 60.0
"""Between the clocks of two servers. Events of earlier releases say only when they were made."""


def done_tag(done_at: datetime | None) -> dict[str, str]:
    """Tag of an event that shows a range: when that was compared, by the clock of PostgreSQL."""
    return {} if done_at is None else {_DONE_TAG: str(round(done_at.timestamp() * 1_000_000))}


def refresh_tag(refresh_id: int | None) -> dict[str, str]:
    """Tag of an event that shows refreshes: the number of the last one."""
    return {} if refresh_id is None else {_REFRESH_TAG: str(refresh_id)}


def reconciliation_tag(reconciliation_id: int) -> dict[str, str]:
    """Tag of an event that shows what a reconciliation found."""
    return {_RECONCILIATION_TAG: str(reconciliation_id)}


def unshown_ranges(
    instance: dg.DagsterInstance, asset: dg.AssetKey, done: Sequence[RangeProgress], since: datetime | None
) -> list[RangeProgress]:
    """Those of the ranges `done` whose partitions show no event, or one of an earlier load.

    Of what was done before `since`, if that is given, it is known that its event was there.
    """
    latest = instance.event_log_storage.get_latest_storage_id_by_partition(
        asset, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    doubtful = {
        latest[item.key]: item
        for item in done
        if item.key in latest and (since is None or item.done_at is None or item.done_at >= since)
    }
    outdated: set[str] = set()
    ids = list(doubtful)
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        found = dg.AssetRecordsFilter(asset_key=asset, storage_ids=some)
        for record in instance.fetch_materializations(found, limit=len(some)).records:
            item = doubtful[record.storage_id]
            if not _shows(record, item):
                outdated.add(item.key)
    return [item for item in done if item.key not in latest or item.key in outdated]


def last_shown_refresh(instance: dg.DagsterInstance, asset: dg.AssetKey) -> tuple[int | None, float | None]:
    """The last refresh that an event shows; None where none is seen to. And when the latest event was made."""
    records = instance.fetch_materializations(asset, limit=_LOOKED_AT).records
    numbers = [int(tag) for record in records if (tag := _tag(record, _REFRESH_TAG)) is not None]
    return max(numbers, default=None), records[0].timestamp if records else None


def shows_reconciliation(instance: dg.DagsterInstance, asset: dg.AssetKey, reconciliation_id: int) -> bool:
    """Whether an event shows what that reconciliation found."""
    tag = str(reconciliation_id)
    records = instance.fetch_materializations(asset, limit=_LOOKED_AT).records
    return any(_tag(record, _RECONCILIATION_TAG) == tag for record in records)


def _shows(record: dg.EventLogRecord, item: RangeProgress) -> bool:
    tag = _tag(record, _DONE_TAG)
    if item.done_at is None:
        return True
    if tag is None:
        return record.timestamp > item.done_at.timestamp() - _SLACK_SECONDS
    return {_DONE_TAG: tag} == done_tag(item.done_at)


def _tag(record: dg.EventLogRecord, name: str) -> str | None:
    event = record.asset_materialization
    return None if event is None else (event.tags or {}).get(name)
