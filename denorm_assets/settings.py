"""Environment -> frozen `Settings`. Nothing is read at import time, and secrets stay out of `repr`."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from denorm_assets.errors import ConfigurationError, MissingSettings

OLDEST_POSTGRES = 15
NEWEST_POSTGRES = 18
LOCK_BOUND_MS = 200
LOG_LIMIT_MB = 10_240
DRAIN_SECONDS = 60
WHOLE_SECONDS = 3_600
ENVIRONMENT = "default"
_LOCK_BOUNDS = range(10, 10_001)
_LARGEST_LOG_LIMIT_MB = 1_000_000_000
_LONGEST_SECONDS = 1_000_000
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

SERVERS_FILE = "servers.env"
"""Written under the home folder by `denorm-assets dev` while it runs: its servers and systems; mode 0600."""


@dataclass(frozen=True)
class Settings:
    """What the environment says. Times are in seconds.

    Attributes:
        home: folder for embedded servers, reports and logs (`DENORM_HOME`, default `.denorm`).
        systems: `package.module:NAME` of each system to load (`DENORM_SYSTEMS`, comma-separated); empty: none chosen.
        time_zone: IANA name of the zone in which schedules count hours (`DENORM_TIME_ZONE`, default UTC).
        alert_command: program and arguments that are given each alert (`DENORM_ALERT_COMMAND`); empty without.
        alert_environment: variables that the program is given besides the usual ones (`DENORM_ALERT_ENV`, names,
            comma-separated); it is given no other.
        alert_webhook: URL that each alert is posted to (`DENORM_ALERT_WEBHOOK`); it may hold a secret.
        environment: what tells this installation's keys from others' on a shared Redis (`DENORM_ENVIRONMENT`).
        lock_bound_ms: milliseconds that a statement of the application may wait for us (`DENORM_LOCK_BOUND_MS`).
        log_limit_mb: megabytes of the change log above which capture stops logging (`DENORM_LOG_LIMIT_MB`); 0: never.
        drain_seconds: seconds that computing the rows of some anchors may take (`DENORM_DRAIN_SECONDS`); 0: no limit.
        whole_seconds: the same of a whole read model, or of a comparison (`DENORM_WHOLE_SECONDS`); 0: no limit.

    Example:
        settings: Settings = load_settings()
    """

    home: Path
    systems: tuple[str, ...]
    time_zone: str = "UTC"
    # Either may hold a token.
    alert_command: tuple[str, ...] = field(default=(), repr=False)
    alert_environment: tuple[str, ...] = ()
    alert_webhook: str | None = field(default=None, repr=False)
    lock_bound_ms: int = LOCK_BOUND_MS
    log_limit_mb: int = LOG_LIMIT_MB
    drain_seconds: int = DRAIN_SECONDS
    whole_seconds: int = WHOLE_SECONDS
    environment: str = ENVIRONMENT
    optional_database_url: str | None = field(default=None, repr=False)
    optional_redis_url: str | None = field(default=None, repr=False)
    optional_dagster_url: str | None = field(default=None, repr=False)

    @property
    def database_url(self) -> str:
        """URL of the application's database. Raises MissingSettings."""
        if self.optional_database_url is None:
            raise MissingSettings(["DENORM_DATABASE_URL"])
        return self.optional_database_url


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from `environ` (default: the process's), then from the file that `denorm-assets dev` leaves.

    A variable that is set wins; one that is not is looked up in `<home>/servers.env`, which exists only while
    `denorm-assets dev` runs for this folder. On another database than that of `dev`, its systems do not count.
    Raises ConfigurationError where the file is another user's, or where a value is not understood.

    Example:
        load_settings({"DENORM_DATABASE_URL": "postgresql://shop@localhost/shop"}).lock_bound_ms
    """
    environ = os.environ if environ is None else environ
    home = home_folder(environ)
    servers_file = home / SERVERS_FILE
    found = _read(servers_file)
    given = {name: value for name, value in environ.items() if value}
    if given.get("DENORM_DATABASE_URL") not in (None, found.get("DENORM_DATABASE_URL")):
        # What `dev` tries out is not meant for another database.
        found.pop("DENORM_SYSTEMS", None)
    found.update(given)
    systems = tuple(part.strip() for part in (found.get("DENORM_SYSTEMS") or "").split(",") if part.strip())
    return Settings(
        home=home,
        systems=systems,
        time_zone=_time_zone(found.get("DENORM_TIME_ZONE") or "UTC"),
        alert_command=_command(found.get("DENORM_ALERT_COMMAND") or ""),
        alert_environment=_variables(found.get("DENORM_ALERT_ENV") or ""),
        alert_webhook=_webhook(found.get("DENORM_ALERT_WEBHOOK")),
        lock_bound_ms=_lock_bound(found.get("DENORM_LOCK_BOUND_MS")),
        log_limit_mb=_log_limit(found.get("DENORM_LOG_LIMIT_MB")),
        drain_seconds=_seconds(found, "DENORM_DRAIN_SECONDS", DRAIN_SECONDS),
        whole_seconds=_seconds(found, "DENORM_WHOLE_SECONDS", WHOLE_SECONDS),
        environment=_environment(found.get("DENORM_ENVIRONMENT") or ENVIRONMENT),
        optional_database_url=found.get("DENORM_DATABASE_URL"),
        optional_redis_url=found.get("DENORM_REDIS_URL"),
        optional_dagster_url=found.get("DENORM_DAGSTER_URL"),
    )


def home_folder(environ: Mapping[str, str]) -> Path:
    """The folder for embedded servers, reports and logs, as `environ` names it."""
    return Path(environ.get("DENORM_HOME") or ".denorm").absolute()


def _environment(name: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise ConfigurationError(
            f"DENORM_ENVIRONMENT is {name!r}: write letters, digits, - and _ only, for example production; "
            "every key in Redis has it"
        )
    return name


def _lock_bound(text: str | None) -> int:
    if not text:
        return LOCK_BOUND_MS
    if not text.strip().isdecimal() or int(text) not in _LOCK_BOUNDS:
        raise ConfigurationError(
            f"DENORM_LOCK_BOUND_MS is {text!r}: write whole milliseconds from {_LOCK_BOUNDS[0]} to {_LOCK_BOUNDS[-1]}, "
            f"or unset it for {LOCK_BOUND_MS}"
        )
    return int(text)


def _log_limit(text: str | None) -> int:
    if not text:
        return LOG_LIMIT_MB
    if not text.strip().isdecimal() or int(text) > _LARGEST_LOG_LIMIT_MB:
        raise ConfigurationError(
            f"DENORM_LOG_LIMIT_MB is {text!r}: write whole megabytes up to {_LARGEST_LOG_LIMIT_MB}, 0 for no limit, "
            f"or unset it for {LOG_LIMIT_MB}"
        )
    return int(text)


def _seconds(found: Mapping[str, str | None], name: str, default: int) -> int:
    text = found.get(name) or str(default)
    if not text.strip().isdecimal() or int(text) > _LONGEST_SECONDS:
        raise ConfigurationError(
            f"{name} is {text!r}: write whole seconds up to {_LONGEST_SECONDS}, 0 for no limit, "
            f"or unset it for {default}"
        )
    return int(text)


def _read(servers_file: Path) -> dict[str, str | None]:
    try:
        # A password may hold ${...}.
        return dict(dotenv_values(servers_file, interpolate=False)) if servers_file.is_file() else {}
    except PermissionError as error:
        raise ConfigurationError(
            f"{servers_file} cannot be read ({error.strerror}); it belongs to whoever runs `denorm-assets dev` here. "
            "Run as that user, or set DENORM_HOME to a folder of your own"
        ) from None


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(
            f"DENORM_TIME_ZONE {name!r} is no time zone. Write an IANA name, for example Europe/Zurich, or UTC"
        ) from None
    return name


def _command(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        # Not the text itself: it may hold a token.
        raise ConfigurationError(
            f"DENORM_ALERT_COMMAND cannot be split into words ({error}). Close its quotation marks, "
            "for example: /usr/local/bin/notify --channel 'data team'"
        ) from None


def _variables(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(_VARIABLE_NAME.fullmatch(name) for name in names):
        # Not the text itself: somebody may have written NAME=value.
        raise ConfigurationError(
            "DENORM_ALERT_ENV is not a list of variables. Write their names only, for example PAGER_TOKEN,https_proxy"
        )
    return names


def _webhook(url: str | None) -> str | None:
    if url is not None and not _can_be_posted_to(url):
        raise ConfigurationError(
            "DENORM_ALERT_WEBHOOK is not the URL of a web address. Write it as https://host/path or "
            "https://host:port/path, without user and password, and percent-encode blanks and non-ASCII characters "
            "(it is not shown here)"
        )
    return url


def _can_be_posted_to(url: str) -> bool:
    # urlsplit drops some blanks and looks at the port only when asked for it.
    if not all("!" <= character <= "~" for character in url):
        return False
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https") and "@" not in parts.netloc
