"""The system `notebooks`: an older schema's identifiers, deletes and indexes brought up to date, phase by phase."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import (
    Contract,
    Cutover,
    Example,
    Expand,
    Fill,
    Identifiers,
    Load,
    Phase,
    SoftDeletes,
    SqlFile,
    Stages,
    Switch,
    System,
    TableName,
)
from denorm_assets.systems.notebooks.indexes import INDEXES
from denorm_assets.systems.notebooks.older import APPLICATION_TABLES
from denorm_assets.systems.notebooks.queries import QUERIES
from denorm_assets.systems.notebooks.read_models import SUMMARIES

_SQL = Path(__file__).parent / "sql"
_IDENTIFIERS = Identifiers(*(f"{table.name}.id" for table in APPLICATION_TABLES if "id" in table.columns))
_TABLES = tuple(TableName(table.name) for table in APPLICATION_TABLES)


def _some(table: str) -> str:
    """A thousand identifiers, whichever columns hold them at present."""
    return (
        "SELECT coalesce(to_jsonb(t) ->> 'uid', to_jsonb(t) ->> 'id') AS drawn"
        f" FROM (SELECT * FROM {table} AS r ORDER BY hash_record(r) LIMIT 1000) AS t"
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
        Phase(
            "phase_1_expand_identifiers",
            description="Adds native identifiers beside the text ones, kept in step.",
            work=Expand(_IDENTIFIERS),
        ),
        Phase(
            "phase_2_fill_identifiers",
            description="Fills the native identifiers of rows that were there before.",
            work=Fill(_IDENTIFIERS),
        ),
        Phase(
            "phase_3_switch_identifiers",
            description="Moves primary and foreign keys to the native identifiers.",
            work=Switch(_IDENTIFIERS),
        ),
        Phase(
            "phase_4_soft_deletes",
            description="Marks deleted rows in place of removing them, and hides them in a view of each table.",
            work=SoftDeletes(_TABLES),
        ),
        Phase("phase_5_indexes", description="Builds the 48 indexes that the pages need.", indexes=INDEXES),
        Phase("phase_6_summaries", SUMMARIES, "Creates the tables of what lists show of notebooks and conversations."),
        Phase(
            "phase_7_contract_identifiers",
            description="Drops the text identifiers, once nothing of the application uses them.",
            work=Contract(_IDENTIFIERS),
        ),
    ),
    queries=QUERIES,
    example=Example(APPLICATION_TABLES, SqlFile(_SQL / "sample.sql"), default_scale=1_000, largest_scale=100_000),
    cutover=Cutover(flag="notebooks_read_models", table="notebooks", judged_from=100_000),
    load=Load(
        users=1_000,
        think_seconds=2,
        average_ms=200,
        p95_ms=300,
        p99_ms=500,
        stages=Stages(ramp=120, steady=900, ramp_down=120),
        draws=_READERS,
    ),
)
