"""Why a read model drifted: what the catalog shows, and what the rows themselves do."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.control.registry import Registration
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.reconcile.causes import likely_causes
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.rows.repair import younger_rows

_ROWS_LOOKED_AT = 100

_BY_HAND = "the read model was edited by hand: rows of it were written after their sources, and not by a refresh"
_PAST_TRIGGERS = (
    "sources were written without their triggers firing (session_replication_role = replica, a restored dump, triggers "
    "disabled for a while): their rows are younger than the read model's"
)
_EITHER = "rows were added to or removed from the read model by hand, or sources were written without their triggers"


def explain_drift(
    session: Session,
    system: System,
    described: DescribedModel,
    registered: Registration,
    driver: Driver | None,
    anchors: Sequence[str | None],
) -> tuple[str, ...]:
    """Sentences that name likely causes, most likely first; `anchors` are some that drifted, `driver` their source.

    Where the catalog shows nothing, the rows tell: which of both sides was written later.
    """
    of_catalog = likely_causes(session, system, described.model, registered)
    return tuple(of_catalog) or (_by_rows(session, described, driver, anchors),)


def _by_rows(session: Session, described: DescribedModel, driver: Driver | None, anchors: Sequence[str | None]) -> str:
    if driver is None or described.anchored_by:
        return _EITHER
    found = session.one(younger_rows(described, driver, anchors[:_ROWS_LOOKED_AT]))
    if found["younger"] == found["older"] == 0:
        return _EITHER
    if found["younger"] < found["older"]:
        return _PAST_TRIGGERS
    # Another source may have been written since, without its triggers.
    return _BY_HAND if len(analyse(described.model.definition).tables) == 1 else _EITHER
