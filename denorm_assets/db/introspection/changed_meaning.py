"""Definitions that mean something else than when they were resolved, because a source has other columns now.

`NATURAL JOIN` joins by other columns then, and `*` or a column without its table may stand for another one. What was
resolved goes on being executed until `apply` resolves the definition again.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from denorm_assets.db.control.registry import find_registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.name_resolution import Intruder, resolved
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.meaning import same_meaning
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import verbatim


def means_otherwise(session: Session, described: DescribedModel) -> bool:
    """Whether the definition as people wrote it, resolved now, differs from the one that is executed.

    Where it no longer resolves, or only by an object of a less trusted role, it means what it did.
    """
    try:
        with resolved(session, verbatim(described.model.definition.text)) as now:
            pass
        if now == described.definition:
            return False
        # Another release of PostgreSQL may print the same in another way, and so it may what it printed before: the
        # second branch of a UNION gets labels then.
        with resolved(session, verbatim(now), trusted=True) as again:
            pass
        with resolved(session, verbatim(described.definition), trusted=True) as before:
            return not same_meaning(again, before)
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder):
        return False


def describe_again(
    session: Session, system: System, models: Sequence[ReadModel]
) -> tuple[list[DescribedModel], set[str]]:
    """`models` as they are to be after `apply`, and the names of those that were registered with another meaning."""
    found: list[DescribedModel] = []
    altered: set[str] = set()
    for model in models:
        described = describe(session, system, model)
        if means_otherwise(session, described):
            described = describe(session, system, model, again=True)
            altered.add(model.name)
        found.append(described)
    return found, altered


def forget_meaning(session: Session, system: System, model: ReadModel) -> None:
    """Have the registered version of `model` be an older one, so that `apply` rebuilds it."""
    registered = find_registration(session, system, model)
    if registered is not None:
        session.execute(query("models", "forget_version", model_id=registered.model_id))
        if not registered.served:
            session.execute(query("models", "forget_loaded", model_ids=[registered.model_id]))
