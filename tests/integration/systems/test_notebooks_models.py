"""The application's models of `notebooks`: they fit the tables, a page is a query or two, connections are bounded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Select, event, func, inspect, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from denorm_assets.db.postgres.database import Database
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.notebooks.engine import make_engine
from denorm_assets.systems.notebooks.models import Base, Notebook, NotebookTag, Source, Tag
from denorm_assets.systems.notebooks.pages import (
    conversation_page,
    conversations_of,
    document_page,
    jobs_of,
    notebook_page,
    notebooks_of,
    notebooks_tagged,
    notes_in,
    shared_with,
    source_page,
)
from denorm_assets.systems.notebooks.queries import sample_id

Page = Select[tuple[Any]]
USER, NOTEBOOK = UUID(sample_id("users", 1)), UUID(sample_id("notebooks", 1))


@pytest.fixture(scope="module")
def engine(library_url: str) -> Generator[Engine]:
    made = make_engine(library_url)
    yield made
    made.dispose()


@pytest.fixture
def orm(engine: Engine) -> Generator[Session]:
    """A session of the application; what a test writes is rolled back."""
    with Session(engine) as session:
        yield session


@contextmanager
def counted(session: Session) -> Generator[list[str]]:
    """The statements that are run within the block."""
    engine, statements = session.get_bind(), list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def _notebook(found: Notebook) -> object:
    people = [(share.role, share.user.name) for share in found.shares]
    return found.owner.name, [source.title for source in found.sources], [tag.name for tag in found.tags], people


PAGES: dict[str, tuple[Page, int, Callable[[Any], object]]] = {
    "a notebook": (notebook_page(NOTEBOOK), 2, _notebook),
    "a user's notebooks": (notebooks_of(USER), 2, lambda found: (found.owner.name, [tag.name for tag in found.tags])),
    "a tag": (
        notebooks_tagged(UUID(sample_id("tags", 1))),
        2,
        lambda found: [(notebook.title, notebook.owner.name) for notebook in found.notebooks],
    ),
    "what is shared": (shared_with(USER), 1, lambda found: (found.notebook.title, found.notebook.owner.name)),
    "a source": (
        source_page(UUID(sample_id("sources", 1))),
        2,
        lambda found: (found.notebook.title, [document.title for document in found.documents]),
    ),
    "a document": (
        document_page(UUID(sample_id("documents", 1))),
        2,
        lambda found: (found.source.title, [chunk.body for chunk in found.chunks]),
    ),
    "a conversation": (
        conversation_page(UUID(sample_id("conversations", 1))),
        2,
        lambda found: (found.user.name, found.notebook.title, [message.body for message in found.messages]),
    ),
    "a user's conversations": (conversations_of(USER), 1, lambda found: found.notebook.title),
    "notes": (notes_in(NOTEBOOK), 1, lambda found: found.user.name),
    "jobs": (jobs_of(USER), 1, lambda found: found.notebook and found.notebook.title),
}


@pytest.mark.parametrize("page", PAGES)
def test_notebooks_orm_page_takes_fixed_number_of_queries(orm: Session, page: str) -> None:
    statement, queries, show = PAGES[page]
    with counted(orm) as statements:
        shown = [show(found) for found in orm.scalars(statement).unique()]
    assert len(statements) == queries
    assert shown


def test_notebooks_orm_page_without_eager_loading_takes_query_per_row(orm: Session) -> None:
    naive = select(Notebook).where(Notebook.owner_uid == USER).order_by(Notebook.created_at.desc(), Notebook.uid.desc())
    _, _, show = PAGES["a user's notebooks"]
    with counted(orm) as statements:
        shown = [show(found) for found in orm.scalars(naive.limit(20))]
    # The notebooks, their owner once, and the tags of each.
    assert (len(shown), len(statements)) == (20, 1 + 1 + 20)
    orm.expunge_all()
    assert [show(found) for found in orm.scalars(notebooks_of(USER))] == shown


def test_notebooks_orm_page_sorts_sources_and_shows_all_tags(orm: Session) -> None:
    found = orm.scalars(notebook_page(NOTEBOOK)).unique().one()
    times = [source.created_at for source in found.sources]
    assert times == sorted(times, reverse=True)
    tags = orm.scalars(select(Tag.name).join(NotebookTag).where(NotebookTag.notebook_uid == NOTEBOOK))
    assert [tag.name for tag in found.tags] == sorted(tags)


def test_notebooks_orm_pages_hide_deleted_rows(orm: Session) -> None:
    page = orm.scalars(notebooks_tagged(UUID(sample_id("tags", 1)))).one()
    tagged, untagged, deleted = page.notebooks[:3]
    [source, *_] = orm.scalars(notebook_page(NOTEBOOK)).unique().one().sources
    for chosen in (
        update(NotebookTag).where(NotebookTag.tag_uid == page.uid, NotebookTag.notebook_uid == untagged.uid),
        update(Notebook).where(Notebook.uid == deleted.uid),
        update(Source).where(Source.uid == source.uid),
    ):
        orm.execute(chosen.values(deleted_at=func.now()))
    orm.expunge_all()
    left = {notebook.uid for notebook in orm.scalars(notebooks_tagged(page.uid)).one().notebooks}
    assert tagged.uid in left
    assert left.isdisjoint({untagged.uid, deleted.uid})
    assert orm.scalars(notebook_page(deleted.uid)).unique().all() == []
    assert source.uid not in {kept.uid for kept in orm.scalars(notebook_page(NOTEBOOK)).unique().one().sources}


def test_notebooks_orm_new_rows_are_found_by_both_identifiers(orm: Session) -> None:
    orm.add(Notebook(owner_uid=USER, title="Lichens of the coast", sources=[Source(kind="web", title="A survey")]))
    orm.flush()
    [found] = orm.scalars(notebooks_of(USER, limit=1))
    assert (found.title, [source.title for source in found.sources]) == ("Lichens of the coast", ["A survey"])
    older = text(
        "SELECT count(*) FROM notebooks.notebooks AS n JOIN notebooks.sources AS s ON s.notebook_id = n.id"
        " WHERE n.id = :id AND n.owner_id = :owner"
    )
    assert orm.scalar(older, {"id": str(found.uid), "owner": str(USER)}) == 1


def test_notebooks_orm_models_match_tables(engine: Engine) -> None:
    held = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"]: column for column in held.get_columns(table.name, schema="notebooks")}
        for column in table.columns:
            found = columns.pop(column.name)
            types = tuple(kind.compile(engine.dialect) for kind in (found["type"], column.type))
            assert types == (types[0], types[0]), f"{table.name}.{column.name}"
            assert found["nullable"] == column.nullable, f"{table.name}.{column.name}"
        # What is left are the text identifiers that the `uuid` columns stand in place of.
        assert {name for name in columns if not name.endswith("id")} == set()
        assert held.get_pk_constraint(table.name, schema="notebooks")["constrained_columns"] == [
            column.name for column in table.primary_key
        ]
        keys = {
            (*key["constrained_columns"], key["referred_table"], key.get("options", {}).get("ondelete"))
            for key in held.get_foreign_keys(table.name, schema="notebooks")
        }
        assert keys == {(key.parent.name, key.column.table.name, key.ondelete) for key in table.foreign_keys}


def test_notebooks_engine_pool_has_50_connections_and_30_overflow(engine: Engine) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    assert (pool.size(), pool.timeout()) == (50, 10)
    with ExitStack() as opened:
        for _ in range(80):
            opened.enter_context(engine.connect())
        assert (pool.checkedout(), pool.overflow()) == (80, 30)
    assert pool.checkedin() == 50
    assert vars(pool)["_recycle"] == 300


def test_notebooks_engine_statement_timeout_is_30_seconds(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "30s"


def test_notebooks_engine_closed_connection_is_replaced(engine: Engine, library: Database) -> None:
    engine.dispose()
    pid = text("SELECT pg_backend_pid()")
    with engine.connect() as connection:
        ended = connection.scalar(pid)
    with library.session() as session:
        session.execute(Statement("SELECT pg_terminate_backend(%(pid)s, 5000)", params={"pid": ended}))
    with engine.connect() as connection:
        assert connection.scalar(pid) != ended
