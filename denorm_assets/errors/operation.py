"""Errors of read models in operation: refresh, reconciliation, cutover, load tests and alerts."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import DenormError


class RefreshFailed(DenormError):
    """A refresh of a read model failed; what was pending stays pending."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(
            f"{model}: the refresh failed: {reason}. Nothing is lost: what was not written stays pending and is tried "
            "again, each time after a longer wait"
        )


class TookTooLong(DenormError):
    """Computing rows took longer than it may, and was cancelled."""

    def __init__(self, seconds: float, setting: str) -> None:
        super().__init__(
            f"computing the rows took longer than {seconds:g} s and was cancelled. Fix the source row that makes it "
            f"take so long (a series to 'infinity', say), add the index that the definition needs, or raise {setting}"
        )


class LogStuck(DenormError):
    """Logged changes cannot be moved to what is pending, so that no read model is told of them."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the change log cannot be read: {reason}. No change is lost, but none reaches a read model until then. "
            "It is retried automatically; run `denorm-assets apply`, which restores the tables and functions that it "
            "needs, and if that does not help, fix what the reason names"
        )


class ReconcileUnderWay(DenormError):
    """Another process reconciles the same read model."""

    def __init__(self, model: str, holder: str | None) -> None:
        super().__init__(
            f"{model} is already being reconciled by {holder or 'another process'}; nothing was done. Wait until that "
            f"ends (`denorm-assets audit {model}` shows what it repairs), then run the command again"
        )


class CutoverRefused(DenormError):
    """The flag was not turned on, because something does not hold yet."""

    def __init__(self, system: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"the flag of {system} was not turned on:\n" + "\n".join(f"  - {fault}" for fault in faults) + "\nFix "
            f"these and materialize {system}/cutover again; `denorm-assets flag {system}` shows how the flag stands"
        )


class LoadFailed(DenormError):
    """A load test ended before it had figures."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(
            f"the load test of {system} ended early: {reason}. Check that its read models are live "
            f"(`denorm-assets status {system}`) and that the server takes 80 connections, then run it again"
        )


class AlertNotSent(DenormError):
    """People could not be told of a failure by the means that the settings name.

    Attributes:
        nobody: whether nobody was told for certain; otherwise one means has told, or ended without an answer.
    """

    def __init__(self, what: str, failures: Sequence[str], *, nobody: bool = True) -> None:
        self.nobody = nobody
        super().__init__(
            f"{'nobody' if nobody else 'perhaps not everybody'} was told that {what} failed: "
            f"{'; '.join(failures)}. Correct or unset what is named (a command "
            "gets JSON on its standard input, a web address a POST), and see the failure in the Dagster UI"
        )
