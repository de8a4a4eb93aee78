"""The pages of `notebooks`, each before and after the phases.

Before: the older schema's statements, over text identifiers and without secondary indexes. Their filter of deleted rows
is written so that no partial index serves it: the older schema has none, and both are timed on the same tables.
After: native identifiers, the indexes and the read models.
"""

from __future__ import annotations

from hashlib import md5
from pathlib import Path
from uuid import UUID

from denorm_assets import QueryPair, SqlFile

_SQL = Path(__file__).parent / "sql"


def sample_id(table: str, number: int) -> str:
    """The identifier of the row with that number in the sample data."""
    return str(UUID(md5(f"{table} {number}".encode(), usedforsecurity=False).hexdigest()))


_USER, _NOTEBOOK, _SOURCE = sample_id("users", 1), sample_id("notebooks", 1), sample_id("sources", 1)
_DOCUMENT, _CONVERSATION = sample_id("documents", 1), sample_id("conversations", 1)
_JOB, _TAG = sample_id("jobs", 1), sample_id("tags", 1)
_HASH = md5(b"text 7", usedforsecurity=False).hexdigest()


def _pair(name: str, target: float = 10, **parameters: int | str) -> QueryPair:
    before, after = (SqlFile(_SQL / f"{name}.{which}.sql") for which in ("before", "after"))
    return QueryPair(name, before, after, parameters, target)


_USERS = (
    _pair("user_of_address", address="Rosa.Quispe.1@Example.org"),
    _pair("users_of_plan", plan="team", limit=20),
    _pair("account", user=_USER),
)

_EVERYTHING = (
    _pair("completion", prefix="li", limit=10),
    _pair("latest", limit=20),
    _pair("work_waiting", limit=20),
)

_NOTEBOOKS = (
    _pair("notebook", notebook=_NOTEBOOK),
    _pair("notebooks", user=_USER, limit=20),
    _pair("notebooks_newest", user=_USER, limit=20),
    _pair("notebooks_edited", user=_USER, limit=20),
    _pair("notebooks_by_title", user=_USER, limit=20),
    _pair("notebooks_active", limit=20),
    _pair("notebooks_largest", limit=20),
    _pair("notebooks_busiest", limit=20),
)

_READING = (
    _pair("sources", notebook=_NOTEBOOK, limit=10),
    _pair("sources_of_kind", notebook=_NOTEBOOK, kind="pdf", limit=20),
    _pair("sources_of_address", address="https://library.example.org/7", limit=20),
    _pair("source_text", source=_SOURCE, limit=20),
    _pair("documents_newest", notebook=_NOTEBOOK, limit=20),
    _pair("documents_by_title", notebook=_NOTEBOOK, limit=20),
    _pair("documents_largest", notebook=_NOTEBOOK, limit=20),
    _pair("documents_of_source", source=_SOURCE, limit=20),
    _pair("documents_same", hash=_HASH, limit=20),
    _pair("document_text", document=_DOCUMENT, limit=20),
)

_TALKING = (
    _pair("conversations", user=_USER, limit=20),
    _pair("conversations_edited", user=_USER, limit=20),
    _pair("conversations_here", user=_USER, notebook=_NOTEBOOK, limit=20),
    _pair("conversations_of_all", notebook=_NOTEBOOK, limit=20),
    _pair("conversations_moving", notebook=_NOTEBOOK, limit=20),
    _pair("conversations_longest", limit=20),
    _pair("messages", conversation=_CONVERSATION, limit=50),
    _pair("questions_asked", conversation=_CONVERSATION, limit=20),
    _pair("answers_longest", limit=20),
)

_WRITING = (
    _pair("notes", notebook=_NOTEBOOK, limit=20),
    _pair("notes_written", user=_USER, limit=20),
    _pair("notes_pinned", user=_USER, limit=20),
    _pair("notes_with_words", words="auroras antibiotics law", limit=20),
)

_JOBS = (
    # One row by its identifier, which both schemas find by a unique index.
    _pair("job", 0.5, job=_JOB),
    _pair("jobs_started", user=_USER, limit=20),
    _pair("jobs_of_notebook", notebook=_NOTEBOOK, limit=20),
    _pair("jobs_open", user=_USER, limit=20),
    _pair("jobs_finished", kind="export", limit=20),
)

_SHARING = (
    # The older schema's unique keys begin with the column that these ask for.
    _pair("tags_newest", 0.5, user=_USER, limit=20),
    _pair("editors", 0.5, notebook=sample_id("notebooks", 45)),
    _pair("notebooks_tagged", tag=_TAG, limit=20),
    _pair("shared_with", user=_USER, limit=20),
)

_USAGE = (
    _pair("usage", user=_USER, limit=20),
    _pair("usage_of_kind", user=_USER, kind="summary", limit=20),
    _pair("usage_of_notebook", notebook=_NOTEBOOK, limit=20),
    _pair("usage_latest", kind="export", limit=20),
)

QUERIES: tuple[QueryPair, ...] = (
    *_USERS,
    *_EVERYTHING,
    *_NOTEBOOKS,
    *_READING,
    *_TALKING,
    *_WRITING,
    *_JOBS,
    *_SHARING,
    *_USAGE,
)
