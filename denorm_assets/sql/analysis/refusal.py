"""Why a definition, or a source of it, cannot be kept by key."""

from __future__ import annotations


class Refusal(Exception):
    """A clause that the analysis does not reach; the caller adds file and remedy.

    Attributes:
        clause: what it is about, as written.
        reason: why it cannot be maintained by key.
        remedy: what to do about it, besides refreshing the whole view.
        in_views: whether a view that is refreshed as a whole cannot contain it either.
    """

    def __init__(
        self, clause: str, reason: str, remedy: str = "Rewrite that clause", *, in_views: bool = False
    ) -> None:
        super().__init__(f"{clause}: {reason}")
        self.clause, self.reason, self.remedy, self.in_views = clause, reason, remedy, in_views
