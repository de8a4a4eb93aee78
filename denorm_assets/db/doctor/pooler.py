"""A connection pooler in front of the server: how it works, as far as it tells, and what its settings break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from denorm_assets.db.doctor.finding import Finding, Trouble, TroubleName, Unseen, by_hand
from denorm_assets.db.postgres.errors import translate_connect
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import DATABASE_URL, ServerUrl

STATEMENT_POOLING: TroubleName = "statement_pooling"
_PATIENCE = "10"
_CONSOLE = "pgbouncer"
_DIRECT = f"export {DATABASE_URL}=postgresql://user:password@host-of-postgresql:5432/database"
_FEWEST_CONNECTIONS = 3
"""Of a pool: a process needs as many at once."""
_CUTS_OFF: Mapping[TroubleName, str] = {
    "query_timeout": "refreshes and backfills that take longer are cut off",
    "transaction_timeout": "refreshes and backfills that take longer are cut off",
    "idle_transaction_timeout": "locks of ours are transactions that stay open, and are lost after that time",
}
"""Settings of PgBouncer that have to be 0, and what they break otherwise."""


@dataclass(frozen=True)
class _Told:
    """What PgBouncer's console says of our database."""

    mode: str
    pool_size: int
    config: Mapping[str, str | None]


def look_at_pooler(server: ServerUrl) -> list[Finding]:
    """What a pooler at the address does to us; nothing where PostgreSQL itself answers. Raises ServerUnreachable."""
    with translate_connect(server), closing(_connect(server)) as connection:
        answer = connection.execute(ASK_PROCESS).fetchone()
        if not is_pooler(connection.info, answer):
            return []
        told = _told(server, connection.info.dbname)
        refused = _refuses_transactions(connection)
    if refused is not None:
        what = f"the pooler allows no transactions ({refused}), so no command of denorm-assets works through it"
        return [
            Trouble(STATEMENT_POOLING, what, server.address, by_hand("pgbouncer.ini: pool_mode = transaction", _DIRECT))
        ]
    return list(_of_transaction_mode(server, told))


def _of_transaction_mode(server: ServerUrl, told: _Told | None) -> Iterator[Finding]:
    if told is None:
        yield Unseen(
            "settings of the pooler",
            f"{server.address} is a pooler whose console does not let us in",
            by_hand(f"pgbouncer.ini: stats_users = {server.role or 'the role that logs in'}"),
        )
    elif told.mode == "session":
        return
    yield Trouble(
        "transaction_pooling",
        "a pooler answers: `apply` and phases cannot build or drop indexes of live tables through it, and everything "
        "else is slower",
        server.address,
        by_hand(_DIRECT),
        needs_doing=False,
    )
    if told is not None:
        for setting, breaks in _CUTS_OFF.items():
            seconds = float(told.config.get(setting) or 0)
            if seconds:
                what = f"the pooler's {setting} is {seconds:g} s: {breaks}"
                yield Trouble(setting, what, server.address, by_hand(f"pgbouncer.ini: {setting} = 0"))
        if told.pool_size < _FEWEST_CONNECTIONS:
            what = (
                f"the pool has {told.pool_size} connections; each process of ours needs {_FEWEST_CONNECTIONS} at once"
            )
            fix = by_hand(f"pgbouncer.ini: default_pool_size = {5 * _FEWEST_CONNECTIONS}")
            yield Trouble("small_pool", what, server.address, fix)


def _connect(server: ServerUrl, **others: str) -> psycopg.Connection[tuple[Any, ...]]:
    conninfo = make_conninfo(**{"connect_timeout": _PATIENCE, **server.options, **others})
    return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)


def _refuses_transactions(connection: psycopg.Connection[tuple[Any, ...]]) -> str | None:
    """What a pooler says that gives each statement to any of its sessions; None where transactions work."""
    try:
        connection.execute("BEGIN")
        connection.execute("COMMIT")
    except psycopg.Error as error:
        return error.diag.message_primary or str(error).splitlines()[0]
    return None


def _told(server: ServerUrl, database: str) -> _Told | None:
    """What the console of PgBouncer says, if this is one and our role may ask it."""
    try:
        with closing(_connect(server, dbname=_CONSOLE)) as console, console.cursor(row_factory=dict_row) as cursor:
            config = {row["key"]: row["value"] for row in cursor.execute("SHOW CONFIG").fetchall()}
            pools = cursor.execute("SHOW DATABASES").fetchall()
    except psycopg.Error:
        return None
    mode, size = config["pool_mode"], config["default_pool_size"]
    for pool in pools:
        if pool["name"] == database:
            mode, size = pool["pool_mode"] or mode, pool["pool_size"] or size
    return _Told(mode, int(size), config)
