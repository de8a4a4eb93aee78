"""The system `social`: what a community of builders reads, in three live tables and eight materialized views."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import Cutover, Example, Load, Phase, SqlFile, System
from denorm_assets.systems.social.caches import CACHES
from denorm_assets.systems.social.indexes import INDEXES
from denorm_assets.systems.social.queries import QUERIES
from denorm_assets.systems.social.read_models import FEED_VIEWS, LIVE_TABLES, SEARCH_AND_FORUMS
from denorm_assets.systems.social.tables import APPLICATION_TABLES

_SQL = Path(__file__).parent / "sql"
_SOME_USERS = "SELECT id FROM users ORDER BY hashint8(id) LIMIT 1000"
_READERS = {"user": _SOME_USERS, "owner": _SOME_USERS, "builder": _SOME_USERS}

SYSTEM = System(
    name="social",
    schema="social",
    description="A community of builders: dashboards, feeds, leaderboards, search and forums.",
    owners=("team:community",),
    phases=(
        Phase(
            "phase_1_live_tables",
            LIVE_TABLES,
            "Creates the control schema and the tables that are right within the writing transaction.",
        ),
        Phase("phase_2_feed_views", FEED_VIEWS, "Creates the views of the feed, the leaderboards and project pages."),
        Phase("phase_3_search_and_forums", SEARCH_AND_FORUMS, "Creates the views of search and forums."),
        Phase("phase_4_indexes", description="Builds the indexes that the pages need.", indexes=INDEXES),
    ),
    queries=QUERIES,
    example=Example(APPLICATION_TABLES, SqlFile(_SQL / "sample.sql"), default_scale=2_000, largest_scale=200_000),
    cutover=Cutover(flag="social_read_models", table="projects", judged_from=200_000),
    load=Load(users=5_000, think_seconds=10, p95_ms=200, draws=_READERS),
    caches=CACHES,
)
