"""What runs for the changes that capture logs, written out for `plan --sql`."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.db.apply.foresee import foreseen_models
from denorm_assets.db.capture.plan import CapturePlan
from denorm_assets.db.introspection.sources import Sources, model_sources
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.affected_anchors import expansion
from denorm_assets.sql.rows.realtime import recompute


@dataclass(frozen=True)
class CaptureText:
    """SQL as text.

    Attributes:
        affected: (read model, source) -> SELECT of the anchors that logged images of the source affect.
        recompute: read model kept in real time -> what a writing transaction runs for the anchors that it affects.
    """

    affected: dict[tuple[str, str], str]
    recompute: dict[str, str]


def capture_text(database: Database, system: System) -> CaptureText:
    """What changes lead to, for all read models of `system`. Changes nothing. Raises DefinitionError."""
    with database.session(system.schema) as session, foreseen_models(session, system) as described_models:
        models = [(described, model_sources(session, described)) for described in described_models]
        capture = CapturePlan(session, models)
        return CaptureText(
            {
                (described.full_name, str(source)): _affected(described, sources, source, capture)
                for described, sources in models
                for source in dict.fromkeys(path.source for path in sources.paths)
            },
            {
                described.full_name: f"{show(recompute(described))};"
                for described, _ in models
                if isinstance(described.model.refresh, Realtime)
            },
        )


def _affected(described: DescribedModel, sources: Sources, source: TableName, capture: CapturePlan) -> str:
    logged = capture.wanted(source).needs.logged
    return f"{show(expansion(sources.paths, source, logged, sources.columns, described.traced_types))};"
