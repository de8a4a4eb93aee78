"""Errors -> Dagster failures: runs, ticks and the page of code locations show the message, not a stack of frames.

The stack of an exception that nobody foresaw goes to a file, as it does in the shell.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from denorm_assets.errors import (
    BackfillCancelled,
    BackfillIncomplete,
    BatchFailed,
    ConfigurationError,
    CutoverRefused,
    DenormError,
    DependedOn,
    DiskFull,
    DuplicateKeys,
    ForeignKeyViolated,
    NeedsRebuild,
    NoLongerFits,
    RebuildFailed,
    SourcesChanged,
    UniqueIndexViolated,
)
from denorm_assets.unexpected import one_line

_ONLY_A_PERSON_CAN_FIX = (
    ConfigurationError,
    CutoverRefused,
    BackfillCancelled,
    BackfillIncomplete,
    BatchFailed,
    DependedOn,
    DiskFull,
    DuplicateKeys,
    ForeignKeyViolated,
    NeedsRebuild,
    NoLongerFits,
    RebuildFailed,
    SourcesChanged,
    UniqueIndexViolated,
)
_OF_DAGSTER = (dg.Failure, dg.RetryRequested)
"""By which Dagster's own users say how a step ends."""

RETRY_TAG = "dagster/retry_on_asset_or_op_failure"
"""Run tag: whether Dagster launches a run again whose step failed."""

AnyContext = dg.OpExecutionContext | dg.AssetExecutionContext | dg.AssetCheckExecutionContext


def never_retry(context: AnyContext) -> None:
    """Keep Dagster from launching the run again once it failed: it would find the same."""
    context.instance.add_run_tags(context.run.run_id, {RETRY_TAG: "false"})


@contextmanager
def as_dagster_failure(context: AnyContext) -> Generator[None]:
    """Turn any exception into `dagster.Failure`; what only a person can fix is not retried, nor is its run."""
    try:
        yield
    except DenormError as error:
        hopeless = isinstance(error, _ONLY_A_PERSON_CAN_FIX)
        if hopeless:
            never_retry(context)
        raise dg.Failure(str(error), allow_retries=not hopeless) from _without_frames(error)
    except _OF_DAGSTER:
        raise
    except Exception as error:
        raise dg.Failure(one_line(error, f"run {context.run.run_id} of {context.run.job_name}")) from None


@contextmanager
def explained(ran: str) -> Generator[None]:
    """Outside of runs, turn an exception that nobody foresaw into `dagster.Failure`; `ran` is what ran."""
    try:
        yield
    except DenormError as error:
        raise _without_frames(error) from None
    except _OF_DAGSTER:
        raise
    except Exception as error:
        raise dg.Failure(one_line(error, ran)) from None


def _without_frames(error: DenormError) -> DenormError:
    """`error` alone: Dagster shows the stack of a cause, and what that was caused by."""
    error.__cause__, error.__suppress_context__ = None, True
    return error.with_traceback(None)
