"""What the tables and indexes of a system cost: reads from disk, unused and duplicate indexes, dead rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.health.monitored import ROWS_SHOWN, subject
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query

_WANTED_HIT_RATIO = 0.95
"""Below that, a page of a few hundred blocks waits for the disk several times."""
_FEWEST_READS = 10_000
"""Blocks. With fewer (80 MB), what was read once to fill the cache decides the ratio."""
_JUDGED_AFTER_DAYS = 7.0
"""Some pages are read on one day of the week only."""
_FEWEST_TABLE_READS = 1_000
"""Of a table that hardly anybody reads, no index is read."""
_DEAD_SHARE = 0.4
"""Twice the share at which autovacuum begins by default: it should have been there."""
_FEWEST_DEAD_ROWS = 10_000
QUEUES = ("change_log", "pending")
"""These tables of the control schema are nearly empty while a worker runs, so the share of dead rows says nothing."""
DEAD_ROWS_OF_QUEUE = 1_000_000
"""5,000 changes a second leave 300,000 between two looks of autovacuum."""
_BLOATED = 3.0
"""Times the size that the rows need; pages are rarely full, and updates need room."""
_SMALLEST_BLOATED = 100 * 1024**2


def cache_hits(session: Session, system: System, owned: list[int]) -> CheckResult:
    """Whether reads of our tables and indexes are answered from memory."""
    found = session.rows(query("monitoring", "reads", relations=owned))
    hit, read = sum(int(row["hit"]) for row in found), sum(int(row["read"]) for row in found)
    rows: tuple[Row, ...] = tuple(
        {"table": row["table"], "from memory": int(row["hit"]), "asked of the system": int(row["read"])}
        for row in found
    )
    figures: dict[str, int | float | str] = {"from memory": hit, "asked of the system": read}
    if hit + read < _FEWEST_READS:
        summary = f"not judged: {hit + read:,} blocks were read, and below {_FEWEST_READS:,} the first reads decide"
        return CheckResult("cache_hits", subject(system), True, summary, rows[:ROWS_SHOWN], figures)
    ratio = hit / (hit + read)
    passed = ratio > _WANTED_HIT_RATIO
    summary = f"{ratio:.1%} of {hit + read:,} blocks came from memory" + (
        "" if passed else f", less than {_WANTED_HIT_RATIO:.0%}; raise shared_buffers, or drop indexes nobody reads"
    )
    figures["hit ratio"] = round(ratio, 4)
    return CheckResult("cache_hits", subject(system), passed, summary, rows[:ROWS_SHOWN], figures, warning_only=True)


def unused_indexes(session: Session, system: System) -> CheckResult:
    """Whether every index of ours is read."""
    found = session.rows(query("monitoring", "indexes", system=system.name, **_indexed_tables(system)))
    # A unique index keeps rows apart, whether it is read or not.
    judged = [
        row
        for row in found
        if not row["is_unique"]
        and (row["days"] or 0) >= _JUDGED_AFTER_DAYS
        and row["table_reads"] >= _FEWEST_TABLE_READS
    ]
    unused = [row for row in judged if not row["scans"]]
    rows: tuple[Row, ...] = tuple(
        {"index": row["index"], "table": row["table"], "scans": row["scans"], "bytes": row["bytes"]}
        for row in unused or found
    )
    if unused:
        summary = (
            f"{len(unused)} of {len(judged)} indexes were not read since the statistics began, for example "
            f"{unused[0]['index']}; take them out of the declaration and drop them, unless a rare page needs them"
        )
    elif judged:
        summary = f"all {len(judged)} indexes that could be judged are read"
    else:
        summary = (
            f"not judged: statistics are younger than {_JUDGED_AFTER_DAYS:g} days, or the tables were read fewer than "
            f"{_FEWEST_TABLE_READS:,} times"
        )
    figures = {"indexes": len(found), "judged": len(judged), "not read": len(unused)}
    return CheckResult(
        "unused_indexes", subject(system), not unused, summary, rows[:ROWS_SHOWN], figures, warning_only=True
    )


def duplicate_indexes(session: Session, system: System) -> CheckResult:
    """Whether no index of ours does what another one does already."""
    found = session.rows(query("monitoring", "duplicate_indexes", **_indexed_tables(system)))
    rows: tuple[Row, ...] = tuple(
        {"table": row["table"], "index": row["index"], "same as": row["same_as"], "bytes": row["bytes"]}
        for row in found
    )
    summary = (
        f"{len(found)} indexes do what another one does, for example {found[0]['index']} and {found[0]['same_as']}; "
        "take ours out of the declaration and drop it: each write pays for both"
        if found
        else "no index of ours does what another one does"
    )
    figures = {"duplicates": len(found)}
    return CheckResult(
        "duplicate_indexes", subject(system), not found, summary, rows[:ROWS_SHOWN], figures, warning_only=True
    )


def _indexed_tables(system: System) -> dict[str, list[str]]:
    """The tables that may have indexes of ours, as the parameters of a query."""
    tables = dict.fromkeys(
        [
            *(TableName(model.name, system.schema) for model in system.read_models),
            *(found.table.within(system.schema) for phase in system.phases for found in phase.indexes),
        ]
    )
    return {"schemas": [str(table.schema) for table in tables], "tables": [table.name for table in tables]}


@dataclass(frozen=True)
class Wasted:
    """Rows of `monitoring.dead_rows` in which room is lost.

    Attributes:
        dead: tables of which many rows are dead.
        bloated: tables far larger than their rows need.
    """

    dead: Sequence[Mapping[str, Any]]
    bloated: Sequence[Mapping[str, Any]]


def wasted(found: Sequence[Mapping[str, Any]], most_of_queue: int = DEAD_ROWS_OF_QUEUE) -> Wasted:
    """Those of `found` that VACUUM does not keep up with, and those that only a rewrite makes smaller.

    A queue may hold fewer dead rows than `most_of_queue`.
    """
    dead = [
        row
        for row in found
        if row["dead"] >= (most_of_queue if is_queue(row) else _FEWEST_DEAD_ROWS)
        and row["dead"] > _DEAD_SHARE * (row["dead"] + row["live"])
    ]
    bloated = [
        row
        for row in found
        if row["bytes"] >= _SMALLEST_BLOATED
        and row["estimated_bytes"]
        and row["bytes"] > _BLOATED * row["estimated_bytes"]
    ]
    return Wasted(dead, bloated)


def is_queue(row: Mapping[str, Any]) -> bool:
    """Whether the table of a row of `monitoring.dead_rows` is one of `QUEUES`."""
    return row["schema"] == "denorm" and row["name"] in QUEUES


def dead_rows(session: Session, system: System, owned: list[int]) -> CheckResult:
    """Whether VACUUM keeps up with our tables, and they are as large as their rows need."""
    found = session.rows(query("monitoring", "dead_rows", relations=owned))
    room = wasted(found)
    dead, bloated = room.dead, room.bloated
    rows: tuple[Row, ...] = tuple(
        {
            "table": row["table"],
            "live rows": row["live"],
            "dead rows": row["dead"],
            "bytes": row["bytes"],
            "needed bytes": row["estimated_bytes"],
            "last vacuum": row["vacuumed"],
        }
        for row in found
    )
    faults: list[str] = []
    if dead:
        faults.append(
            f"{', '.join(row['table'] for row in dead)}: over {_DEAD_SHARE:.0%} dead rows; end transactions that stay "
            "open, and run VACUUM"
        )
    if bloated:
        faults.append(
            f"{', '.join(row['table'] for row in bloated)}: over {_BLOATED:g} times the size that the rows need; run "
            "ANALYZE, and if that holds, VACUUM FULL in a quiet hour or pg_repack"
        )
    figures = {"dead rows": sum(row["dead"] for row in found), "bytes": sum(row["bytes"] for row in found)}
    summary = "; ".join(faults) or f"{figures['dead rows']:,} dead rows in {len(found)} tables"
    return CheckResult("dead_rows", subject(system), not faults, summary, rows[:ROWS_SHOWN], figures, warning_only=True)
