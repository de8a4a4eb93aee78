"""The pages of `social`, each before and after; targets are those of the community's issue."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import QueryPair, SqlFile

_SQL = Path(__file__).parent / "sql"


def _pair(name: str, target: float = 1.5, **parameters: int | str) -> QueryPair:
    before, after = (SqlFile(_SQL / f"{name}.{which}.sql") for which in ("before", "after"))
    return QueryPair(name, before, after, parameters, target)


_FEED = (
    _pair("feed_trending", 6.7, limit=20),
    _pair("feed_trending_next", 6.7, after=7, limit=20),
    _pair("feed_top", 6.7, limit=20),
    _pair("feed_top_next", 6.7, after=7, limit=20),
    _pair("feed_newest", limit=20),
    _pair("feed_newest_next", after=1001, limit=20),
    _pair("feed_voted", 6.7, limit=20),
    _pair("feed_discussed", 6.7, limit=20),
    _pair("feed_badged", 6.7, limit=20),
    _pair("feed_rising", limit=20),
    _pair("feed_tags", tag="robotics", also="games", limit=20),
    _pair("feed_category_newest", category="hardware", limit=20),
    _pair("feed_category_top", category="hardware", limit=20),
    _pair("feed_category_trending", category="hardware", limit=20),
    _pair("feed_hiring", limit=20),
    _pair("feed_owner", owner=1, limit=20),
    _pair("feed_uncommented", limit=20),
)

_LEADERBOARD = (
    _pair("leaderboard_projects", 15, limit=50),
    _pair("leaderboard_tag", 15, tag="python", limit=50),
    _pair("leaderboard_week", 15, weeks_ago=1, limit=50),
    _pair("leaderboard_owner", 15, owner=1, limit=50),
    _pair("leaderboard_builders", 15, limit=50),
    _pair("leaderboard_builders_votes", 15, limit=50),
    _pair("leaderboard_builders_badges", 15, limit=50),
    _pair("leaderboard_builders_projects", 15, limit=50),
    _pair("leaderboard_builders_location", 15, location="Kyoto", limit=50),
    _pair("leaderboard_builders_around", 15, builder=100),
)

_DASHBOARD = (
    _pair("dashboard", 12, user=1),
    _pair("dashboard_votes", user=1, limit=20),
    _pair("dashboard_comments", user=1, limit=20),
    _pair("dashboard_projects", user=1, limit=20),
    _pair("builders_active", 12, limit=20),
    _pair("builders_loved", 12, limit=20),
    _pair("builders_generous", 12, limit=20),
    _pair("builders_to_remind", 12, limit=20),
)

_CONVERSATIONS = (
    _pair("conversations", user=1, limit=20),
    _pair("conversations_unread", user=1, limit=20),
    _pair("conversation_messages", conversation=1, limit=20),
)

_INTROS = (
    _pair("intro_stats", user=1),
    _pair("intro_inbox", user=1, limit=20),
    _pair("intro_sent", user=1, limit=20),
    _pair("intro_wanted", limit=20),
    _pair("intro_connectors", limit=20),
    _pair("intro_waiting", limit=20),
)

_CHAINS = (
    _pair("chains", 5.6, limit=20),
    _pair("chains_followed", 5.6, limit=20),
    _pair("chains_largest", 5.6, limit=20),
    _pair("chains_moving", 5.6, limit=20),
    _pair("chains_newest", limit=20),
    _pair("chains_owner", user=2, limit=20),
    _pair("chain", slug="chain-80"),
    _pair("chain_projects", chain=80, limit=20),
)

_PROJECTS = (
    _pair("project", slug="offline-wallet-assistant-4"),
    _pair("project_comments", project=4, limit=20),
    _pair("project_badges", project=4, limit=20),
    _pair("projects_updated", limit=20),
    _pair("projects_talked_about", limit=20),
)

_SEARCH = (
    _pair("search_projects", 10, words="offline robotics", limit=20),
    _pair("search_projects_prefix", 10, prefix="kube", limit=20),
    _pair("search_projects_fuzzy", 10, words="pyhton", limit=20),
    _pair("search_projects_complete", prefix="Friendly p", limit=10),
    _pair("search_users", 10, words="ngozi lovelace", limit=20),
    _pair("search_users_fuzzy", 10, words="Katarina Djikstra", limit=20),
    _pair("search_users_complete", prefix="grace_", limit=10),
)

_FORUMS = (
    _pair("forum", forum=2, limit=20),
    _pair("forum_newest", forum=2, limit=20),
    _pair("forum_useful", forum=2, limit=20),
    _pair("forum_busiest", forum=2, limit=20),
    _pair("forums_moving", limit=20),
    _pair("forums_unanswered", limit=20),
    # A quarter of a millisecond before: what is left of both is mostly the way to the server and back.
    _pair("forums_author", target=1.2, user=1, limit=20),
    _pair("thread_posts", thread=1, limit=20),
    _pair("forums_answers", user=1, limit=20),
)

QUERIES: tuple[QueryPair, ...] = (
    *_FEED,
    *_LEADERBOARD,
    *_DASHBOARD,
    *_CONVERSATIONS,
    *_INTROS,
    *_CHAINS,
    *_PROJECTS,
    *_SEARCH,
    *_FORUMS,
)
