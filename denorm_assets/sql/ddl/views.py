"""Materialized views: their DDL and their refresh."""

from __future__ import annotations

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.ddl.tables import comment_text
from denorm_assets.sql.statement import Literal, Raw, Statement, columns, name, table

_LONGEST_NAME = 63


def create_view(described: DescribedModel) -> Statement:
    """CREATE MATERIALIZED VIEW, still empty: whoever loads it says when its cost is paid."""
    return Statement(
        "CREATE MATERIALIZED VIEW {view} AS\n{definition}\nWITH NO DATA",
        {"view": table(described.table), "definition": Raw(described.definition)},
    )


def comment_on_view(described: DescribedModel) -> Statement:
    """COMMENT that carries the code version, so that a listing shows what is installed."""
    return Statement(
        "COMMENT ON MATERIALIZED VIEW {view} IS {comment}",
        {"view": table(described.table), "comment": Literal(comment_text(described))},
    )


def key_index_name(view: str) -> str:
    """Name of the unique index on the key, and of a table's primary key."""
    return f"{view.encode()[: _LONGEST_NAME - 5].decode(errors='ignore')}_pkey"


def create_key_index(described: DescribedModel) -> Statement:
    """CREATE UNIQUE INDEX on the key, by which REFRESH CONCURRENTLY finds what differs."""
    return Statement(
        "CREATE UNIQUE INDEX {index} ON {view} ({key}){nulls}",
        {
            "index": name(key_index_name(described.model.name)),
            "view": table(described.table),
            "key": columns(described.model.key),
            "nulls": Raw("" if described.key_is_not_null else " NULLS NOT DISTINCT"),
        },
    )


def refresh_view(described: DescribedModel, *, concurrently: bool) -> Statement:
    """REFRESH; `concurrently`, readers go on meanwhile, and only what differs is written."""
    return Statement(
        "REFRESH MATERIALIZED VIEW {concurrently}{view}",
        {"concurrently": Raw("CONCURRENTLY " if concurrently else ""), "view": table(described.table)},
    )
