"""The application's connections, as teams run them."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url


def make_engine(url: str) -> Engine:
    """Up to 80 connections: 50 that stay, 30 more at peaks; who finds none free waits ten seconds for one.

    A connection is tried before it is used, and replaced after five minutes; a statement may take 30 seconds.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=50,
        max_overflow=30,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=300,
        connect_args={"application_name": "notebooks", "options": "-c statement_timeout=30s"},
    )
