"""Errors of backfills, and of what follows them."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError, DenormError


class BadRange(ConfigurationError):
    """An ID range is malformed or lies outside the table."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")


class LeaseLost(DenormError):
    """Another worker took the range over; this worker's uncommitted batch was rolled back."""

    def __init__(self, model: str, range_key: str) -> None:
        super().__init__(
            f"{model} {range_key}: another worker took this range over because our heartbeat stopped for too long. "
            "The batch in flight was rolled back, nothing was written twice; the other worker finishes the range"
        )


class BackfillCancelled(DenormError):
    """A person cancelled the backfill; committed batches stay."""

    def __init__(self, model: str, range_key: str) -> None:
        super().__init__(
            f"{model} {range_key}: cancelled. Committed batches are kept; start the backfill again to resume"
        )


class RangeDiffers(DenormError):
    """After a range was backfilled, target and definition still differ."""

    def __init__(self, model: str, range_key: str, detail: str) -> None:
        super().__init__(
            f"{model} {range_key}: the table differs from its definition after the backfill ({detail}). "
            "The range is not marked done. If the application writes to the sources meanwhile, run the range again"
        )


class BackfillIncomplete(DenormError):
    """Something needs all ranges done, and some are not (`total` None: it has no ranges and was never loaded)."""

    def __init__(self, model: str, missing: Sequence[str], total: int | None) -> None:
        if total is None:
            detail = f"it was never loaded. Run `denorm-assets refresh {model}`, or materialize it in Dagster"
        elif total == 0:
            detail = f"it has no ranges yet. Run `denorm-assets backfill {model}`, or materialize its ranges in Dagster"
        else:
            shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            detail = (
                f"{len(missing)} of {total} ranges are not done ({shown}). "
                f"Run `denorm-assets backfill {model}`, or materialize the missing partitions in Dagster"
            )
        super().__init__(f"{model} is not completely backfilled: {detail}")


class ForeignKeyViolated(DenormError):
    """Rows of a read model refer to rows that are not there, so its foreign key cannot be validated."""

    def __init__(self, model: str, constraint: str, detail: str) -> None:
        super().__init__(
            f"{model}: the foreign key {constraint} cannot be validated: {detail} "
            f"See `denorm-assets check {model}` (no_orphans) for all of them; correct the sources or the definition, "
            "backfill again, then repeat this"
        )


class UniqueIndexViolated(DenormError):
    """Rows of a read model are equal in the columns of a unique index, so it cannot be built."""

    def __init__(self, model: str, index: str, detail: str) -> None:
        super().__init__(
            f"{model}: the unique index {index} cannot be built: {detail} Declare the index without unique=True, or "
            "correct the sources or the definition and backfill again; then repeat this"
        )


class BatchFailed(DenormError):
    """A batch failed for a reason that retrying does not cure."""

    def __init__(self, model: str, range_key: str, interval: str, reason: str, remedy: str) -> None:
        super().__init__(
            f"{model} {range_key}: the batch {interval} failed: {reason}. It was rolled back; earlier batches are "
            f"kept. {remedy}"
        )
