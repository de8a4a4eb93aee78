"""Our errors -> Dagster failures: the run shows the message, not a stack of frames."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.tags import RETRY_ON_ASSET_OR_OP_FAILURE_TAG

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
    RebuildFailed,
    UniqueIndexViolated,
)

_ONLY_A_PERSON_CAN_MEND = (
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
    RebuildFailed,
    UniqueIndexViolated,
)


AnyContext = dg.OpExecutionContext | dg.AssetExecutionContext | dg.AssetCheckExecutionContext


def never_retry(context: AnyContext) -> None:
    """Keep Dagster from launching the run again once it failed: it would find the same."""
    context.instance.add_run_tags(context.run.run_id, {RETRY_ON_ASSET_OR_OP_FAILURE_TAG: "false"})


@contextmanager
def shown_as_failure(context: AnyContext) -> Generator[None]:
    """Turn a DenormError into `dagster.Failure`; what only a person can mend is not tried again, nor is its run."""
    try:
        yield
    except DenormError as error:
        hopeless = isinstance(error, _ONLY_A_PERSON_CAN_MEND)
        if hopeless:
            never_retry(context)
        raise dg.Failure(str(error), allow_retries=not hopeless) from error
