"""Whether a connection pooler (PgBouncer and the like) answers in the server's place.

In which mode it works cannot be known. One that gives each connection a session of its own loses nothing by being taken
for one that does not.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import ConnectionInfo

ASK_PROCESS: LiteralString = "SELECT pg_catalog.pg_backend_pid()"


def is_pooler(connection: ConnectionInfo, answer: tuple[int] | None) -> bool:
    """Whether `answer` to ASK_PROCESS is another process than that which the login named: a pooler makes one up."""
    return answer != (connection.backend_pid,)
