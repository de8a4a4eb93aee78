"""Writing past capture, for tests of what finds changes that it missed."""

from __future__ import annotations

from typing import LiteralString

SEEN_BY_NOBODY: LiteralString = "SET session_replication_role = replica"
"""No trigger of the application fires; those of capture that do, write into the log alone."""

FORGET: LiteralString = "DELETE FROM denorm.change_log WHERE xmin = pg_current_xact_id()::xid"
"""Takes what this transaction logged out of the log again."""


def unseen(statements: LiteralString) -> LiteralString:
    """`statements` for one `execute` outside a transaction, so that nothing of them stays in the log."""
    return f"{SEEN_BY_NOBODY}; {statements}; {FORGET}"
