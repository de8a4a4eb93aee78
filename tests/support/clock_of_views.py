"""The time in views, at a given one: how the oracle judges a definition that reads views with the clock in them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.sql.analysis.clock.definition_text import at_time

_VIEWS = """
SELECT n.nspname, c.relname, pg_get_viewdef(c.oid) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND n.nspname = ANY (%s)
"""


@contextmanager
def views_at(
    connection: psycopg.Connection[tuple[Any, ...]], schemas: list[str], moment: datetime | None
) -> Generator[None]:
    """For the block, a transaction, the views in `schemas` that read the clock select what they do at `moment`."""
    with connection.transaction(force_rollback=True):
        for schema, name, text in connection.execute(_VIEWS, (schemas,)).fetchall() if moment is not None else ():
            then = at_time(text.rstrip(";"), f"timestamptz '{moment}'")
            if then is not None:
                create = sql.SQL("CREATE OR REPLACE VIEW {} AS {}")
                connection.execute(create.format(sql.Identifier(schema, name), sql.SQL(cast(LiteralString, then))))
        yield
