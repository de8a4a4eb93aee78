"""One reading of a PostgreSQL URL for all connections: ours, the cache clients', the load test's and Dagster's.

An error never shows a part of the URL that may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from psycopg.pq import Conninfo
from sqlalchemy.engine import URL

from denorm_assets.errors import ConfigurationError

DATABASE_URL = "DENORM_DATABASE_URL"
_SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?")
"""A driver after the plus is what other programs choose by."""
_HOST = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>\d*))?")
_OF_OTHER_CLIENTS = frozenset(
    {
        "schema",
        "pgbouncer",
        "connection_limit",
        "pool_timeout",
        "socket_timeout",
        "statement_cache_size",
        "prepared_statement_cache_size",
    }
)
"""Options of Prisma and asyncpg that say nothing of where the server is: systems name their schemas themselves."""
_DEFAULT_PORT = "5432"
_SSL_MODES = {
    "true": "require",
    **{mode: mode for mode in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")},
}


@dataclass(frozen=True)
class ServerUrl:
    """A database's whereabouts.

    Attributes:
        options: libpq's connection options, the password among them.
        address: the same for people, without the password.
        role: who logs in, as far as the URL says.
    """

    options: Mapping[str, str] = field(repr=False)
    address: str
    role: str


def read_url(text: str, variable: str = DATABASE_URL) -> ServerUrl:
    """What `text`, the value of `variable`, means. Raises ConfigurationError."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        raise _not_a_url(variable)
    options = _from_url(rest, variable)
    if any("\0" in value for value in options.values()):
        raise _not_a_url(variable)
    return ServerUrl(options, _address(options), options.get("user", ""))


def sqlalchemy_url(server: ServerUrl, driver: str) -> URL:
    """The same for SQLAlchemy with `driver`."""
    rest = dict(server.options)
    user, password, database = (rest.pop(name, None) for name in ("user", "password", "dbname"))
    return URL.create(f"postgresql+{driver}", user, password, database=database, query=rest)


def _from_url(rest: str, variable: str) -> dict[str, str]:
    if rest.count("@") > 1:
        raise ConfigurationError(
            f"{variable} has more than one @: a password that holds one has to write it as %40 (and : as %3A, / as %2F)"
        )
    login, at, place = rest.rpartition("@")
    user, colon, password = login.partition(":")
    if "/" in user or "?" in user:
        raise ConfigurationError(f"{variable} has an @ after its host: write it as %40")
    place, _, query = place.partition("?")
    hosts, _, database = place.partition("/")
    options = {
        **({"user": unquote(user)} if at and user else {}),
        **({"password": unquote(password)} if colon else {}),
        **({"dbname": unquote(database)} if database else {}),
        **(_hosts(hosts.split(","), variable) if hosts else {}),
    }
    named: list[str] = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        name, value = unquote(name), unquote(value)
        if name == "host":
            named.append(value)
        elif name == "ssl" and value in _SSL_MODES:
            options.setdefault("sslmode", _SSL_MODES[value])
        elif name in _known_options():
            options[name] = value
        elif name not in _OF_OTHER_CLIENTS:
            shown = f" ({name})" if name.isidentifier() else ""
            raise ConfigurationError(
                f"{variable} has an option that PostgreSQL does not know{shown}. Remove it, or write it as libpq calls "
                "it (for example sslmode=require); https://www.postgresql.org/docs/current/libpq-connect.html lists all"
            )
    if named:
        options.update(_hosts([host for each in named for host in each.split(",")], variable, options.get("port")))
    ports, count = options.get("port", "").split(","), len(options.get("host", "").split(","))
    if len(ports) not in (1, count) or not all(re.fullmatch(r"\d*", port) for port in ports):
        raise _not_a_url(variable)
    if not options.get("connect_timeout", "0").isdecimal():
        raise ConfigurationError(f"{variable} has a connect_timeout that is no number. Write whole seconds")
    if len(ports) == 1 and count > 1 and ports != [""]:
        # SQLAlchemy wants as many ports as hosts.
        options["port"] = ",".join(ports * count)
    return options


def _hosts(texts: list[str], variable: str, port: str | None = None) -> dict[str, str]:
    """The options for hosts, each with a port of its own or with `port`."""
    hosts: list[str] = []
    ports: list[str] = []
    for text in texts:
        found = _HOST.fullmatch(text) if not text.startswith("/") else None
        if found is None and not text.startswith("/"):
            raise _not_a_url(variable)
        hosts.append(unquote(found["host"]).strip("[]") if found else text)
        ports.append((found["port"] if found else None) or "")
    if any(ports):
        port = ",".join(each or port or _DEFAULT_PORT for each in ports)
    return {"host": ",".join(hosts), **({"port": port} if port else {})}


def _known_options() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in Conninfo.get_defaults())


def _address(options: Mapping[str, str]) -> str:
    hosts, ports = options.get("host", "").split(","), options.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    shown = [
        (f"[{host}]" if ":" in host else quote(host, safe="")) + (f":{port}" if port else "")
        for host, port in zip(hosts, ports, strict=False)
    ]
    who = quote(options["user"], safe="") if "user" in options else ""
    login = f"{who}{':***' if 'password' in options else ''}"
    service = f"?service={quote(options['service'], safe='')}" if "service" in options else ""
    database = f"/{quote(options['dbname'], safe='')}" if "dbname" in options else ""
    return f"postgresql://{login}{'@' if login else ''}{','.join(shown)}{database}{service}"


def _not_a_url(variable: str) -> ConfigurationError:
    return ConfigurationError(
        f"{variable} is not the URL of a PostgreSQL database. Write it as postgresql://user:password@host:5432/database"
    )
