"""The settings that every session and transaction of ours has, whatever the role or the database sets."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

MEANING: Mapping[str, str] = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "default_text_search_config": "pg_catalog.simple",
}
"""Settings that decide what a definition yields, and how values are written out as text: the same for whoever reads."""
# The last ones are often set for a role: a limit made for its pages would stop a comparison or an index build.
PINNED: Mapping[str, str] = {
    **MEANING,
    "search_path": "pg_catalog, pg_temp",
    "row_security": "off",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}


def search_path(schema: str | None) -> str:
    """The setting by which names without a schema mean `schema` first, then `public`, and temporary objects last."""
    parts = [schema] if schema else []
    path = sql.SQL(", ").join(sql.Identifier(part) for part in [*parts, "public", "pg_temp"])
    return path.as_string()


def set_all(settings: Mapping[str, str]) -> sql.Composed:
    """The statement that sets `settings` for a session."""
    pairs = [
        sql.SQL("set_config({}, {}, false)").format(sql.Literal(setting), sql.Literal(value))
        for setting, value in settings.items()
    ]
    return sql.SQL("SELECT {}").format(sql.SQL(", ").join(pairs))


def set_all_locally(settings: Mapping[str, str]) -> sql.Composed:
    """The statements that set `settings` until the transaction ends; an isolation level can still be chosen then."""
    pairs = [
        sql.SQL("SET LOCAL {} = {}").format(
            sql.Identifier(setting.lower()),
            # A list of identifiers, which is not one value.
            sql.SQL(value) if setting == "search_path" else sql.Literal(value),  # pyright: ignore[reportArgumentType]
        )
        for setting, value in settings.items()
    ]
    return sql.SQL("; ").join(pairs)
