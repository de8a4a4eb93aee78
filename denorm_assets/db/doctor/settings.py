"""Settings of the server, the database and its roles that keep changes from being captured, or tables from VACUUM."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.capture.state import bypasses
from denorm_assets.db.doctor.finding import Finding, Fix, Trouble, by_shell, by_sql
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.doctor.replication import captured_sources
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query

_OFF = frozenset({"off", "false", "no", "0", "f", "n", "of", "fa"})
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*")
_MILLISECONDS: Mapping[str, float] = {"us": 0.001, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIMEOUTS = ("statement_timeout", "lock_timeout")
_JUDGED = ("autovacuum", "track_counts", "default_transaction_isolation", *_TIMEOUTS)
_SHORTEST_BOUND_MS = 10
_RELOAD = "SELECT pg_reload_conf();"


@dataclass(frozen=True)
class _Setting:
    """A setting, and where it is set: `alter` is the statement up to its SET, None where the server sets it."""

    name: str
    value: str
    alter: str | None
    role: str | None

    @property
    def where(self) -> str:
        return f"{self.alter or 'ALTER SYSTEM'} SET {self.name} = {self.value}"

    def reset(self, value: str | None = None) -> Fix:
        """How it is taken back; for the server, `value` is the one it should have."""
        if self.alter is not None:
            return by_sql(f"{self.alter} RESET {self.name};")
        change = f"RESET {self.name}" if value is None else f"SET {self.name} = {value}"
        return by_sql(f"ALTER SYSTEM {change};", _RELOAD)


def look_at_settings(patient: Patient) -> Iterator[Finding]:
    """Settings that are wrong for us wherever they are made. Our own sessions have settings of their own."""
    with patient.looking() as session:
        made = [_Setting(**row) for row in session.rows(query("doctor", "role_settings", names=list(_JUDGED)))]
        of_roles = {each.name for each in made if each.role in (None, patient.login)}
        rows = session.rows(query("doctor", "settings", names=list(_JUDGED)))
        bound_ms = session.lock_bound_seconds * 1_000
    # What the database or our login sets hides what the server has.
    found = [*made, *(_Setting(row["name"], row["value"], None, None) for row in rows if row["name"] not in of_roles)]
    for each in found:
        yield from _judged(patient, each, bound_ms)


def _judged(patient: Patient, found: _Setting, bound_ms: float) -> Iterator[Finding]:
    if found.name == "autovacuum" and _is_off(found.value):
        what = "autovacuum is off: the change log and the read models keep every row that was ever deleted"
        yield Trouble("autovacuum_off", what, found.where, found.reset("on"))
    elif found.name == "track_counts" and _is_off(found.value):
        what = "changed rows are not counted, so autovacuum does not know which tables need it"
        yield Trouble("track_counts_off", what, found.where, found.reset("on"))
    elif found.name == "default_transaction_isolation" and found.value.lower() != "read committed":
        yield from _isolation(patient, found)
    elif found.name in _TIMEOUTS and 0 < (lasting := milliseconds(found.value)) < bound_ms:
        bound = max(_SHORTEST_BOUND_MS, int(lasting / 2))
        what = (
            f"statements of the application are cancelled after {lasting:g} ms, and `apply` may let them wait "
            f"for {bound_ms:g} ms"
        )
        yield Trouble("short_timeout", what, found.where, by_shell(f"export DENORM_LOCK_BOUND_MS={bound}"))


def _isolation(patient: Patient, found: _Setting) -> Iterator[Finding]:
    kept = [
        f"{system.name}/{model.name}"
        for system in patient.systems
        for model in system.read_models
        if isinstance(model.refresh, Realtime)
    ]
    # Only what is written at READ COMMITTED is recomputed in the writing transaction.
    if kept:
        what = f"transactions at {found.value} do not recompute rows of {', '.join(kept)}; the next refresh does"
        fix = found.reset("'read committed'")
        # A role of its own may have been made for reports, which write nothing.
        yield Trouble("isolation", what, found.where, fix, needs_doing=found.role is None)


def look_at_replica_role(patient: Patient) -> Iterator[Finding]:
    """Whether somebody writes to sources in the replica role, in which triggers of ours do not fire on all of them."""
    with patient.looking() as session:
        found = bypasses(session, captured_sources(session))
    for each in found:
        if each.relation is not None:
            continue
        reset = _Setting("session_replication_role", "replica", each.alter, None)
        what = f"writes fire no trigger, so changes of {_listed(each.tables)} are not captured"
        yield Trouble("replica_role", what, reset.where, reset.reset())


def _listed(tables: Sequence[TableName]) -> str:
    shown = ", ".join(str(table) for table in tables[:3])
    return shown if len(tables) <= 3 else f"{shown} and {len(tables) - 3} more"


def _is_off(value: Any) -> bool:
    return str(value).lower() in _OFF


def milliseconds(value: str) -> float:
    """A timeout in milliseconds; without a unit, it is in these."""
    match = _DURATION.fullmatch(value)
    return float(match[1]) * _MILLISECONDS[match[2] or "ms"] if match else 0.0
