"""What a person agreed to, beyond what `apply` does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.errors import WouldBeLost
from denorm_assets.sql.step import Step


@dataclass(frozen=True)
class Consent:
    """What a person agreed to; nothing by default.

    Attributes:
        adopt: read models (`system/name`) that may take over a table that is there already.
        loss: whether steps may lose what people read, or what takes long to load again.
    """

    adopt: frozenset[str] = frozenset()
    loss: bool = False

    def require(self, name: str, steps: Sequence[Step]) -> None:
        """Raises WouldBeLost where one of `steps`, planned for `name`, loses something and nobody agreed to that."""
        lost = losses(steps)
        if lost and not self.loss:
            raise WouldBeLost(name, lost)


def losses(steps: Sequence[Step]) -> list[str]:
    """What `steps` lose that people read, or that takes long to load again, each in words."""
    return [f"{step.kind} {step.name} ({step.action}): {step.loses}" for step in steps if step.loses]


NO_CONSENT = Consent()
