"""The read models of `social`: three tables that their writers see at once, and eight materialized views."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import Debounce, Full, IdRanges, ReadModel, Realtime, SqlFile

_SQL = Path(__file__).parent / "sql"
_SOON = Debounce(quiet=1, max_wait=5)


def _definition(name: str) -> SqlFile:
    return SqlFile(_SQL / f"{name}.sql")


LIVE_TABLES = (
    ReadModel(
        name="user_dashboard_stats",
        definition=_definition("user_dashboard_stats"),
        key=("user_id",),
        backfill=IdRanges("users.id"),
        refresh=Realtime(),
        description="What a builder's dashboard counts.",
    ),
    ReadModel(
        name="message_conversations_denorm",
        definition=_definition("message_conversations_denorm"),
        key=("conversation_id", "user_id"),
        backfill=IdRanges("conversations.id"),
        refresh=Realtime(),
        description="Conversations as each participant sees them in the list.",
    ),
    ReadModel(
        name="intro_request_stats",
        definition=_definition("intro_request_stats"),
        key=("user_id",),
        backfill=IdRanges("users.id"),
        refresh=Realtime(),
        description="Introductions that a builder asked for and was asked for.",
    ),
)

# Those with `backfill` can be kept by key: `Full(...)` becomes `Debounced()`, and nothing else changes.
FEED_VIEWS = (
    ReadModel(
        name="mv_feed_projects",
        definition=_definition("mv_feed_projects"),
        key=("id",),
        refresh=Full(_SOON, every=60),
        description="Published projects with what the feed orders them by; trending decays with time.",
    ),
    ReadModel(
        name="mv_leaderboard_projects",
        definition=_definition("mv_leaderboard_projects"),
        key=("scope", "slice", "project_id"),
        refresh=Full(_SOON),
        description="The best projects of all, of each tag and of each week, with their places.",
    ),
    ReadModel(
        name="mv_leaderboard_builders",
        definition=_definition("mv_leaderboard_builders"),
        key=("user_id",),
        refresh=Full(_SOON),
        description="Builders with their places by proof, votes, badges and projects.",
    ),
    ReadModel(
        name="mv_chains",
        definition=_definition("mv_chains"),
        key=("id",),
        backfill=IdRanges("chains.id"),
        refresh=Full(_SOON),
        description="Chains of projects with what these have gathered.",
    ),
    ReadModel(
        name="mv_project_details",
        definition=_definition("mv_project_details"),
        key=("id",),
        backfill=IdRanges("projects.id"),
        refresh=Full(_SOON),
        description="What a project's page shows above its comments.",
    ),
)

SEARCH_AND_FORUMS = (
    ReadModel(
        name="mv_search_projects",
        definition=_definition("mv_search_projects"),
        key=("id",),
        backfill=IdRanges("projects.id"),
        refresh=Full(_SOON),
        description="Projects as weighted search documents.",
    ),
    ReadModel(
        name="mv_search_users",
        definition=_definition("mv_search_users"),
        key=("id",),
        backfill=IdRanges("users.id"),
        refresh=Full(_SOON),
        description="Builders as weighted search documents.",
    ),
    ReadModel(
        name="mv_forum_threads",
        definition=_definition("mv_forum_threads"),
        key=("id",),
        backfill=IdRanges("forum_threads.id"),
        refresh=Full(_SOON),
        description="Threads as forums list them.",
    ),
)
