"""What the planner thinks of a statement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.statement import Statement


def query_plan(session: Session, statement: Statement) -> Mapping[str, Any]:
    """The root of the statement's plan; the statement is not run."""
    found = session.one(Statement("EXPLAIN (FORMAT JSON) {statement}", {"statement": statement}))["QUERY PLAN"]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
