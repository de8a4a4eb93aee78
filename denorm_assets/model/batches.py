"""How many source rows the next batch of a backfill takes."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_BATCH = 2_000
LARGEST_BATCH = 1_000_000


@dataclass(frozen=True)
class BackfillOptions:
    """What a person can choose about a backfill.

    Attributes:
        batch_size: source rows per batch at most; None lets batches grow and shrink toward `batch_seconds`.
        pause: seconds of rest between batches.
        batch_seconds: how long a batch should take.
        statement_timeout: seconds after which a batch is given up and tried again at half its size.
        launch: identity of the launch that this work belongs to; ranges that it finished already are left alone.
    """

    batch_size: int | None = None
    pause: float = 0.05
    batch_seconds: float = 1.0
    statement_timeout: float = 60.0
    launch: str = ""

    @property
    def first_batch(self) -> int:
        """Source rows of the first batch."""
        return min(FIRST_BATCH, self.largest_batch)

    @property
    def largest_batch(self) -> int:
        """Source rows that no batch exceeds."""
        return self.batch_size or LARGEST_BATCH


def next_batch(size: int, seconds: float, options: BackfillOptions) -> int:
    """Size of the batch after one of `size` rows that took `seconds`: toward the target, at most doubled or halved."""
    factor = min(2.0, max(0.5, options.batch_seconds / max(seconds, 1e-6)))
    return max(1, min(round(size * factor), options.largest_batch))
