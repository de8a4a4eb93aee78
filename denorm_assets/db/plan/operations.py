"""Schema work as a value: the operations of `apply`, in the order in which it runs them.

`plan` shows their steps, `plan --sql` the statements of these, and `apply` runs those that are not done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from denorm_assets.db.plan.consent import NO_CONSENT, Consent
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.step import Step

_NOTHING_TO_DO = frozenset({"keep", "refused"})


@dataclass(frozen=True)
class Running:
    """What an operation needs to run: a database, and what a person agreed to."""

    database: Database
    consent: Consent = NO_CONSENT


@dataclass(frozen=True)
class Operation:
    """Work that is planned and run as one; each kind says what of it commits together.

    Attributes:
        steps: what it does, object by object.
        run: does it and returns the steps. It plans them again under its locks: another process may have been faster.
        by_hand: whether only a person starts it, by its phase.
    """

    steps: tuple[Step, ...]
    run: Callable[[Running], Sequence[Step]]
    by_hand: bool = False

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return all(step.action in _NOTHING_TO_DO for step in self.steps)


@dataclass(frozen=True)
class Plan:
    """What brings a system, or one phase of it, to its declaration.

    Attributes:
        last: what follows every other operation that ran, because that decides what is left to do.
        waiting: read models whose definitions can be read once the work of a phase is done.
        unfit: read models that are left as they are, because their definitions no longer fit the database, and why.
    """

    operations: tuple[Operation, ...]
    last: Operation | None
    waiting: Mapping[ReadModel, Phase]
    unfit: Mapping[ReadModel, str]

    @property
    def steps(self) -> list[Step]:
        """The steps of all operations, also of those that a person starts and those that wait for a load."""
        return once_each([step for operation in self._all for step in operation.steps])

    def run(self, running: Running) -> list[Step]:
        """Run what is not done, and return its steps with those that had nothing to do. Raises what operations raise.

        Killed, the next plan has what is left.
        """
        steps: list[Step] = []
        ran = False
        for operation in self._all:
            if operation.is_done and not (ran and operation is self.last):
                steps += operation.steps
            elif not operation.by_hand:
                steps += operation.run(running)
                ran = True
        return once_each(steps)

    def readable(self, system: System) -> System:
        """The `system` that was planned, without the read models whose definitions cannot be read yet, or no more."""
        unreadable = {*self.waiting, *self.unfit}
        phases = (
            replace(phase, read_models=tuple(model for model in phase.read_models if model not in unreadable))
            for phase in system.phases
        )
        return replace(system, phases=tuple(phases)) if unreadable else system

    @property
    def _all(self) -> tuple[Operation, ...]:
        return self.operations if self.last is None else (*self.operations, self.last)


def once_each(steps: Sequence[Step]) -> list[Step]:
    """One step per object: read models share sources, and what one of them needs there is done."""
    found: dict[tuple[str, str], Step] = {}
    for step in steps:
        held = found.setdefault((step.kind, step.name), step)
        if held.action == "keep":
            found[step.kind, step.name] = step
    return list(found.values())
