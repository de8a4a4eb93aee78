"""The 48 indexes of `notebooks`, each with the page that needs it; those of keys come with the keys.

An index that begins with the column of a foreign key holds marked rows too: when the row referred to is purged,
PostgreSQL looks there for what goes with it. All others hold only rows that are not deleted.
"""

from __future__ import annotations

from denorm_assets import Index, TableIndex, on


def _of_key(table: str, name: str, *terms: str, query: str) -> TableIndex:
    return on(table, Index(*terms, name=f"idx_{table}_{name}"), query=query)


def _of_live(table: str, name: str, *terms: str, query: str, using: str = "btree", also: str = "") -> TableIndex:
    where = f"{also} AND deleted_at IS NULL" if also else "deleted_at IS NULL"
    return on(table, Index(*terms, name=f"idx_{table}_{name}", using=using, where=where), query=query)


_USERS = (
    _of_live("users", "email", "(lower(email))", query="user_of_address"),
    _of_live("users", "created", "created_at DESC", "uid DESC", query="latest"),
    _of_live("users", "plan_created", "plan", "created_at DESC", "uid DESC", query="users_of_plan"),
    _of_live("users", "name", "(lower(name)) text_pattern_ops", query="completion"),
)

_NOTEBOOKS = (
    _of_key("notebooks", "owner_created", "owner_uid", "created_at DESC", "uid DESC", query="notebooks_newest"),
    _of_live("notebooks", "owner_updated", "owner_uid", "updated_at DESC", "uid DESC", query="notebooks_edited"),
    _of_live("notebooks", "owner_title", "owner_uid", "title", "uid", query="notebooks_by_title"),
    _of_live("notebooks", "updated", "updated_at DESC", "uid DESC", query="latest"),
    _of_live("notebooks", "title", "(lower(title)) text_pattern_ops", query="completion"),
)

_SOURCES = (
    _of_key("sources", "notebook_created", "notebook_uid", "created_at DESC", "uid DESC", query="sources"),
    _of_live(
        "sources", "notebook_kind", "notebook_uid", "kind", "created_at DESC", "uid DESC", query="sources_of_kind"
    ),
    _of_live("sources", "pending", "created_at", "uid", also="status = 'pending'", query="work_waiting"),
    _of_live("sources", "uri", "uri", query="sources_of_address"),
)

_DOCUMENTS = (
    _of_live("documents", "hash", "hash", query="documents_same"),
    _of_key("documents", "source_created", "source_uid", "created_at", "uid", query="documents_of_source"),
    _of_key("documents", "notebook_created", "notebook_uid", "created_at DESC", "uid DESC", query="documents_newest"),
    _of_live("documents", "notebook_title", "notebook_uid", "title", "uid", query="documents_by_title"),
    _of_live("documents", "notebook_bytes", "notebook_uid", "bytes DESC", "uid DESC", query="documents_largest"),
)

_CHUNKS = (
    _of_key("chunks", "source_index", "source_uid", "chunk_index", "uid", query="source_text"),
    _of_key("chunks", "document_index", "document_uid", "chunk_index", "uid", query="document_text"),
    _of_live("chunks", "created", "created_at DESC", "uid DESC", query="latest"),
)

_CONVERSATIONS = (
    _of_key(
        "conversations",
        "user_notebook",
        "user_uid",
        "notebook_uid",
        "updated_at DESC",
        "uid DESC",
        query="conversations_here",
    ),
    _of_live("conversations", "user_updated", "user_uid", "updated_at DESC", "uid DESC", query="conversations_edited"),
    _of_key(
        "conversations",
        "notebook_updated",
        "notebook_uid",
        "updated_at DESC",
        "uid DESC",
        query="conversations_of_all",
    ),
    _of_live("conversations", "updated", "updated_at DESC", "uid DESC", query="latest"),
)

_MESSAGES = (
    _of_key("messages", "conversation_created", "conversation_uid", "created_at", "uid", query="messages"),
    _of_live(
        "messages",
        "conversation_role",
        "conversation_uid",
        "role",
        "created_at DESC",
        "uid DESC",
        query="questions_asked",
    ),
    _of_live("messages", "created", "created_at DESC", "uid DESC", query="latest"),
    _of_live("messages", "longest", "tokens DESC", "uid DESC", also="role = 'assistant'", query="answers_longest"),
)

_NOTES = (
    _of_key("notes", "notebook_updated", "notebook_uid", "updated_at DESC", "uid DESC", query="notes"),
    _of_key("notes", "user_updated", "user_uid", "updated_at DESC", "uid DESC", query="notes_written"),
    _of_live("notes", "user_pinned", "user_uid", "created_at DESC", "uid DESC", also="pinned", query="notes_pinned"),
    _of_live("notes", "words", "(to_tsvector('simple', title || ' ' || body))", using="gin", query="notes_with_words"),
)

_JOBS = (
    _of_live("jobs", "status_created", "status", "created_at", query="work_waiting"),
    _of_key("jobs", "user_created", "user_uid", "created_at DESC", "uid DESC", query="jobs_started"),
    _of_key("jobs", "notebook_created", "notebook_uid", "created_at DESC", "uid DESC", query="jobs_of_notebook"),
    _of_live(
        "jobs", "user_open", "user_uid", "created_at", "uid", also="status IN ('queued', 'running')", query="jobs_open"
    ),
    _of_live("jobs", "running", "started_at", "uid", also="status = 'running'", query="work_waiting"),
    _of_live(
        "jobs",
        "kind_finished",
        "kind",
        "finished_at DESC",
        "uid DESC",
        also="status = 'finished'",
        query="jobs_finished",
    ),
)

_TAGS = (
    _of_live("tags", "owner_created", "owner_uid", "created_at DESC", "uid DESC", query="tags_newest"),
    _of_live("tags", "name", "(lower(name)) text_pattern_ops", query="completion"),
    _of_key(
        "notebook_tags", "tag_created", "tag_uid", "created_at DESC", "notebook_uid DESC", query="notebooks_tagged"
    ),
)

_SHARES = (
    _of_key("shares", "user_created", "user_uid", "created_at DESC", "uid DESC", query="shared_with"),
    _of_live("shares", "notebook_role", "notebook_uid", "role", "created_at", "uid", query="editors"),
)

_USAGE = (
    _of_key("usage_events", "user_created", "user_uid", "created_at DESC", "uid DESC", query="usage"),
    _of_live(
        "usage_events", "user_kind_created", "user_uid", "kind", "created_at DESC", "uid DESC", query="usage_of_kind"
    ),
    _of_key(
        "usage_events", "notebook_created", "notebook_uid", "created_at DESC", "uid DESC", query="usage_of_notebook"
    ),
    _of_live("usage_events", "kind_created", "kind", "created_at DESC", "uid DESC", query="usage_latest"),
)

INDEXES: tuple[TableIndex, ...] = (
    *_USERS,
    *_NOTEBOOKS,
    *_SOURCES,
    *_DOCUMENTS,
    *_CHUNKS,
    *_CONVERSATIONS,
    *_MESSAGES,
    *_NOTES,
    *_JOBS,
    *_TAGS,
    *_SHARES,
    *_USAGE,
)
