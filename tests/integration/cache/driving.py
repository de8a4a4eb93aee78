"""Carrying out effects one by one, so that a test sees each of them, and can do something else in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from denorm_assets.db.cache.client.effects import Ask, Effect, Effects, Query
from denorm_assets.db.cache.client.sync_runner import Runner

Answer = TypeVar("Answer")


@dataclass
class Driven:
    """Effects on their way.

    Attributes:
        before: called with each effect before it is carried out.
        taken: the effects so far.
    """

    runner: Runner
    before: Callable[[Effect], None] = lambda _effect: None
    taken: list[Effect] = field(default_factory=list[Effect])

    def run(self, effects: Effects[Answer]) -> Answer:
        """Carry them out, as a client does."""
        try:
            effect = next(effects)
            while True:
                self.before(effect)
                self.taken.append(effect)
                try:
                    reply = self.runner.run(_one(effect))
                except Exception as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(reply)
        except StopIteration as done:
            return cast(Answer, done.value)

    @property
    def queries(self) -> int:
        """How often PostgreSQL was asked."""
        return sum(isinstance(effect, Query) for effect in self.taken)


def _one(effect: Effect) -> Effects[Any]:
    return (yield effect)


def is_put(effect: Effect) -> bool:
    """Whether the effect puts what was loaded into its place."""
    return isinstance(effect, Ask) and any("put = put + 1" in str(command[1]) for command in effect.commands)


def is_load(effect: Effect) -> bool:
    """Whether the effect reads what is to be held."""
    return isinstance(effect, Query) and "owners" in effect.params
