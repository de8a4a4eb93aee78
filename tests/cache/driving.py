"""Carrying out steps one by one, so that a test sees each of them, and can do something else in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from denorm_assets.db.cache.blocking import Runner
from denorm_assets.db.cache.steps import Ask, Query, Step, Steps

Answer = TypeVar("Answer")


@dataclass
class Driven:
    """Steps on their way.

    Attributes:
        before: called with each step before it is carried out.
        taken: the steps so far.
    """

    runner: Runner
    before: Callable[[Step], None] = lambda _step: None
    taken: list[Step] = field(default_factory=list[Step])

    def run(self, steps: Steps[Answer]) -> Answer:
        """Carry them out, as a client does."""
        try:
            step = next(steps)
            while True:
                self.before(step)
                self.taken.append(step)
                try:
                    reply = self.runner.run(_one(step))
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration as done:
            return cast(Answer, done.value)

    @property
    def queries(self) -> int:
        """How often PostgreSQL was asked."""
        return sum(isinstance(step, Query) for step in self.taken)


def _one(step: Step) -> Steps[Any]:
    return (yield step)


def is_put(step: Step) -> bool:
    """Whether the step puts what was loaded into its place."""
    return isinstance(step, Ask) and any("put = put + 1" in str(command[1]) for command in step.commands)


def is_load(step: Step) -> bool:
    """Whether the step reads what is to be held."""
    return isinstance(step, Query) and "owners" in step.params
