"""Errors of `apply`, `abort` and `uninstall`."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError, DenormError


class NotApplied(ConfigurationError):
    """The database has no (or not this) read model yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has not been created in this database. Run `denorm-assets apply` first, "
            "or materialize the system's phase asset in Dagster"
        )


class WouldBeLost(DenormError):
    """`apply` was not told to drop what people read, or what takes long to load again."""

    def __init__(self, name: str, losses: Sequence[str]) -> None:
        self.name, self.losses = name, tuple(losses)
        system = name.partition("/")[0]
        super().__init__(
            f"{name} was not applied, because this would be lost:\n"
            + "\n".join(f"  - {loss}" for loss in losses)
            + "\nNothing was changed. If the declaration is not the one you meant (another branch, another "
            "DENORM_SYSTEMS), correct that. If it is, run "
            f"`denorm-assets apply {system} --drop-undeclared`, or materialize the phase with `drop: true` in its "
            "config"
        )


class StillInUse(DenormError):
    """Something may not be removed, because others use it."""

    def __init__(self, name: str, why: str, remedy: str) -> None:
        done = "dropped" if "/" in name else "uninstalled"
        super().__init__(f"{name} was not {done}: {why}. Nothing was changed; {remedy}, and try again")


class RenameRefused(ConfigurationError):
    """A read model cannot get another name as it is."""

    def __init__(self, name: str, new_name: str, why: str, remedy: str) -> None:
        to = f" to {new_name}" if new_name != name else ""
        super().__init__(f"{name} was not renamed{to}: {why}. Nothing was changed; {remedy}")


class ReplaceBlocked(DenormError):
    """An open transaction would no longer see the rows of what is replaced."""

    def __init__(self, name: str, session: str) -> None:
        super().__init__(
            f"{name} could not be put in its new place: {session} still reads an older snapshot, and would see no "
            "rows. The old rows are still served, and nothing is lost. End that transaction, or wait for it, then run "
            "`denorm-assets apply` again"
        )


class RebuildFailed(DenormError):
    """The new version of a read model was not put in place; what people read is as it was."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} was not rebuilt: {reason}. Readers still see the previous version. Correct the "
            "definition or the rows, or put the old definition back, then run `denorm-assets apply` again; "
            "`denorm-assets abort` rolls back the failed rebuild"
        )


class DependedOn(DenormError):
    """A table cannot be replaced, because something that is not ours depends on it."""

    def __init__(self, name: str, table: str, objects: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot be replaced, because objects that denorm-assets did not create depend on {table}: "
            f"{', '.join(objects)}. The table is as it was. Drop these first (with CASCADE, where a materialized view "
            "of a read model reads them) and create them again after `denorm-assets apply`, or put the old definition "
            "back"
        )


class ForeignColumns(ConfigurationError):
    """The application added columns to a read model's table, which any change of the table would lose."""

    def __init__(self, name: str, table: str, columns: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot be applied: {table} has columns that denorm-assets did not create: "
            f"{', '.join(columns)}. Drop them, or select them in the definition; nothing was changed"
        )


class NameTaken(ConfigurationError):
    """Something that is not the read model's own has its name: none of ours, or another system's.

    `adoptable` says that it is a table, which the read model might take over.
    """

    def __init__(self, name: str, table: str, holder: str | None = None, *, adoptable: bool = False) -> None:
        what, remedy = f"{table} exists already and was not created by denorm-assets", "rename or drop what is there"
        if adoptable:
            remedy += (
                f". To take the table over, run `denorm-assets plan --adopt {name}`, which shows how many of its rows "
                f"differ from the definition, and then `denorm-assets apply --adopt {name}`"
            )
        if holder is not None:
            what = f"{table} is the read model {holder} already"
            remedy = (
                f"run `denorm-assets rename {holder} {name}` if that was its old name, or `denorm-assets uninstall "
                f"{holder.partition('/')[0]}` first"
            )
        super().__init__(
            f"{name} cannot be created: {what}. Give the read model another name, or {remedy}; nothing was changed"
        )


class CommentLost(ConfigurationError):
    """The registered table of a read model no longer carries the COMMENT that tells it from others."""

    def __init__(self, name: str, table: str, statement: str) -> None:
        super().__init__(
            f"{name} cannot be applied: the COMMENT of {table} no longer says that the table is this read model's. "
            f"Nothing was changed. Restore it with `{statement}`, or rename the table if it is not the read model's"
        )


class NotAdoptable(ConfigurationError):
    """A table cannot become a read model's, although that was asked for."""

    def __init__(self, name: str, table: str, difference: str) -> None:
        super().__init__(
            f"{name} cannot adopt {table}: {difference}. Change the table or the definition until they match, or "
            "rename or drop what is there; nothing was changed"
        )


class NotInPlace(ConfigurationError):
    """The registered table of a read model is not the one that has its name now, if any has (`taken`).

    `now` is where the registered one is; None where that is gone.
    """

    def __init__(self, name: str, table: str, now: str | None, *, taken: bool = True) -> None:
        what = f"{table} is not the table that denorm-assets created for it" if taken else f"{table} is gone"
        where = "that one was dropped" if now is None else f"its table is {now} now"
        remedy = f"rename {now} back to {table}, or drop {now} and run `denorm-assets apply`, which creates a new one"
        if now is not None and now.rpartition(".")[2] == table.rpartition(".")[2]:
            remedy = (
                f"if the declaration has another schema now, run `denorm-assets rename {name} {name}`; else {remedy}"
            )
        if taken:
            back = "run `denorm-assets apply`" if now is None else f"rename {now} back to {table}"
            adopt = f"run `denorm-assets apply --adopt {name}` to take it over"
            remedy = f"rename or drop what is there and {back}, or {adopt}"
        super().__init__(f"{name} was not written: {what}; {where}. Nothing was changed; {remedy}")


class TargetIsSource(ConfigurationError):
    """A read model would be written to a table that it, or another one, is computed from."""

    def __init__(self, name: str, table: str, reader: str) -> None:
        super().__init__(
            f"{name} cannot be created: {table} is read by {reader}, directly, through a view or another read model, "
            "or as a partition, child or parent of what that reads. The read model would overwrite its source. Give "
            "the read model another name; nothing was changed"
        )
