"""Errors of the embedded servers."""

from __future__ import annotations

from pathlib import Path

from denorm_assets.errors.base import ConfigurationError


class EmbeddedError(ConfigurationError):
    """The embedded servers cannot be started or stopped."""


class PortTaken(EmbeddedError):
    """The port that was asked for is in use."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is already in use. Stop what listens there, or choose another with {option} "
            "(leave it out to get a free one)"
        )


class ForeignDataDirectory(EmbeddedError):
    """The data directory belongs to another user."""

    def __init__(self, path: Path, owner: str, expected: str) -> None:
        super().__init__(
            f"the data directory {path} is owned by {owner}, but the embedded PostgreSQL runs as {expected} and "
            f"refuses it. Run as {owner}, or set DENORM_HOME to a folder of your own; nothing was changed"
        )


class AlreadyRunning(EmbeddedError):
    """Another process already serves this folder."""

    def __init__(self, home: Path, holder: str) -> None:
        super().__init__(
            f"denorm-assets dev is already running for {home} ({holder}). Use that one, stop it first, "
            "or set DENORM_HOME to another folder for a second one"
        )


class ServerDidNotStart(EmbeddedError):
    """A server process ended or did not answer in time; the end of its log is shown."""

    def __init__(self, server: str, log: Path, tail: str) -> None:
        super().__init__(
            f"{server} did not start. Correct what its log complains of, then run the same command again. "
            f"The end of {log}:\n{tail}"
        )
