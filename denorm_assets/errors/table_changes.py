"""Errors of phases that change the application's tables."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError, DenormError


class CannotSoftDelete(ConfigurationError):
    """A table cannot get soft deletes as it is."""

    def __init__(self, table: str, problem: str, remedy: str) -> None:
        super().__init__(f"{table} cannot get soft deletes: {problem}. {remedy}; nothing of it was changed")


class IdentifierRefused(ConfigurationError):
    """A declared identifier cannot become `uuid`."""

    def __init__(self, column: str, why: str, remedy: str) -> None:
        super().__init__(f"the identifier {column} cannot become uuid: {why}. Nothing was changed. {remedy}")


class IdentifiersDiffer(DenormError):
    """Text identifiers and the `uuid` columns in their place do not match."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(
            f"identifiers are not equal yet: {'; '.join(faults)}. Identifiers have to be UUIDs in lower case with "
            "hyphens. Correct these rows (UPDATE ... SET id = lower(id), say; ON UPDATE CASCADE carries it to what "
            "refers to them), and run the phase again"
        )


class WorkNotDone(DenormError):
    """A phase needs another one to be done before it."""

    def __init__(self, phase: str, why: str) -> None:
        super().__init__(f"{phase} is blocked: {why}. Materialize the phases before it, or run `denorm-assets apply`")


class WorkNotUndone(DenormError):
    """A change of the application's tables cannot be taken back, or not yet."""

    def __init__(self, phase: str, why: str, remedy: str) -> None:
        super().__init__(f"{phase} was not undone: {why}. Nothing was changed; {remedy}")


class MarkedMeanwhile(DenormError):
    """A row was deleted through the view just before soft deletes were taken away from its table."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(
            f"{reason}. Soft deletes of other tables may be gone already. Purge it (`denorm-assets purge {system} "
            "--older-than-days 0`), then try again; what is done is skipped"
        )


class NotConfirmed(ConfigurationError):
    """A phase that cannot be undone was started without its code."""

    def __init__(self, system: str, phase: str, *, was_given: bool) -> None:
        wrong = ", and the code given as `confirm` is not that of this phase in this database" if was_given else ""
        super().__init__(
            f"{system}/{phase} changed nothing: it cannot be undone, so it needs a confirmation{wrong}. "
            f"Run `denorm-assets plan {system}` for the code, and materialize the phase by itself with it as `confirm` "
            f"in the launchpad (shift-click on Materialize); or run `denorm-assets apply {system} --phase {phase}`"
        )
