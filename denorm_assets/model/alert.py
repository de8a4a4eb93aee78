"""What is said to people when something failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """Something that failed.

    Attributes:
        event: `run_failed` or `check_failed`.
        what: the job, or the asset and its check.
        why: the first failure of the run, or the check's summary.
        severity: `ERROR`, or `WARN` where nothing downstream has to stop.
        run_id: Dagster's run; None for what the resident worker reports.
        path: where the Dagster UI shows it, below its address.
        at: when it failed.
    """

    event: str
    what: str
    why: str
    severity: str
    run_id: str | None
    path: str
    at: datetime

    def payload(self) -> dict[str, str | None]:
        """The same as what is sent, as JSON."""
        return {
            "event": self.event,
            "what": self.what,
            "why": self.why,
            "severity": self.severity,
            "run_id": self.run_id,
            "path": self.path,
            "at": self.at.isoformat(),
        }
