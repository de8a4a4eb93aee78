"""The indexes that the pages of `social` need, each with the page that needs it; those of keys come by themselves."""

from __future__ import annotations

from denorm_assets import Index, TableIndex, on

_FEED = (
    on("mv_feed_projects", Index("trending_score DESC", "id DESC"), query="feed_trending"),
    on("mv_feed_projects", Index("proof_score DESC", "id DESC"), query="feed_top"),
    on("mv_feed_projects", Index("created_at DESC", "id DESC"), query="feed_newest"),
    on("mv_feed_projects", Index("votes DESC", "id DESC"), query="feed_voted"),
    on("mv_feed_projects", Index("comments DESC", "id DESC"), query="feed_discussed"),
    on("mv_feed_projects", Index("badges DESC", "id DESC"), query="feed_badged"),
    on("mv_feed_projects", Index("votes_week DESC", "id DESC", where="votes_week > 0"), query="feed_rising"),
    on("mv_feed_projects", Index("tags", using="gin"), query="feed_tags"),
    on("mv_feed_projects", Index("category", "created_at DESC", "id DESC"), query="feed_category_newest"),
    on("mv_feed_projects", Index("category", "proof_score DESC", "id DESC"), query="feed_category_top"),
    on("mv_feed_projects", Index("category", "trending_score DESC", "id DESC"), query="feed_category_trending"),
    on(
        "mv_feed_projects",
        Index("created_at DESC", "id DESC", name="mv_feed_projects_hiring_idx", where="seeks_team"),
        query="feed_hiring",
    ),
    on("mv_feed_projects", Index("owner_id", "created_at DESC", "id DESC"), query="feed_owner"),
    on(
        "mv_feed_projects",
        Index("created_at", "id", name="mv_feed_projects_uncommented_idx", where="comments = 0"),
        query="feed_uncommented",
    ),
)

_LEADERBOARDS = (
    on("mv_leaderboard_projects", Index("scope", "slice", "place", unique=True), query="leaderboard_projects"),
    on("mv_leaderboard_projects", Index("owner_id", "place", where="scope = 'all'"), query="leaderboard_owner"),
    on("mv_leaderboard_builders", Index("place", unique=True), query="leaderboard_builders"),
    on("mv_leaderboard_builders", Index("votes_place", unique=True), query="leaderboard_builders_votes"),
    on("mv_leaderboard_builders", Index("badges_place", unique=True), query="leaderboard_builders_badges"),
    on("mv_leaderboard_builders", Index("projects_place", unique=True), query="leaderboard_builders_projects"),
    on("mv_leaderboard_builders", Index("location", "place"), query="leaderboard_builders_location"),
)

_DASHBOARDS = (
    on("user_dashboard_stats", Index("last_activity_at DESC", "user_id DESC"), query="builders_active"),
    on("user_dashboard_stats", Index("votes_received DESC", "user_id DESC"), query="builders_loved"),
    on("user_dashboard_stats", Index("votes_given DESC", "user_id DESC"), query="builders_generous"),
    on(
        "user_dashboard_stats",
        Index("unread_messages DESC", "user_id DESC", where="unread_messages > 0"),
        query="builders_to_remind",
    ),
    on("votes", Index("user_id", "created_at DESC", "id DESC"), query="dashboard_votes"),
    on("comments", Index("user_id", "created_at DESC", "id DESC"), query="dashboard_comments"),
    on("mv_project_details", Index("owner_id", "created_at DESC", "id DESC"), query="dashboard_projects"),
)

_CONVERSATIONS = (
    on(
        "message_conversations_denorm",
        Index("user_id", "last_message_at DESC", "conversation_id DESC"),
        query="conversations",
    ),
    on(
        "message_conversations_denorm",
        Index(
            "user_id",
            "last_message_at DESC",
            "conversation_id DESC",
            name="message_conversations_denorm_unread_idx",
            where="unread > 0",
        ),
        query="conversations_unread",
    ),
    on("messages", Index("conversation_id", "created_at DESC", "id DESC"), query="conversation_messages"),
)

_INTRODUCTIONS = (
    on("intro_requests", Index("recipient_id", "status", "created_at DESC", "id DESC"), query="intro_inbox"),
    on("intro_requests", Index("requester_id", "created_at DESC", "id DESC"), query="intro_sent"),
    on("intro_request_stats", Index("received DESC", "user_id DESC"), query="intro_wanted"),
    on("intro_request_stats", Index("received_accepted DESC", "user_id DESC"), query="intro_connectors"),
    on(
        "intro_request_stats",
        Index("received_pending DESC", "user_id DESC", where="received_pending > 0"),
        query="intro_waiting",
    ),
)

_CHAINS = (
    on("mv_chains", Index("votes DESC", "id DESC"), query="chains"),
    on("mv_chains", Index("followers DESC", "id DESC"), query="chains_followed"),
    on("mv_chains", Index("projects DESC", "id DESC"), query="chains_largest"),
    on("mv_chains", Index("last_added_at DESC", "id DESC"), query="chains_moving"),
    on("mv_chains", Index("created_at DESC", "id DESC"), query="chains_newest"),
    on("mv_chains", Index("owner_id", "created_at DESC", "id DESC"), query="chains_owner"),
    on("mv_chains", Index("slug", unique=True), query="chain"),
    on("chain_projects", Index("chain_id", "position", "project_id"), query="chain_projects"),
)

_PROJECTS = (
    on("mv_project_details", Index("slug", unique=True), query="project"),
    on("comments", Index("project_id", "created_at DESC", "id DESC"), query="project_comments"),
    on("badges", Index("project_id", "created_at DESC", "id DESC"), query="project_badges"),
    on(
        "mv_project_details",
        Index("updated_at DESC", "id DESC", where="status = 'published'"),
        query="projects_updated",
    ),
    on(
        "mv_project_details",
        Index("last_comment_at DESC", "id DESC", where="status = 'published' AND last_comment_at IS NOT NULL"),
        query="projects_talked_about",
    ),
)

_SEARCH = (
    on("mv_search_projects", Index("document", using="gin"), query="search_projects"),
    on("mv_search_projects", Index("title gin_trgm_ops", using="gin"), query="search_projects_fuzzy"),
    on("mv_search_projects", Index("title_lower text_pattern_ops"), query="search_projects_complete"),
    on("mv_search_users", Index("document", using="gin"), query="search_users"),
    on("mv_search_users", Index("names gin_trgm_ops", using="gin"), query="search_users_fuzzy"),
    on("mv_search_users", Index("username_lower text_pattern_ops"), query="search_users_complete"),
)

_FORUMS = (
    on(
        "mv_forum_threads",
        Index("forum_id", "is_pinned DESC", "last_post_at DESC", "id DESC"),
        query="forum",
    ),
    on("mv_forum_threads", Index("forum_id", "created_at DESC", "id DESC"), query="forum_newest"),
    on("mv_forum_threads", Index("forum_id", "upvotes DESC", "id DESC"), query="forum_useful"),
    on("mv_forum_threads", Index("forum_id", "posts DESC", "id DESC"), query="forum_busiest"),
    on("mv_forum_threads", Index("last_post_at DESC", "id DESC"), query="forums_moving"),
    on("mv_forum_threads", Index("created_at DESC", "id DESC", where="posts = 0"), query="forums_unanswered"),
    on("mv_forum_threads", Index("author_id", "created_at DESC", "id DESC"), query="forums_author"),
    on("forum_posts", Index("thread_id", "created_at", "id"), query="thread_posts"),
    on("forum_posts", Index("author_id", "created_at DESC", "id DESC"), query="forums_answers"),
)

INDEXES: tuple[TableIndex, ...] = (
    *_FEED,
    *_LEADERBOARDS,
    *_DASHBOARDS,
    *_CONVERSATIONS,
    *_INTRODUCTIONS,
    *_CHAINS,
    *_PROJECTS,
    *_SEARCH,
    *_FORUMS,
)
