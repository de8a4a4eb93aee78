"""Whether PostgreSQL can run a definition: it takes SELECTs as a view that it then makes no plan for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from psycopg import errors as pg

from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.batch import defined_rows
from denorm_assets.sql.rows.predicates import EVERY_ROW


def require_plan(session: Session, described: DescribedModel) -> None:
    """Raises DefinitionError where PostgreSQL makes no plan: of some full joins, or of constants divided by zero."""
    # No time is stored before the read model is registered.
    rows = defined_rows(replace(described, at_clock=None), EVERY_ROW)
    try:
        # What we may not read is found, and named, elsewhere.
        with suppress(pg.InsufficientPrivilege), session.transaction():
            query_plan(session, rows)
    except (pg.FeatureNotSupported, pg.DataError) as error:
        definition, problem = described.model.definition, error.diag.message_primary or str(error)
        raise DefinitionError(definition.path, definition.line(None), problem, "Correct the SELECT there") from error
