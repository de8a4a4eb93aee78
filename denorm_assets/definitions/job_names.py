"""Names of jobs, which people see, and of the ops within them, which are only to be unlike all others."""

from __future__ import annotations

from denorm_assets.model.system import System


def setup_job_name(system: System) -> str:
    """Name of the job that creates tables and ranges."""
    return f"{system.name}_setup"


def finish_job_name(system: System) -> str:
    """Name of the job that builds indexes and foreign keys."""
    return f"{system.name}_finish"


def refresh_job_name(system: System) -> str:
    """Name of the job that refreshes what is due."""
    return f"{system.name}_refresh"


def backfill_job_name(range_set: str) -> str:
    """Name of the job that loads read models by ID, or by their ranges."""
    return f"{range_set}_backfill"


def op_name(of: str, does: str) -> str:
    """Name of an op of ours: `of` is a system, or what else is unlike all others; jobs show `does` as its alias.

    In a code location, ops, graphs, jobs and single assets have one space of names. A job `refresh_shop` may well be
    there already.
    """
    return f"denorm__{of}__{does}"
