"""What SELECTs that people write mean: PostgreSQL resolves their names once, and prints every one with its schema.

The printed text is what is executed. It means the same under any search path, whatever objects are created later.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement

VIEW_HEAD = "CREATE VIEW pg_temp.denorm_resolved AS\n"


class Intruder(Exception):
    """A name in a SELECT means an object of a less trusted role, which hides another one."""


@contextmanager
def resolved(session: Session, select: Statement, *, trusted: bool = False) -> Generator[str]:
    """The text of `select` as PostgreSQL prints it; for the block, the view `pg_temp.denorm_resolved` stands for it.

    Names without a schema mean the session's schema first, then `public`. A `trusted` text was printed before: it has
    none. Raises Intruder, or what PostgreSQL says of the SELECT.
    """
    create = Statement(VIEW_HEAD + "{select}", {"select": select})
    with session.transaction():
        if trusted:
            session.execute(create)
        else:
            with session.resolving():
                session.execute(create)
            found = session.row(query("sources", "intruder"))
            if found is not None:
                raise Intruder(
                    f"the {found['kind']} {found['name']} belongs to {found['owner']}, and takes the place of one in "
                    f"{found['elsewhere']}"
                )
        yield session.one(query("sources", "resolved_text"))["text"].rstrip(";")
        session.execute(Statement("DROP VIEW pg_temp.denorm_resolved"))
