"""Errors of the installation, and of what has to be chosen before anything can run."""

from __future__ import annotations

from denorm_assets.errors.base import ConfigurationError


class MissingExtra(ConfigurationError):
    """A package of one of our extras is not installed."""

    def __init__(self, extra: str, package: str, what: str, instead: str = "") -> None:
        also = f", or {instead}" if instead else ""
        super().__init__(
            f"{what} needs the package {package}, which is not installed. "
            f"Run `pip install 'denorm-assets[{extra}]'`{also}"
        )


class NoSystems(ConfigurationError):
    """No systems are chosen."""

    def __init__(self) -> None:
        super().__init__(
            "no systems are chosen. Name yours in DENORM_SYSTEMS (or --systems), as package.module:NAME; "
            "`denorm-assets init` writes the first ones for your database. "
            "To try an example, name denorm_assets.systems.topics:SYSTEM"
        )
