"""Our errors -> Dagster failures: the run shows the message, not a stack of frames."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from denorm_assets.errors import BackfillCancelled, ConfigurationError, DenormError


@contextmanager
def shown_as_failure() -> Generator[None]:
    """Turn a DenormError into `dagster.Failure`; what only a person can mend is not retried."""
    try:
        yield
    except DenormError as error:
        hopeless = isinstance(error, ConfigurationError | BackfillCancelled)
        raise dg.Failure(str(error), allow_retries=not hopeless) from error
