"""A system's pages before and after, timed side by side, and the cutover that depends on it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from math import inf

from denorm_assets.db.control.feature_flags import Flag, read_flag, set_flag, turn_off_if_wrong
from denorm_assets.db.control.registry import registration
from denorm_assets.db.cutover.query_timing import PairTiming, time_pair
from denorm_assets.db.health.checks import run_checks
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import ConfigurationError, CutoverRefused
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.system import Cutover, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.ddl.tables import count_up_to

_LOG = logging.getLogger(__name__)
_UNJUDGED_SECONDS = 0.2
"""Of each pair: enough for several runs of a quick one."""


@dataclass(frozen=True)
class Benchmark:
    """All query pairs of a system, timed.

    Attributes:
        judged: whether the system is as large as its declaration says speed is judged from.
    """

    system: System
    timings: tuple[PairTiming, ...]
    judged: bool

    def rows(self) -> tuple[Row, ...]:
        """A row per pair, as a table shows it."""
        return tuple(
            {
                "query": timing.query,
                "before ms": round(timing.before_ms, 2),
                "after ms": round(timing.after_ms, 2),
                "times faster": round(timing.speed_up, 2),
                "target": self.system.query(timing.query).target,
                "rows": timing.rows,
                "same rows": "yes" if timing.equal else "NO",
            }
            for timing in self.timings
        )

    def same_rows(self) -> CheckResult:
        """Whether before and after return the same rows in the same order."""
        differing = [timing.query for timing in self.timings if not timing.equal]
        summary = (
            f"{len(differing)} of {len(self.timings)} queries return other rows than before: {', '.join(differing)}"
            if differing
            else f"all {len(self.timings)} queries return the same rows as before"
        )
        return CheckResult("same_rows", self.system.name, not differing, summary, self.rows())

    def fast_enough(self) -> CheckResult:
        """Whether each pair reaches its target; passes without judging where the system is too small for that."""
        slow = [t for t in self.timings if t.speed_up < self.system.query(t.query).target]
        figures = {t.query: round(t.speed_up, 2) for t in self.timings}
        if not self.judged:
            summary = f"not judged at this size; {self._slowest()}"
            return CheckResult("fast_enough", self.system.name, True, summary, self.rows(), figures)
        summary = (
            f"{len(slow)} of {len(self.timings)} queries miss their target: {', '.join(t.query for t in slow)}"
            if slow
            else f"all {len(self.timings)} queries reach their target; {self._slowest()}"
        )
        return CheckResult("fast_enough", self.system.name, not slow, summary, self.rows(), figures, bool(slow))

    def _slowest(self) -> str:
        least = min(self.timings, key=lambda timing: timing.speed_up)
        return f"{least.query} gains least, {least.speed_up:.1f} times"


def run_benchmark(database: Database, system: System, *, only_to_judge: bool = False) -> Benchmark:
    """Time all query pairs with their declared parameters; a flag that the rows prove wrong is turned off.

    A system too small for its speed to be judged is timed for a moment only; with `only_to_judge` it runs each query
    once, for its rows.

    Raises QueryFailed, and ConfigurationError where there is nothing to time.
    """
    cutover = cutover_of(system)
    with database.session(system.schema) as session:
        size = session.one(count_up_to(TableName.parse(cutover.table).within(system.schema), cutover.judged_from))
    judged = size["counted"] >= cutover.judged_from
    patience = inf if judged else 0.0 if only_to_judge else _UNJUDGED_SECONDS
    found = Benchmark(
        system, tuple(time_pair(database, system, pair, {}, patience=patience) for pair in system.queries), judged
    )
    with database.session(system.schema) as session:
        turn_off_if_wrong(session, system, found.same_rows())
    return found


def cut_over(database: Database, system: System, percentage: int | None) -> Flag:
    """Turn the system's flag on for `percentage` of a hundred users, if all read models and queries are right.

    None leaves it at its present percentage, and turns on for all users what was never set.

    Raises CutoverRefused with what is not; the flag then stays as it is, or is off where rows are wrong.
    """
    cutover = cutover_of(system)
    faults: list[str] = []
    for model in system.read_models:
        with database.session(system.schema) as session:
            registered = registration(session, system, model)
            if registered.state != "live":
                faults.append(f"{system.name}/{model.name} is {registered.state}, not live")
            results = run_checks(session, describe(session, system, model), registered)
            results = [turn_off_if_wrong(session, system, result) for result in results]
        faults += [f"{result.model} {result.name}: {result.summary}" for result in results if not result.passed]
        _LOG.info(
            f"{system.name}/{model.name}: {sum(result.passed for result in results)} of {len(results)} checks passed"
        )
    benchmark = run_benchmark(database, system, only_to_judge=True)
    if not benchmark.same_rows().passed:
        faults.append(benchmark.same_rows().summary)
    if benchmark.judged:
        for timing in benchmark.timings:
            # Where less is promised, as for a page that need not become slower, less is asked.
            needed = min(cutover.speed_up, system.query(timing.query).target)
            if timing.speed_up < needed:
                faults.append(f"{timing.query} is {timing.speed_up:.2f} times as fast, not {needed:g}")
    if faults:
        raise CutoverRefused(system.name, faults)
    reason = f"all checks passed, {len(benchmark.timings)} queries return the same rows"
    with database.session(system.schema) as session:
        flag = read_flag(session, system)
        if percentage is None:
            percentage = 100 if flag.changed_at is None else flag.percentage
            if not percentage:
                _LOG.info("%s stays off (%s); give a percentage to turn it on", flag.name, flag.reason)
                return flag
        return set_flag(session, system, percentage, reason if benchmark.judged else f"{reason}; speed not judged")


def cutover_of(system: System) -> Cutover:
    """The system's cutover. Raises ConfigurationError where it declares none, or no queries."""
    if system.cutover is None or not system.queries:
        raise ConfigurationError(f"the system {system.name} declares no cutover with queries; there is nothing to do")
    return system.cutover
