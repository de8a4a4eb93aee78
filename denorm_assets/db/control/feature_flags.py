"""Flags by which an application turns to the read models: set by people, turned off by checks that find them wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError, NotApplied
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import Cutover, System
from denorm_assets.sql.control import query

PROVING_ROWS_WRONG = ("matches_definition", "reconciled", "same_rows")
"""The checks that compare rows. What only says that rows may become wrong, or are slow to read, turns nothing off."""


@dataclass(frozen=True)
class Flag:
    """A flag as it stands.

    Attributes:
        percentage: for how many of a hundred users it is on.
        reason: why it stands so; `changed_at` since when, None where it was never set.
    """

    name: str
    system: str
    percentage: int = 0
    reason: str = "never turned on"
    changed_at: datetime | None = None


def read_flag(session: Session, system: System) -> Flag:
    """The flag of `system`. Raises NotApplied or ConfigurationError where there is none to read."""
    declared = _declared(system)
    if not control_schema.installed(session):
        raise NotApplied(system.name)
    row = session.row(query("flags", "find", name=declared.flag))
    return Flag(**row) if row else Flag(declared.flag, system.name)


def set_flag(session: Session, system: System, percentage: int, reason: str) -> Flag:
    """Turn the flag of `system` on for `percentage` of a hundred users. Raises ConfigurationError, NotApplied."""
    if not 0 <= percentage <= 100:
        raise ConfigurationError(f"{percentage} % is no share of users; give a whole number from 0 to 100")
    found = read_flag(session, system)
    session.execute(query("flags", "set", name=found.name, system=system.name, percentage=percentage, reason=reason))
    return read_flag(session, system)


def turn_off_if_wrong(session: Session, system: System, result: CheckResult) -> CheckResult:
    """`result`; where it shows that rows are wrong, the system's flag is off afterwards, and it says so."""
    flag = flag_turned_off(session, system, result)
    return replace(result, summary=f"{result.summary}. The flag {flag} was turned off") if flag else result


def flag_turned_off(session: Session, system: System, result: CheckResult) -> str:
    """The flag that was on and is now off, because `result` shows that rows are wrong; empty where there is none."""
    proves = result.proof and not result.warning_only and result.name in PROVING_ROWS_WRONG
    if result.passed or not proves or system.cutover is None:
        return ""
    reason = f"{result.name} of {result.model} failed"
    turned = session.execute(query("flags", "turn_off", name=system.cutover.flag, reason=reason))
    return system.cutover.flag if turned else ""


def _declared(system: System) -> Cutover:
    if system.cutover is None:
        raise ConfigurationError(f"the system {system.name} declares no cutover, so it has no flag")
    return system.cutover
