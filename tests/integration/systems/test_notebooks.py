"""The system `notebooks`: pages say the same before and after, and each of its 48 indexes is there for one of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, LiteralString, cast

import psycopg
import pytest

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.table_changes.phase_indexes import phase_indexes_used, phase_indexes_valid
from denorm_assets.load_test.run import Which, run_load
from denorm_assets.model.schema_change import Contract, Expand, Fill, SoftDeletes, Switch
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.system import QueryPair, Stages
from denorm_assets.model.validation import validate_systems
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.notebooks import SYSTEM
from denorm_assets.systems.notebooks.indexes import INDEXES
from denorm_assets.systems.notebooks.older import APPLICATION_TABLES
from denorm_assets.systems.notebooks.queries import sample_id
from tests.support.live import wrong_rows

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[dict[str, Any]]
[INDEX_PHASE] = (phase for phase in SYSTEM.phases if phase.indexes)


@pytest.fixture
def notebooks_url(new_database: Callable[[str], str], notebooks_template: str) -> str:
    """URL of the live system, for one test."""
    return new_database(notebooks_template)


@pytest.fixture
def notebooks(notebooks_url: str) -> Generator[Database]:
    """The same as a Database."""
    made = Database(notebooks_url)
    yield made
    made.close()


@pytest.fixture
def application(notebooks_url: str) -> Generator[Connection]:
    """The application's connection."""
    with psycopg.connect(notebooks_url, options="-c search_path=notebooks") as connection:
        yield connection


def answer(database: Database, query: str, **params: object) -> Rows:
    with database.session("notebooks") as session, session.resolving():
        return session.rows(Statement(query, params=params))


def execute(connection: Connection, statement: str) -> None:
    connection.execute(cast(LiteralString, statement))


def same_pages(database: Database) -> list[str]:
    """The pages that show the same before and after."""
    return [
        pair.name
        for pair in SYSTEM.queries
        if answer(database, pair.before.text, **pair.parameters) == answer(database, pair.after.text, **pair.parameters)
    ]


@pytest.mark.parametrize("pair", SYSTEM.queries, ids=lambda pair: pair.name)
def test_notebooks_page_before_and_after_give_same_rows(library: Database, pair: QueryPair) -> None:
    before = answer(library, pair.before.text, **pair.parameters)
    assert before, "a page without rows proves nothing"
    assert answer(library, pair.after.text, **pair.parameters) == before


@pytest.mark.costly
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("notebooks", {"user": sample_id("users", 7), "limit": 1_000}),
        ("notebooks_active", {"limit": 5_000}),
        ("notebook", {"notebook": sample_id("no table", 1)}),
        ("conversations", {"user": sample_id("users", 200)}),
        ("conversations_longest", {"limit": 5_000}),
        ("user_of_address", {"address": "'; DROP TABLE users --"}),
        ("completion", {"prefix": "A"}),
        ("notes_with_words", {"words": "no such word"}),
        ("messages", {"conversation": sample_id("conversations", 3), "limit": 1_000}),
    ],
)
def test_notebooks_page_other_parameters_give_same_rows(
    library: Database, name: str, given: Mapping[str, int | str]
) -> None:
    pair = SYSTEM.query(name)
    params = {**pair.parameters, **given}
    assert answer(library, pair.after.text, **params) == answer(library, pair.before.text, **params)


def test_notebooks_declaration_is_valid_with_phases_in_order() -> None:
    validate_systems((SYSTEM,))
    works = [type(phase.work) for phase in SYSTEM.phases if phase.work is not None]
    assert works == [Expand, Fill, Switch, SoftDeletes, Contract]
    assert [phase.name for phase in SYSTEM.phases if phase.by_hand] == ["phase_7_contract_identifiers"]
    assert len(APPLICATION_TABLES) == 13
    least = [pair.name for pair in SYSTEM.queries if pair.target < 10]
    assert len(SYSTEM.queries) - len(least) >= 40


def test_notebooks_indexes_are_48_and_none_is_redundant() -> None:
    assert len(INDEXES) == len({found.name for found in INDEXES}) == 48
    assert {
        "idx_users_email",
        "idx_notebooks_owner_created",
        "idx_jobs_status_created",
        "idx_chunks_source_index",
        "idx_conversations_user_notebook",
        "idx_messages_conversation_created",
        "idx_documents_hash",
    } <= {found.name for found in INDEXES}
    assert all(found.name.startswith(f"idx_{found.table.name}_") for found in INDEXES)
    assert len({(found.table, found.index.terms, found.index.where) for found in INDEXES}) == 48
    for found in INDEXES:
        longer = [other for other in INDEXES if other.table == found.table and other is not found]
        begins = [other.name for other in longer if other.index.terms[: len(found.index.terms)] == found.index.terms]
        assert begins == [], f"{found.name} is the beginning of another"


def test_notebooks_indexes_are_valid_and_used_by_their_page(library: Database) -> None:
    with library.session("notebooks") as session, session.resolving():
        # The planner's choice hangs on what autovacuum has seen so far.
        session.maintain(Statement("VACUUM ANALYZE"))
        for check in (phase_indexes_valid, phase_indexes_used):
            result = check(session, SYSTEM, INDEX_PHASE)
            assert result.passed, [row for row in result.rows if "NO" in row.values() or "missing" in row.values()]
        with session.transaction():
            session.set_local(enable_seqscan="off")
            used = {pair.name: indexes_in_plan(session, pair.after, pair) for pair in SYSTEM.queries}
    assert [found.name for found in INDEXES if found.name not in used[found.query]] == []


def test_notebooks_indexes_serve_no_page_of_older_schema(library: Database) -> None:
    with library.session("notebooks") as session, session.resolving():
        used = {pair.name: indexes_in_plan(session, pair.before, pair) for pair in SYSTEM.queries}
    names = {found.name for found in INDEXES}
    assert {page: indexes & names for page, indexes in used.items() if indexes & names} == {}


def indexes_in_plan(session: Session, file: Sql, pair: QueryPair) -> set[str]:
    def below(node: Mapping[str, Any]) -> Iterator[str]:
        if "Index Name" in node:
            yield node["Index Name"]
        for child in node.get("Plans", ()):
            yield from below(child)

    return set(below(query_plan(session, Statement(file.text, params=dict(pair.parameters)))))


def test_notebooks_foreign_keys_have_indexes_over_marked_rows(library: Database) -> None:
    unserved = answer(
        library,
        "SELECT c.conname FROM pg_constraint AS c"
        " WHERE c.contype = 'f' AND c.connamespace = 'notebooks'::regnamespace AND NOT EXISTS ("
        "   SELECT FROM pg_index AS i"
        "   WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL AND i.indisvalid)",
    )
    assert unserved == []


def test_notebooks_explain_finds_no_missing_index(library: Database) -> None:
    explained = explain_system(library, SYSTEM)
    assert [found.read_model for found in explained] == [
        "notebooks/notebook_summaries",
        "notebooks/conversation_summaries",
    ]
    assert [missing for found in explained for missing in found.missing_indexes] == []


def test_notebooks_summaries_empty_notebook_and_conversation_have_rows(
    application: Connection, notebooks: Database
) -> None:
    user, notebook, conversation = (sample_id("new", number) for number in (1, 2, 3))
    execute(application, f"INSERT INTO users (uid, email, name) VALUES ('{user}', 'a@example.org', 'Ann')")
    execute(application, f"INSERT INTO notebooks (uid, owner_uid, title) VALUES ('{notebook}', '{user}', 'Empty')")
    execute(
        application,
        "INSERT INTO conversations (uid, user_uid, notebook_uid, title)"
        f" VALUES ('{conversation}', '{user}', '{notebook}', 'Silent')",
    )
    application.commit()
    for model in SYSTEM.read_models:
        refresh_now(notebooks, SYSTEM, model)
    [summary] = answer(notebooks, "SELECT * FROM notebook_summaries WHERE notebook_uid = %(uid)s", uid=notebook)
    assert (summary["title"], summary["sources"], summary["conversations"]) == ("Empty", 0, 1)
    [said] = answer(
        notebooks, "SELECT * FROM conversation_summaries WHERE conversation_uid = %(uid)s", uid=conversation
    )
    assert (said["messages"], said["tokens"]) == (0, 0)
    assert said["last_message_at"] == said["created_at"]


def test_notebooks_refresh_one_message_writes_one_row(application: Connection, notebooks: Database) -> None:
    execute(
        application,
        "INSERT INTO messages (uid, conversation_uid, role, body, tokens)"
        f" VALUES (gen_random_uuid(), '{sample_id('conversations', 1)}', 'user', 'And why?', 7)",
    )
    application.commit()
    refreshed = {model.name: refresh_now(notebooks, SYSTEM, model) for model in SYSTEM.read_models}
    assert refreshed == {
        "notebook_summaries": Drained(anchors=0),
        "conversation_summaries": Drained(anchors=1, rows_written=1),
    }


_CHANGES: Sequence[str] = (
    "UPDATE notebooks SET deleted_at = now() WHERE uid IN {notebooks}",
    "UPDATE notebooks SET deleted_at = NULL WHERE uid IN (SELECT uid FROM notebooks WHERE deleted_at < now() LIMIT 1)",
    "UPDATE notebooks SET title = title || '!', updated_at = now() WHERE uid IN {notebooks}",
    "UPDATE notebooks SET owner_uid = (SELECT uid FROM users LIMIT 1) WHERE uid IN {notebooks}",
    "DELETE FROM notebooks WHERE uid IN {notebooks}",
    "DELETE FROM notebooks_live WHERE uid IN {notebooks}",
    "UPDATE sources SET deleted_at = now() WHERE notebook_uid IN {notebooks}",
    "UPDATE sources SET notebook_uid = (SELECT min(uid::text)::uuid FROM notebooks) WHERE notebook_uid IN {notebooks}",
    "INSERT INTO sources (uid, notebook_uid, kind, title) SELECT gen_random_uuid(), uid, 'web', 'A page'"
    " FROM notebooks WHERE uid IN {notebooks}",
    "UPDATE documents SET deleted_at = now() WHERE notebook_uid IN {notebooks}",
    "UPDATE documents SET bytes = bytes + 1 WHERE notebook_uid IN {notebooks}",
    "UPDATE conversations SET deleted_at = now(), updated_at = now() WHERE notebook_uid IN {notebooks}",
    "UPDATE conversations SET title = 'Renamed' WHERE notebook_uid IN {notebooks}",
    "DELETE FROM conversations WHERE notebook_uid IN {notebooks}",
    "UPDATE messages SET deleted_at = now() WHERE conversation_uid IN {conversations}",
    "DELETE FROM messages WHERE conversation_uid IN {conversations}",
    "DELETE FROM messages_live WHERE conversation_uid IN {conversations}",
    "INSERT INTO messages (uid, conversation_uid, role, body, tokens)"
    " SELECT gen_random_uuid(), uid, 'user', 'And why?', 7 FROM conversations WHERE uid IN {conversations}",
    "UPDATE notes SET deleted_at = now() WHERE notebook_uid IN {notebooks}",
    "UPDATE notes SET updated_at = now() WHERE notebook_uid IN {notebooks}",
    "UPDATE shares SET deleted_at = now() WHERE notebook_uid IN {notebooks}",
    "DELETE FROM users WHERE uid IN (SELECT owner_uid FROM notebooks WHERE uid IN {notebooks} LIMIT 1)",
)


def test_notebooks_pages_and_models_after_random_changes_stay_right(
    application: Connection, notebooks: Database, notebooks_url: str
) -> None:
    chosen = random.Random(6)
    for _ in range(4):
        for statement in chosen.choices(_CHANGES, k=20):
            some = f"(SELECT uid FROM {{table}} ORDER BY hashtextextended(uid::text, {chosen.randrange(1000)}) LIMIT 4)"
            names = {table: some.format(table=table) for table in ("notebooks", "conversations")}
            execute(application, statement.format(**names))
        application.commit()
        for model in SYSTEM.read_models:
            refresh_now(notebooks, SYSTEM, model)
        assert wrong_rows(notebooks_url, SYSTEM) == {f"notebooks/{model.name}": 0 for model in SYSTEM.read_models}
        assert same_pages(notebooks) == [pair.name for pair in SYSTEM.queries]
    assert answer(notebooks, "SELECT count(*) AS n FROM notebooks WHERE deleted_at IS NOT NULL") != [{"n": 0}]


def test_notebooks_sample_is_reproducible(database: Database, library: Database) -> None:
    assert load_sample(database, SYSTEM, None)
    for columns, table in (
        ("id, owner_id, title", "notebooks"),
        ("id, conversation_id, role, body, tokens", "messages"),
        ("id, status, kind, worker", "jobs"),
    ):
        digest = f"SELECT count(*), bit_xor(hash_record_extended(ROW({columns}), 0)) AS hash FROM {table}"
        assert answer(database, digest) == answer(library, digest)


def test_notebooks_sample_is_skewed_and_without_deleted_rows(library: Database) -> None:
    sources = [
        row["n"] for row in answer(library, "SELECT count(*) AS n FROM sources GROUP BY notebook_id ORDER BY 1 DESC")
    ]
    assert sum(sources[: len(sources) // 5]) > 0.4 * sum(sources)
    [empty] = answer(library, "SELECT count(*) AS n FROM notebook_summaries WHERE sources = 0")
    assert empty["n"] > 100
    jobs = {
        row["status"]: row["n"] for row in answer(library, "SELECT status, count(*) AS n FROM jobs GROUP BY status")
    }
    assert jobs["finished"] > 0.9 * sum(jobs.values())
    assert min(jobs[status] for status in ("queued", "running", "failed")) > 10
    for table in APPLICATION_TABLES:
        wrong = f"SELECT count(*) AS n FROM {table.name} WHERE deleted_at IS NOT NULL OR created_at > now()"
        assert answer(library, wrong) == [{"n": 0}], table.name


@pytest.mark.long
@pytest.mark.parametrize("which", ["before", "after"])
def test_notebooks_load_few_users_read_pages_without_errors(library_url: str, which: Which) -> None:
    found = run_load(library_url, SYSTEM, 40, Stages(ramp=2, steady=3, ramp_down=1), which)
    assert found.total.requests > 0
    assert (found.total.failures, found.errors) == (0, ())
    assert set(found.pages) <= {pair.name for pair in SYSTEM.queries}
    assert set(found.limited_ms) == {"average", "p95", "p99"}
