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
ACTING_ROLE = "role"
"""The setting of SET ROLE."""
DRIVER = "denorm.driver"
"""The setting by which refreshes note who made them. Behind a pooler, `application_name` may be another one's."""
NO_SCHEMA = "pg_catalog, pg_temp"
"""The search path in which names without a schema mean PostgreSQL's own objects."""
_OF_TRANSACTIONS: Mapping[str, str] = {
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
}
_PINNED: Mapping[str, str] = {
    **MEANING,
    **_OF_TRANSACTIONS,
    "search_path": NO_SCHEMA,
    "row_security": "off",
    # What a text means that people wrote, or PostgreSQL prints.
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "xmlbinary": "base64",
    "xmloption": "content",
    "gin_fuzzy_search_limit": "0",
    "exit_on_error": "off",
    # Limits made for a role's pages would stop a comparison or an index build.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
_SINCE_17: Mapping[str, str] = {"transaction_timeout": "0", "restrict_nonsystem_relation_kind": ""}


def pinned(server_version: int) -> Mapping[str, str]:
    """All settings of ours that a server of this version has (180001: 18.1)."""
    return {**_PINNED, **_SINCE_17} if server_version >= 170_000 else _PINNED


def in_transaction(settings: Mapping[str, str]) -> dict[str, str]:
    """The same for a transaction that has begun already, which no default reaches."""
    return {
        setting.removeprefix("default_") if setting in _OF_TRANSACTIONS else setting: value
        for setting, value in settings.items()
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
