"""What a client does, step by step, without doing it: generators that yield what they ask for and are sent the answer.

So the decisions are written once, a blocking and an asynchronous client carry them out, and a test can delay any of
these effects.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Command = tuple[str | bytes | int | float, ...]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ask:
    """Commands for Redis, sent together. The answer is the list of replies; any failure raises CacheUnavailable."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Query:
    """A statement for PostgreSQL, committed by itself unless it runs in a caller's transaction. The answer is its rows.

    Attributes:
        writes: whether it must not be sent again where a connection broke.
    """

    text: str
    params: Mapping[str, object]
    writes: bool = False


@dataclass(frozen=True)
class Pause:
    """Seconds to let pass."""

    seconds: float


Effect = Ask | Query | Pause
Effects = Generator[Effect, Any, Answer]
