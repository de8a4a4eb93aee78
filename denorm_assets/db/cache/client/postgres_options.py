"""What both clients have of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.db.postgres.session_settings import MEANING, search_path

OURS: Mapping[str, str] = {"application_name": "denorm_assets cache", "client_encoding": "UTF8"}
"""Options of a connection that win over the URL's."""


def settings_for(schema: str, *, writes: bool) -> Mapping[str, str]:
    """The settings under which a definition means to a client what it means to a keeper; names mean `schema` first.

    What is read is held for everybody: PostgreSQL raises an error where policies would hide rows from the client's
    role. What is written is the application's, under its own policies.
    """
    reading = {} if writes else {"row_security": "off"}
    return {**MEANING, **reading, "search_path": search_path(schema)}
