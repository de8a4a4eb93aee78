"""What both clients make of DENORM_DATABASE_URL."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.conninfo import conninfo_to_dict

from denorm_assets.db.session_settings import MEANING, search_path

APPLICATION_NAME = "denorm_assets cache"


def whom(url: str) -> tuple[str, str]:
    """Where the server is, without the password, and as whom we connect: what errors name."""
    parts = conninfo_to_dict(url)
    role = str(parts.get("user") or "")
    return f"postgresql://{role}@{parts.get('host')}:{parts.get('port') or 5432}/{parts.get('dbname')}", role


def settings_for(schema: str, *, writes: bool) -> Mapping[str, str]:
    """The settings under which a definition means to a client what it means to a keeper; names mean `schema` first.

    What is read is held for everybody: PostgreSQL raises an error where policies would hide rows from the client's
    role. What is written is the application's, under its own policies.
    """
    reading = {} if writes else {"row_security": "off"}
    return {**MEANING, **reading, "search_path": search_path(schema)}
