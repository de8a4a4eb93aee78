"""The system `notebooks`: an older schema's identifiers, deletes and indexes brought up to date, phase by phase."""

from __future__ import annotations

from pathlib import Path

from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Cutover, Example, Load, Phase, System
from denorm_assets.systems.notebooks.indexes import INDEXES
from denorm_assets.systems.notebooks.older import APPLICATION_TABLES
from denorm_assets.systems.notebooks.queries import QUERIES
from denorm_assets.systems.notebooks.read_models import SUMMARIES

_SQL = Path(__file__).parent / "sql"


def _some(table: str) -> str:
    """A thousand identifiers, whichever columns hold them at present."""
    return (
        "SELECT coalesce(to_jsonb(t) ->> 'uid', to_jsonb(t) ->> 'id') AS drawn"
        f" FROM (SELECT * FROM {table} ORDER BY hashtimestamptz(created_at), created_at LIMIT 1000) AS t"
    )


_READERS = {
    "user": _some("users"),
    "notebook": _some("notebooks"),
    "source": _some("sources"),
    "document": _some("documents"),
    "conversation": _some("conversations"),
    "job": _some("jobs"),
    "tag": _some("tags"),
}

SYSTEM = System(
    name="notebooks",
    schema="notebooks",
    description="Research notebooks: sources, their text, conversations about it, and the jobs that read it.",
    owners=("team:research",),
    phases=(
        Phase("phase_5_indexes", description="Builds the 48 indexes that the pages need.", indexes=INDEXES),
        Phase("phase_6_summaries", SUMMARIES, "Creates the tables of what lists show of notebooks and conversations."),
    ),
    queries=QUERIES,
    example=Example(APPLICATION_TABLES, SqlFile(_SQL / "sample.sql"), default_scale=1_000, largest_scale=100_000),
    cutover=Cutover(flag="notebooks_read_models", table="notebooks", judged_from=100_000),
    load=Load(users=1_000, think_seconds=2, p95_ms=300, draws=_READERS),
)
