"""Errors of `init`."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError


class FilesExist(ConfigurationError):
    """`init` would write files that are there already."""

    def __init__(self, folder: str, files: Sequence[str]) -> None:
        super().__init__(
            f"{folder} has files already that `denorm-assets init` would write: {', '.join(files)}. Nothing was "
            "written. Give the package another name with --name, move the files away, or run it in another folder"
        )


class NotWritten(ConfigurationError):
    """A file could not be written; those that had been are gone again."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"{file} cannot be written ({reason}). No file is left behind. Remove the cause, then run the same command "
            "again; or run it in another folder"
        )


class BadPackageName(ConfigurationError):
    """No Python package can have this name."""

    def __init__(self, name: str, why: str, proposed: str) -> None:
        super().__init__(
            f"no package can be called {name!r}: {why}. Nothing was written. Give another name, for example "
            f"--name {proposed}"
        )


class SystemTaken(ConfigurationError):
    """Another system of this name is registered in the database."""

    def __init__(self, name: str, proposed: str) -> None:
        super().__init__(
            f"the database has a system called {name} already, whose read models `apply` would drop. Nothing was "
            f"written. Name another, for example --name {proposed}; or run `denorm-assets uninstall {name}` first"
        )


class AmbiguousView(ConfigurationError):
    """Several schemas have a view of the name that a person gave."""

    def __init__(self, name: str, found: Sequence[str]) -> None:
        super().__init__(
            f"several views are called {name!r}: {', '.join(found)}. Write the schema as well, for example "
            f"--from-view {found[0]}"
        )


class ViewRefused(ConfigurationError):
    """A view that a person named cannot become a read model."""

    def __init__(self, view: str, problem: str, remedy: str) -> None:
        said = f"{view} cannot become a read model: {problem}"
        super().__init__(f"{said}. {remedy}; nothing was written" if remedy else f"{said}. Nothing was written")
