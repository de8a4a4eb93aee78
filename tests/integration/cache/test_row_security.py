"""Row-level security on what a cache reads: Redis never holds an answer that one role's policies made."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from dataclasses import dataclass

import psycopg
import pytest

from denorm_assets.db.apply.catalog_drift import phase_objects
from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.cache.admin.compare import compare
from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.admin.warm_up import warm_up
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import MissingPrivilege, RowsHidden
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.support.case import as_role

GUARD = "ALTER TABLE social.votes ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON social.votes USING (project_id < 3)"


@dataclass
class Subject:
    """A login of the application's to which policies apply."""

    votes: Votes
    role: str

    def client(self, patience: float = 20.0) -> CacheClient:
        """A client that connects as that role."""
        return CacheClient(self.votes.system, self.url, self.votes.redis_url, ENVIRONMENT, patience=patience)

    @property
    def url(self) -> str:
        return as_role(self.votes.url, self.role, "secret")


@pytest.fixture
def subject(votes: Votes) -> Generator[Subject]:
    with psycopg.connect(votes.url, autocommit=True) as connection:
        [(base,)] = connection.execute("SELECT current_database()").fetchall()
    role = f"{base}_app"
    votes.sql(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA social TO {role};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA social TO {role}"
    )
    yield Subject(votes, role)
    votes.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_cache_client_under_row_security_raises_and_loads_nothing(subject: Subject) -> None:
    votes = subject.votes
    with subject.client() as client:
        assert client.set("user_upvotes").contains(5, [1, 2, 9]) == {1, 2, 9}
        votes.sql(GUARD)
        # What is held was loaded from all rows.
        assert client.set("user_upvotes").contains(5, [1, 2, 9]) == {1, 2, 9}
        for ask in (
            lambda: client.set("user_upvotes").contains(4, [1, 2, 8]),
            lambda: client.set("user_upvotes").members(3),
            lambda: client.count("project_upvotes").count(8),
        ):
            with pytest.raises(RowsHidden, match=rf'"votes".*ALTER ROLE "{subject.role}" BYPASSRLS'):
                ask()
    # Nobody was left waiting for what was not loaded, and nobody is answered with a part of the rows.
    assert votes.raw("GET", votes.slot(4)) is None
    assert votes.upvotes.contains(4, [1, 2, 8]) == {1, 2, 8}
    assert votes.counts.count(8) == 2
    assert compare(votes.database, votes.access(), at_most=None, repair=False).wrong == 0


def test_async_client_under_row_security_raises(subject: Subject) -> None:
    subject.votes.sql(GUARD)

    async def ask(redis_url: str | None) -> set[object]:
        async with AsyncCacheClient(subject.votes.system, subject.url, redis_url, ENVIRONMENT) as client:
            return {*await client.set("user_upvotes").contains(4, [1, 2, 8])}

    for redis_url in (subject.votes.redis_url, None):
        with pytest.raises(RowsHidden, match="BYPASSRLS"):
            asyncio.run(ask(redis_url))


def test_cache_client_under_row_security_writes_allowed_rows(subject: Subject) -> None:
    votes = subject.votes
    votes.sql(GUARD)
    with subject.client() as client:
        upvotes = client.set("user_upvotes")
        assert upvotes.add(9, 1)
        with pytest.raises(MissingPrivilege, match="new row violates row-level security policy"):
            upvotes.add(9, 8)
        assert upvotes.remove(9, 1)
        with psycopg.connect(subject.url) as connection, upvotes.within(connection) as writing:
            connection.execute("SET search_path = social")
            assert writing.add(9, 2)
    votes.keep()
    assert votes.upvotes.members(9) == {2}


def test_cache_client_with_bypassrls_reads_again(subject: Subject) -> None:
    subject.votes.sql(GUARD)
    subject.votes.sql(f"ALTER ROLE {subject.role} BYPASSRLS")
    with subject.client() as client:
        assert client.set("user_upvotes").contains(4, [1, 2, 8]) == {1, 2, 8}
        assert client.count("project_upvotes").count(8) == 2


def test_keeper_and_warm_up_under_row_security_hold_no_partial_rows(subject: Subject) -> None:
    votes = subject.votes
    assert votes.counts.count(2) == 5
    votes.sql(GUARD.replace("project_id < 3", "user_id > 4"))
    votes.sql(
        f"GRANT USAGE ON SCHEMA denorm TO {subject.role}; GRANT ALL ON ALL TABLES IN SCHEMA denorm TO {subject.role};"
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm TO {subject.role}; GRANT pg_monitor TO {subject.role}"
    )
    theirs = Votes(subject.url, votes.redis_url, Database(subject.url))
    try:
        votes.sql("INSERT INTO social.votes (user_id, project_id, value) VALUES (6, 2, 1)")
        theirs.keep()
        assert votes.counts.count(2) == 6
        with pytest.raises(RowsHidden):
            warm_up(theirs.database, theirs.access(), None, None)
        assert votes.upvotes.contains(1, [1, 2]) == {1, 2}
    finally:
        theirs.close()


@pytest.mark.long
def test_install_caches_under_row_security_raises_and_explain_says_so(subject: Subject) -> None:
    votes = subject.votes
    votes.sql(GUARD)
    votes.sql(f"GRANT TRIGGER ON ALL TABLES IN SCHEMA social TO {subject.role}")
    votes.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA denorm TO {subject.role}")
    theirs = Database(subject.url)
    with pytest.raises(RowsHidden, match=rf"social\.votes hides rows from role \'{subject.role}\'"):
        install_caches(theirs, votes.system)
    theirs.close()
    system = plan_system(votes.database, votes.system).readable(votes.system)
    told = {found.read_model: found.row_security for found in explain_system(votes.database, system)}
    assert told["social/user_upvotes"] == (
        "Clients of social/user_upvotes see all rows of social.votes, also those that its row-level security hides. "
        "Their role must not be subject to its policies (ALTER ROLE ... BYPASSRLS): its reads fail otherwise.",
    )
    with votes.database.session("social") as session:
        objects = phase_objects(session, votes.system, votes.system.phases)
    assert {each.name for each in objects if each.kind == "row-level security"} == {"social.votes"}
    install_caches(votes.database, votes.system)
    with votes.database.session("social") as session:
        objects = phase_objects(session, votes.system, votes.system.phases)
    assert [each.name for each in objects if each.kind == "row-level security"] == []
