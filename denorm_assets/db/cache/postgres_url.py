"""What both clients make of DENORM_DATABASE_URL."""

from __future__ import annotations

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

APPLICATION_NAME = "denorm_assets cache"


def whom(url: str) -> tuple[str, str]:
    """Where the server is, without the password, and as whom we connect: what errors name."""
    parts = conninfo_to_dict(url)
    role = str(parts.get("user") or "")
    return f"postgresql://{role}@{parts.get('host')}:{parts.get('port') or 5432}/{parts.get('dbname')}", role


def search_path(schema: str) -> sql.Composed:
    """The statement by which names without a schema mean `schema` first, then `public`."""
    return sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema))
