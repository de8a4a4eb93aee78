"""An object of ours in the catalog, and whether it is as it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["installed", "outdated", "edited", "missing", "disabled"]
"""Outdated: made by another version or for another declaration. Edited: changed by somebody since we made it."""


@dataclass(frozen=True)
class CatalogObject:
    """One object of ours.

    Attributes:
        needed: whether capture or uniqueness rests on it, so that rows may be wrong without it.
        remedy: what to do where it is not installed.
    """

    kind: str
    name: str
    state: State
    needed: bool = False
    remedy: str = ""

    @property
    def is_serious(self) -> bool:
        """Whether rows may be wrong: an outdated object still does what it was made for."""
        return self.needed and self.state in ("edited", "missing", "disabled")
