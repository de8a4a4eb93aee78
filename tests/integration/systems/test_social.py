"""The system `social`: pages say the same before and after, what is written is read, and one word moves a view."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, LiteralString, cast

import psycopg
import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.table_changes.phase_indexes import phase_indexes_used, phase_indexes_valid
from denorm_assets.load_test.run import run_load
from denorm_assets.model.system import QueryPair, Stages, System
from denorm_assets.model.validation import validate_systems
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.social import SYSTEM
from tests.conftest import Server
from tests.integration.systems.social_by_key import CAN_BE_KEPT_BY_KEY, KEYED
from tests.support.live import bring_up, wrong_rows

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def social_template(server: Server) -> str:
    """Name of a database in which all of `social` is live; clone it, never change it."""
    name = "social_template"
    database = Database(server.create(name))
    load_sample(database, SYSTEM, None)
    bring_up(database, SYSTEM)
    # Fuzzy matches and key lookups are planned by statistics.
    with database.session() as session:
        session.script("ANALYZE")
    database.close()
    return name


@pytest.fixture(scope="module")
def community(server: Server, social_template: str) -> Generator[Database]:
    """The live system, for tests that only read."""
    made = Database(server.create("social_read_only", social_template))
    yield made
    made.close()
    server.drop("social_read_only")


@pytest.fixture
def social_url(new_database: Callable[[str], str], social_template: str) -> str:
    """URL of the live system, for one test."""
    return new_database(social_template)


@pytest.fixture
def social(social_url: str) -> Generator[Database]:
    """The same as a Database."""
    made = Database(social_url)
    yield made
    made.close()


@pytest.fixture
def application(social_url: str) -> Generator[Connection]:
    """The application's connection: transactions, and capture's triggers fire."""
    with psycopg.connect(social_url) as connection:
        connection.execute("SET search_path = social, public")
        connection.commit()
        yield connection


def answer(database: Database, query: str, **params: object) -> Rows:
    with database.session("social") as session, session.resolving():
        return session.rows(Statement(query, params=params))


def page(database: Database, name: str, **given: int | str) -> Rows:
    """What a page shows through the read models."""
    pair = SYSTEM.query(name)
    return answer(database, pair.after.text, **{**pair.parameters, **given})


def one(connection: Connection, query: str, *params: object) -> tuple[Any, ...]:
    [row] = connection.execute(cast(LiteralString, query), params).fetchall()
    return row


@pytest.mark.parametrize("pair", SYSTEM.queries, ids=lambda pair: pair.name)
def test_social_page_before_and_after_give_same_rows(community: Database, pair: QueryPair) -> None:
    before = answer(community, pair.before.text, **pair.parameters)
    assert before, "a page without rows proves nothing"
    assert answer(community, pair.after.text, **pair.parameters) == before


@pytest.mark.costly
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("feed_trending", {"limit": 3_000}),
        ("feed_tags", {"tag": "python", "also": "rust"}),
        ("feed_category_top", {"category": "no such category"}),
        ("leaderboard_week", {"weeks_ago": 50}),
        ("leaderboard_tag", {"tag": "it's no tag"}),
        ("dashboard", {"user": 1_000}),
        ("conversations", {"user": 1_000}),
        ("project", {"slug": "'; DROP TABLE projects --"}),
        ("search_projects", {"words": 'rust -editor or "realtime maps"'}),
        ("search_projects", {"words": "50% off'"}),
        ("search_projects_fuzzy", {"words": "kubernets"}),
        ("search_users", {"words": "oslo"}),
    ],
)
def test_social_page_other_parameters_give_same_rows(
    community: Database, name: str, given: Mapping[str, int | str]
) -> None:
    pair = SYSTEM.query(name)
    params = {**pair.parameters, **given}
    assert answer(community, pair.after.text, **params) == answer(community, pair.before.text, **params)


def test_social_declaration_is_valid_with_required_targets() -> None:
    validate_systems((SYSTEM,))
    validate_systems((KEYED,))
    wanted = {"feed_trending": 6.7, "leaderboard_projects": 15, "dashboard": 12, "chains": 5.6, "search_projects": 10}
    assert {name: SYSTEM.query(name).target for name in wanted} == wanted


def test_social_apply_creates_eight_views_and_live_tables(community: Database) -> None:
    views = answer(community, "SELECT matviewname AS name, ispopulated FROM pg_matviews WHERE schemaname = 'social'")
    assert {row["name"] for row in views} == {model.name for model in SYSTEM.read_models if model.is_view}
    assert (len(views), all(row["ispopulated"] for row in views)) == (8, True)
    states = answer(community, "SELECT name, state FROM denorm.read_model WHERE kind = 'table'")
    assert {row["name"] for row in states} == {model.name for model in SYSTEM.read_models}
    assert {row["state"] for row in states} == {"live"}


def test_social_indexes_at_least_fifty_are_valid_and_used(community: Database) -> None:
    phase = SYSTEM.phases[-1]
    assert len(phase.indexes) >= 50
    with community.session("social") as session:
        for check in (phase_indexes_valid(session, SYSTEM, phase), phase_indexes_used(session, SYSTEM, phase)):
            assert check.passed, [row for row in check.rows if "NO" in row.values() or "missing" in row.values()]


def test_social_stats_inactive_users_have_zero_rows(community: Database) -> None:
    [counted] = answer(community, "SELECT count(*) AS users FROM users")
    for table, named in (("user_dashboard_stats", "last_activity_at"), ("intro_request_stats", "last_received_at")):
        rows = answer(community, f"SELECT to_jsonb(s) - 'user_id' - '{named}' AS counts FROM {table} AS s")
        assert len(rows) == counted["users"]
        assert sum(set(row["counts"].values()) == {0} for row in rows) >= 100


def test_social_dashboard_shows_writes_of_own_transaction(application: Connection) -> None:
    [user] = one(application, "INSERT INTO users (username, display_name) VALUES ('zoe', 'Zoe') RETURNING id")
    stats = (
        "SELECT projects, votes_received, comments_received, badges_received, unread_messages, pending_intros"
        " FROM user_dashboard_stats WHERE user_id = %s"
    )
    assert one(application, stats, user) == (0, 0, 0, 0, 0, 0)
    [project] = one(
        application,
        "INSERT INTO projects (owner_id, slug, title, category) VALUES (%s, 'z', 'Zed', 'art') RETURNING id",
        user,
    )
    application.execute("INSERT INTO votes (project_id, user_id) VALUES (%s, 1), (%s, 2)", (project, project))
    application.execute("INSERT INTO comments (project_id, user_id, body) VALUES (%s, 1, 'Well done.')", (project,))
    application.execute("INSERT INTO badges (project_id, user_id, kind, weight) VALUES (%s, 1, 'gold', 30)", (project,))
    [conversation] = one(application, "INSERT INTO conversations (title) VALUES ('') RETURNING id")
    application.execute(
        "INSERT INTO conversation_participants (conversation_id, user_id) VALUES (%s, %s), (%s, 1)",
        (conversation, user, conversation),
    )
    application.execute(
        "INSERT INTO messages (conversation_id, sender_id, body) VALUES (%s, 1, 'Hello.')", (conversation,)
    )
    application.execute("INSERT INTO intro_requests (requester_id, recipient_id) VALUES (1, %s)", (user,))
    assert one(application, stats, user) == (1, 2, 1, 1, 1, 1)
    listed = "SELECT unread, last_body FROM message_conversations_denorm WHERE user_id = %s"
    assert one(application, listed, user) == (1, "Hello.")
    assert one(application, "SELECT received_pending FROM intro_request_stats WHERE user_id = %s", user) == (1,)
    application.execute(
        "UPDATE conversation_participants SET last_read_at = now() + interval '1 s' WHERE user_id = %s", (user,)
    )
    application.execute("DELETE FROM votes WHERE project_id = %s AND user_id = 2", (project,))
    application.execute("UPDATE intro_requests SET status = 'accepted' WHERE recipient_id = %s", (user,))
    assert one(application, stats, user) == (1, 1, 1, 1, 0, 0)
    assert one(application, listed, user) == (0, "Hello.")
    application.rollback()
    assert application.execute("SELECT FROM user_dashboard_stats WHERE user_id = %s", (user,)).fetchall() == []


def test_social_fuzzy_search_misspelled_word_finds_match(community: Database) -> None:
    found = page(community, "search_projects_fuzzy", words="pyhton")
    assert len(found) == 20
    assert all("python" in row["title"].split() for row in found)
    [nearest, *_] = page(community, "search_users_fuzzy", words="Katarina Djikstra")
    assert nearest["display_name"] == "Katharina Dijkstra"


def test_social_prefix_search_finds_projects(community: Database) -> None:
    found = page(community, "search_projects_prefix", prefix="pyth")
    assert found
    assert all("python" in f"{row['title']} {row['tags']}" for row in found)
    assert {row["title"].split()[0] for row in page(community, "search_projects_complete", prefix="Tiny p")} == {"Tiny"}
    assert page(community, "search_projects_complete", prefix="100%") == []


def test_social_search_ranks_title_before_tagline_before_text(application: Connection, social: Database) -> None:
    for slug, title, tagline, description in (
        ("c", "One", "", "Made of zirconium."),
        ("a", "Zirconium ring", "", ""),
        ("b", "Two", "Like zirconium", ""),
    ):
        application.execute(
            "INSERT INTO projects (owner_id, slug, title, tagline, description, category)"
            " VALUES (1, %s, %s, %s, %s, 'art')",
            (slug, title, tagline, description),
        )
    application.commit()
    refresh_now(social, SYSTEM, SYSTEM.read_model("mv_search_projects"))
    assert [row["slug"] for row in page(social, "search_projects", words="zirconium")] == ["a", "b", "c"]


def test_social_leaderboards_have_each_place_once(community: Database) -> None:
    boards = answer(
        community,
        "SELECT scope, slice, count(*) AS rows, max(place) AS last, count(DISTINCT place) AS places,"
        " count(DISTINCT project_id) AS projects FROM mv_leaderboard_projects GROUP BY scope, slice",
    )
    assert {row["scope"] for row in boards} == {"all", "tag", "week"}
    for row in boards:
        assert (
            row["rows"] == row["last"] == row["places"] == row["projects"] <= (1000 if row["scope"] == "all" else 100)
        )


def test_social_trending_score_falls_with_time_and_rises_with_votes(application: Connection, social: Database) -> None:
    feed = SYSTEM.read_model("mv_feed_projects")
    scores = "SELECT id, trending_score FROM mv_feed_projects"
    was = {row["id"]: row["trending_score"] for row in answer(social, scores)}
    last = page(social, "feed_trending", limit=3_000)[-1]["id"]
    application.execute(
        "INSERT INTO votes (project_id, user_id) SELECT %s, id FROM users ON CONFLICT DO NOTHING", (last,)
    )
    application.commit()
    refresh_now(social, SYSTEM, feed)
    now = {row["id"]: row["trending_score"] for row in answer(social, scores)}
    assert now.pop(last) > was.pop(last)
    assert all(now[project] < score for project, score in was.items())


def test_social_sample_is_reproducible(database: Database, community: Database) -> None:
    assert load_sample(database, SYSTEM, None)
    for columns, table in (("project_id, user_id, value", "votes"), ("id, owner_id, slug, status", "projects")):
        digest = f"SELECT count(*), bit_xor(hash_record_extended(ROW({columns}), 0)) AS hash FROM {table}"
        assert answer(database, digest) == answer(community, digest)


def test_social_sample_few_projects_have_most_votes(community: Database) -> None:
    counts = [
        row["votes"]
        for row in answer(community, "SELECT count(*) AS votes FROM votes GROUP BY project_id ORDER BY 1 DESC")
    ]
    assert sum(counts[: len(counts) // 5]) > 0.4 * sum(counts)
    assert sum(counts) + answer(community, "SELECT count(*) AS n FROM comments")[0]["n"] > 20_000


_CHANGES: Sequence[str] = (
    "INSERT INTO votes (project_id, user_id, value) SELECT p.id, u.id, 1 FROM {project} AS p, {user} AS u"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM votes WHERE project_id IN (SELECT id FROM {project} AS p)",
    "UPDATE votes SET value = -value WHERE user_id IN (SELECT id FROM {user} AS u)",
    "UPDATE projects SET title = 'Renamed ' || id, status = 'published' WHERE id IN (SELECT id FROM {project} AS p)",
    "UPDATE projects SET status = 'hidden' WHERE id IN (SELECT id FROM {project} AS p)",
    "UPDATE projects SET owner_id = (SELECT id FROM {user} AS u) WHERE id IN (SELECT id FROM {project} AS p)",
    "DELETE FROM projects WHERE id IN (SELECT id FROM {project} AS p)",
    "INSERT INTO comments (project_id, user_id, body) SELECT p.id, u.id, 'Hm.' FROM {project} AS p, {user} AS u",
    "DELETE FROM comments WHERE user_id IN (SELECT id FROM {user} AS u)",
    "INSERT INTO badges (project_id, user_id, kind, weight) SELECT p.id, u.id, 'gold', 30"
    " FROM {project} AS p, {user} AS u",
    "DELETE FROM badges WHERE project_id IN (SELECT id FROM {project} AS p)",
    "UPDATE users SET username = username || 'x', bio = 'Now in Go', location = 'Rome'"
    " WHERE id IN (SELECT id FROM {user} AS u)",
    "DELETE FROM users WHERE id IN (SELECT id FROM {user} AS u)",
    "UPDATE tags SET name = name || '!' WHERE id = {seed} % 120 + 1",
    "DELETE FROM tags WHERE id = {seed} % 120 + 1",
    "INSERT INTO project_tags SELECT p.id, t.id FROM {project} AS p, tags AS t WHERE t.id < 5 ON CONFLICT DO NOTHING",
    "DELETE FROM chain_projects WHERE project_id IN (SELECT id FROM {project} AS p)",
    "INSERT INTO chain_projects (chain_id, project_id, position) SELECT c.id, p.id, 0 FROM {project} AS p, chains AS c"
    " WHERE c.id % 9 = 0 ON CONFLICT DO NOTHING",
    "DELETE FROM chain_followers WHERE user_id IN (SELECT id FROM {user} AS u)",
    "DELETE FROM chains WHERE owner_id IN (SELECT id FROM {user} AS u)",
    "DELETE FROM forum_posts WHERE author_id IN (SELECT id FROM {user} AS u)",
    "INSERT INTO forum_posts (thread_id, author_id, body) SELECT t.id, u.id, 'So?' FROM forum_threads AS t, {user} AS u"
    " WHERE t.id % 40 = 0",
    "UPDATE forums SET slug = slug || '-2' WHERE id = {seed} % 8 + 1",
    "DELETE FROM forum_threads WHERE author_id IN (SELECT id FROM {user} AS u)",
    "INSERT INTO thread_upvotes (thread_id, user_id) SELECT t.id, u.id FROM forum_threads AS t, {user} AS u"
    " WHERE t.id % 30 = 0 ON CONFLICT DO NOTHING",
    "DELETE FROM messages WHERE sender_id IN (SELECT id FROM {user} AS u)",
    "UPDATE intro_requests SET status = 'accepted' WHERE recipient_id IN (SELECT id FROM {user} AS u)",
    "UPDATE conversation_participants SET last_read_at = NULL WHERE user_id IN (SELECT id FROM {user} AS u)",
)


def change_at_random(connection: Connection, seed: int) -> None:
    """Several statements in one transaction, on rows that `seed` picks."""
    chosen = random.Random(seed)
    for statement in chosen.choices(_CHANGES, k=12):
        number = chosen.randrange(1_000_000)
        text = statement.format(
            seed=number,
            project=f"(SELECT id FROM projects ORDER BY hashint8extended(id, {number}) LIMIT 3)",
            user=f"(SELECT id FROM users ORDER BY hashint8extended(id, {number}) LIMIT 1)",
        )
        connection.execute(cast(LiteralString, text))
    connection.commit()


@pytest.mark.parametrize("system", [SYSTEM, KEYED], ids=["as shipped", "kept by key"])
def test_social_models_as_shipped_and_by_key_stay_right(
    social: Database, social_url: str, application: Connection, system: System
) -> None:
    if system is KEYED:
        bring_up(social, system)
        held = answer(social, "SELECT matviewname AS name FROM pg_matviews WHERE schemaname = 'social'")
        assert len(held) == 8 - len(CAN_BE_KEPT_BY_KEY)
        assert not any(wrong_rows(social_url, system).values())
    for seed in range(4):
        change_at_random(application, seed)
        for model in system.read_models:
            refresh_now(social, system, model)
        assert not any(wrong_rows(social_url, system).values())


def test_social_load_few_users_read_pages_without_errors(social_url: str) -> None:
    found = run_load(social_url, SYSTEM, users=40, stages=Stages(ramp=2, steady=3, ramp_down=1))
    assert found.total.requests > 0
    assert (found.total.failures, found.errors) == (0, ())
    assert set(found.pages) <= {pair.name for pair in SYSTEM.queries}
    assert found.within_limits().name == "within_limits"
