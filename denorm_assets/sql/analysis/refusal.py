"""Why a definition, or a source of it, cannot be kept by key."""

from __future__ import annotations


class Refusal(Exception):
    """A clause that the analysis does not reach; the caller adds file and remedy.

    Attributes:
        clause: what it is about, as written.
        reason: why it cannot be maintained by key.
        remedy: what to do about it.
    """

    def __init__(self, clause: str, reason: str, remedy: str = "Rewrite that clause") -> None:
        super().__init__(f"{clause}: {reason}")
        self.clause, self.reason, self.remedy = clause, reason, remedy
