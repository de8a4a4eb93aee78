"""Errors of read models whose sources changed, or whose changes are not captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.errors.base import DenormError


class NoLongerFits(DenormError):
    """Read models that were applied once, and whose definitions the database's tables no longer fit."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        listed = "\n".join(f"  - {name}: {problem}" for name, problem in problems.items())
        super().__init__(
            "the database changed since these were applied, and their definitions no longer fit. They were left as "
            "they are, and everything else was done. Undo the change, and the next refresh continues by itself; or "
            "change the definition, then run `denorm-assets apply`:\n"
            f"{listed}"
        )


class NotCaptured(DenormError):
    """A read model may not go live, because changes of its sources would be lost."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot go live, because changes of its sources would be lost ({'; '.join(faults)}). An "
            "interrupted `apply` leaves this behind, and so does a dropped trigger. Run `denorm-assets apply`, which "
            "installs capture, then run the same command again"
        )


class NeedsRebuild(DenormError):
    """The table in the database no longer has the shape its definition asks for."""

    def __init__(self, name: str, difference: str) -> None:
        super().__init__(
            f"{name} needs a rebuild: {difference}. Its rows were left as they are. Either put the definition back, or "
            "run `denorm-assets apply`, which rebuilds what people read (`denorm-assets plan` shows how), then "
            f"`denorm-assets backfill {name}` where it was not loaded yet"
        )


class SourcesChanged(DenormError):
    """What a read model's definition reads is no longer what it was when the read model was applied."""

    def __init__(self, name: str, changes: Sequence[str]) -> None:
        super().__init__(
            f"{name} needs a rebuild: {'; '.join(changes)}. Its rows were left as they are. Undo that, and the next "
            "refresh computes them by itself. Or change the definition where it no longer fits, and run "
            "`denorm-assets apply` or materialize its phase in Dagster"
        )


class Restored(DenormError):
    """The database came from a dump, in which every table is another one than capture was installed on."""

    def __init__(self, name: str, sources: str) -> None:
        super().__init__(
            f"{name}: the database was restored from a dump since `apply` ran, so that {sources} is a new table with "
            "new triggers, and changes may be missing. No column changed, and its rows were left as they "
            "are. Run `denorm-assets apply`; the next refresh then computes all rows"
        )


class SourceNotLoaded(DenormError):
    """A read model would be computed from another one that holds no rows, or a part of them."""

    def __init__(self, name: str, read: Sequence[str]) -> None:
        commands = " and ".join(f"`denorm-assets backfill {each}`" for each in read)
        super().__init__(
            f"{name} was not computed: it reads {' and '.join(read)}, which {'are' if len(read) > 1 else 'is'} not "
            f"loaded. Its rows were left as they are. Run {commands} first, then the same command again"
        )
