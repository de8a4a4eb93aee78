"""Errors of PostgreSQL servers: connecting, limits and locks."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError, DenormError


class MissingSettings(ConfigurationError):
    """Required environment variables are absent; all of them are named at once."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not set, and no embedded servers are running for "
            "this folder. "
            "Either start them with `denorm-assets dev`, or point us at servers of your own, "
            "for example: export DENORM_DATABASE_URL=postgresql://user:password@host:5432/database"
        )


class ServerUnreachable(DenormError):
    """Nothing answers at the database address (which is shown without its password)."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} cannot be reached ({reason}). Check that it runs and that DENORM_DATABASE_URL "
            "is right; the embedded one is started by `denorm-assets dev`"
        )


class TooManyConnections(ServerUnreachable):
    """The server, the database or the role has as many connections as it may have; one will be free later."""

    def __init__(self, address: str, reason: str) -> None:
        DenormError.__init__(
            self,
            f"PostgreSQL at {address} has no connection left ({reason}). Close connections that are not needed, or "
            "raise the limit: max_connections of the server, ALTER DATABASE ... CONNECTION LIMIT, or ALTER ROLE ... "
            "CONNECTION LIMIT. The worker and Dagster retry",
        )


class ReadOnlyServer(DenormError):
    """The server takes no writes."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} takes no writes ({reason}): it is a standby. Point DENORM_DATABASE_URL at the "
            "primary; of several hosts, ?target_session_attrs=read-write chooses it"
        )


class NoEncoding(ConfigurationError):
    """The database does not know what its texts mean."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the database at {address} has the encoding SQL_ASCII, in which PostgreSQL does not check or convert "
            "texts. Dump it, create it again with ENCODING 'UTF8' TEMPLATE template0, and restore the dump there"
        )


class AuthenticationFailed(ConfigurationError):
    """The server refused the user, the password or the database name."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} refused the login ({reason}). Check user, password and database in "
            "DENORM_DATABASE_URL (the password is never shown here)"
        )


class SessionNeeded(ConfigurationError):
    """What has to be done needs a session of its own, and a pooler gives none."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"a connection pooler (PgBouncer or the like) answers at {address}, and this step needs a direct "
            f"connection to PostgreSQL ({reason}). Set DENORM_DATABASE_URL to host and port of the PostgreSQL server "
            "and run the same command again; what is done stays done"
        )


class UnsupportedServer(ConfigurationError):
    """The server is older than the oldest supported version."""

    def __init__(self, address: str, version: str, oldest: int) -> None:
        super().__init__(
            f"PostgreSQL at {address} is version {version}; {oldest} or newer is needed. "
            "Upgrade it, or point DENORM_DATABASE_URL at a newer server"
        )


class DiskFull(DenormError):
    """The server has no room left; what was committed stays."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL has no disk space left ({reason}). The batch in flight was rolled back and all earlier ones "
            "are kept. Free or add space, then run the same command again: it resumes where it stopped"
        )


class LockHeld(DenormError):
    """A lock could not be acquired in many short tries, because another session holds it."""

    def __init__(self, pid: int, role: str, state: str, seconds: int, statement: str) -> None:
        super().__init__(
            f"could not acquire the lock. Process {pid} of {role} has held locks on tables for {seconds} s ({state}; "
            f"its statement: {statement}). What is done so far is kept; end that transaction or wait for its "
            "end, and try again"
        )


class LockLost(DenormError):
    """Another process took over a lock that was held through a pooler."""

    def __init__(self, lock: str) -> None:
        super().__init__(
            f"the connection that held the lock {lock!r} was closed, and another process holds the lock now. The "
            "transaction was rolled back, and the other process continues the work. Connect to PostgreSQL directly, or "
            "keep the pooler from closing transactions that are open and idle (idle_transaction_timeout of PgBouncer)"
        )
