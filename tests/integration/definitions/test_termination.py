"""Terminating a run ends it."""

from __future__ import annotations

import dagster as dg

from denorm_assets.definitions.build import build_definitions
from denorm_assets.systems.topics import SYSTEM


def test_job_steps_have_no_retry_policy() -> None:
    # Seen: a terminated run stayed CANCELING while its step began again. Runs are retried as a whole instead.
    definitions = build_definitions([SYSTEM])
    jobs = [definitions.resolve_job_def(name) for name in ("topics_entries_backfill", "topics_setup", "topics_finish")]
    jobs.append(definitions.resolve_implicit_global_asset_job_def())
    steps = [node.definition for job in jobs for node in job.nodes if isinstance(node.definition, dg.OpDefinition)]
    assert len(steps) > 8
    assert [step.name for step in steps if step.retry_policy is not None] == []
