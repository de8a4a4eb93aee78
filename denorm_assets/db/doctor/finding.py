"""What the doctor finds: troubles, each with what fixes it, and what could not be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from denorm_assets.db.postgres.compose import show
from denorm_assets.sql.statement import Part, Statement

_IN_BACKTICKS = re.compile(r"`([^`]+)`")
_COMMAND = "denorm-assets "
_STATEMENT = re.compile(r"ALTER|CREATE|DROP|GRANT|VACUUM|SELECT")


TroubleName = Literal[
    "autovacuum_off",
    "bloat",
    "clock",
    "collation",
    "control_schema",
    "dead_rows",
    "disabled_object",
    "edited_object",
    "event_trigger",
    "extension",
    "few_connections",
    "held_up",
    "hidden_rows",
    "idle_slot",
    "idle_transaction_timeout",
    "isolation",
    "lacking_privilege",
    "log_full",
    "long_transaction",
    "missing_index",
    "missing_object",
    "no_synchronous_standby",
    "no_worker",
    "not_applied",
    "not_fresh",
    "not_live",
    "not_loaded",
    "old_client",
    "other_release",
    "prepared_transaction",
    "query_timeout",
    "queue",
    "replica_role",
    "short_timeout",
    "small_pool",
    "standby",
    "statement_pooling",
    "subscription",
    "superseded",
    "temporary_files",
    "track_counts_off",
    "transaction_pooling",
    "transaction_timeout",
    "untested_server",
    "worker_gone",
    "wraparound",
]
"""What programs call a trouble; `docs/operations.md` lists them."""


@dataclass(frozen=True)
class Step:
    """One thing to do: a statement for psql, a command for a shell, or something that only a person can do."""

    by: Literal["sql", "shell", "hand"]
    text: str


@dataclass(frozen=True)
class Fix:
    """What fixes a trouble, in this order; what a person does may stand for a choice."""

    steps: tuple[Step, ...]

    def __add__(self, after: Fix) -> Fix:
        """This, and then `after`."""
        return Fix((*self.steps, *after.steps))

    def __str__(self) -> str:
        return "\n".join(step.text for step in self.steps)


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong.

    Attributes:
        name: which trouble it is, for programs.
        what: what is wrong, and what that does to read models.
        where: the object.
        needs_doing: whether somebody has to do something now; otherwise it is only good to know.
    """

    name: TroubleName
    what: str
    where: str
    fix: Fix
    needs_doing: bool = True


@dataclass(frozen=True)
class Unseen:
    """Something that the doctor could not look at.

    Attributes:
        why: what kept it from that.
        fix: what lets it look.
    """

    what: str
    why: str
    fix: Fix


Finding = Trouble | Unseen
LATER = "run `denorm-assets doctor` again later"
"""What helps where a lock or a busy server kept it from looking."""


def by_sql(*lines: str) -> Fix:
    """Statements for psql, as a role that may run them."""
    return Fix(tuple(Step("sql", line) for line in lines))


def by_shell(*lines: str) -> Fix:
    """Commands for a shell."""
    return Fix(tuple(Step("shell", line) for line in lines))


def by_hand(*lines: str) -> Fix:
    """What only a person can do."""
    return Fix(tuple(Step("hand", line) for line in lines))


def statement(text: str, **names: Part) -> str:
    """A statement as a person runs it: `text` with `{names}` quoted, and a semicolon."""
    return f"{show(Statement(text, names))};"


def advised(advice: str) -> Fix:
    """The command or statement within `advice`, which stands in backticks; all of it where there is none."""
    for found in _IN_BACKTICKS.findall(advice):
        if found.startswith(_COMMAND):
            return by_shell(found)
        if _STATEMENT.match(found):
            return by_sql(f"{found.rstrip(';')};")
    return by_hand(advice)
