"""Reconciliation: what a person asks for, how far repair may go, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from denorm_assets.model.check_result import CheckResult, Row

ALWAYS_REPAIRED = 100
"""So many rows may be repaired whatever their share: of a small table, a few rows are many per cent."""


@dataclass(frozen=True)
class ReconcileOptions:
    """How to reconcile.

    Attributes:
        repair: whether what differs is made right; it is only reported otherwise.
        from_id: the first ID of the driving sources to compare, as text; None for the first one.
        to_id: the last one, inclusive; None for the last one.
        minutes: after so long no further segment is begun; None to compare everything.
        most_rows: nothing more is repaired once more rows than that differ.
        most_share: nothing more is repaired once a larger share of the rows than that differs, 0 to 1.
        most_active: the next segment waits while more sessions than that are active in the database; None for no limit.
    """

    repair: bool = False
    from_id: str | None = None
    to_id: str | None = None
    minutes: float | None = None
    most_rows: int = 10_000
    most_share: float = 0.05
    most_active: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for figures outside their bounds."""
        if self.minutes is not None and self.minutes <= 0:
            raise ValueError(f"minutes ({self.minutes:g}) has to be more than 0; leave it out to compare everything")
        if self.most_rows < 0:
            raise ValueError(f"most_rows ({self.most_rows}) is below 0; 0 repairs nothing")
        if not 0 <= self.most_share <= 1:
            raise ValueError(f"most_share ({self.most_share:g}) has to lie between 0 and 1; 0.05 means 5 %")
        if self.most_active is not None and self.most_active < 1:
            raise ValueError(f"most_active ({self.most_active}) is below 1; leave it out for no limit")

    def may_repair(self, differing: int, held: int) -> bool:
        """Whether so many differing rows, of so many that the table holds, are few enough to be repaired."""
        return differing <= self.most_rows and (differing <= ALWAYS_REPAIRED or differing <= self.most_share * held)


@dataclass(frozen=True)
class Reconciled:
    """What became of one read model in one reconciliation.

    Attributes:
        segments: how many segments were compared, of `all_segments`.
        left_out: the most anchors that were left out of a comparison because changes to them were pending.
        undetermined: segments of which nobody can tell, because changes to everything are pending.
        wrong: segments that differ still.
        missing: rows that the table lacked; `extra` those that did not belong, `altered` those that were not the same.
        capped: whether so many rows differ that nothing more was repaired.
        failed: segments that could not be compared or repaired, and why.
        causes: why it drifted, as far as the catalog and the rows tell; most likely first.
        rows: the rows that were found or repaired, for people.
        note: why nothing was compared; empty otherwise.
        flag_off: the flag that was turned off, because rows are wrong still; empty otherwise.
    """

    model: str
    repair: bool
    segments: int = 0
    all_segments: int = 0
    held: int = 0
    left_out: int = 0
    undetermined: int = 0
    wrong: int = 0
    missing: int = 0
    extra: int = 0
    altered: int = 0
    repaired: int = 0
    capped: bool = False
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    causes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    note: str = ""
    flag_off: str = ""

    @property
    def differing(self) -> int:
        """How many rows differed, whether repaired or not."""
        return self.missing + self.extra + self.altered

    @property
    def passed(self) -> bool:
        """Whether something was compared, and all of it is right now."""
        return not self.failed and not self.wrong and not self.nothing_known

    @property
    def proved_wrong(self) -> bool:
        """Whether rows are wrong still: in segments that differ, or that could be compared but not repaired."""
        return self.wrong > 0 or (bool(self.failed) and self.differing > self.repaired)

    @property
    def nothing_known(self) -> bool:
        """Whether nobody can tell: nothing was found wrong, and segments are undetermined or none was compared."""
        nothing = self.undetermined > 0 or (self.all_segments > 0 and self.segments == 0)
        return nothing and not self.failed and not self.wrong

    @property
    def figures(self) -> dict[str, int | float | str]:
        """The counts."""
        return {
            "rows": self.held,
            "segments compared": self.segments,
            "segments": self.all_segments,
            "anchors pending": self.left_out,
            "segments undetermined": self.undetermined,
            "missing": self.missing,
            "extra": self.extra,
            "altered": self.altered,
            "repaired": self.repaired,
            "segments wrong": self.wrong,
        }

    def check(self) -> CheckResult:
        """The same as a check."""
        return CheckResult(
            "reconciled",
            self.model,
            self.passed,
            self.summary,
            self.rows,
            self.figures,
            warning_only=self.nothing_known,
            proof=self.proved_wrong,
        )

    @property
    def summary(self) -> str:
        """One sentence or two."""
        if self.note:
            return ". ".join(part for part in (self.note, self._flag()) if part)
        return ". ".join(part for part in (self._found(), self._why(), self._coverage(), self._flag()) if part)

    def _found(self) -> str:
        kinds = ((self.missing, "missing"), (self.extra, "too many"), (self.altered, "altered"))
        words = ", ".join(f"{count:,} {kind}" for count, kind in kinds if count)
        again = f"`denorm-assets reconcile {self.model} --repair`"
        if self.failed:
            segment, reason = next(iter(self.failed.items()))
            failed = f"{len(self.failed)} segments could not be compared or repaired ({segment}: {reason})"
            return f"{failed}; rows that differ: {words}" if words else failed
        if not words and not self.segments:
            return "nothing was compared"
        if not words:
            return f"{self.held:,} rows equal the definition"
        if self.passed:
            return (
                f"{self.repaired:,} rows differed ({words}) and were repaired; "
                f"`denorm-assets audit {self.model}` shows each before and after"
            )
        if self.capped:
            return (
                f"{self.differing:,} rows differ ({words}): more than a repair may touch in one run, so that after "
                f"{self.repaired:,} nothing more was repaired. Look at the cause first; then {again} with a higher "
                f"--max-rows or --max-share, or `denorm-assets backfill {self.model} --again`"
            )
        return f"{self.differing:,} rows differ ({words}); {again} makes them right and writes down each"

    def _why(self) -> str:
        return f"Likely cause: {'; '.join(self.causes)}" if self.causes and (self.differing or self.failed) else ""

    def _flag(self) -> str:
        return f"The flag {self.flag_off} was turned off" if self.flag_off else ""

    def _coverage(self) -> str:
        words: list[str] = []
        if self.undetermined:
            words.append(
                f"{self.undetermined} segments are undetermined, because changes to everything are pending there: "
                "wait for the next refresh"
            )
        left = self.all_segments - self.segments - self.undetermined
        if left > 0:
            words.append(f"{left} of {self.all_segments} segments are left for the next run, which begins with them")
        return "; ".join(words)
