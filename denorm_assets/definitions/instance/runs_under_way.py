"""Runs that a process works on, or will."""

import dagster as dg

UNDER_WAY = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.SUSPENDED,
)
"""Statuses of runs that start, execute or are being cancelled; runs in the queue are none."""
UNFINISHED = (*UNDER_WAY, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED)
"""The same, and those that wait for their start."""
