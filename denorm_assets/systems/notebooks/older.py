"""The tables of `notebooks` as the older application has them: text identifiers, hard deletes, no secondary indexes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

_METADATA = MetaData(schema="notebooks")


def _identifier() -> Column[str]:
    """An identifier as text; the application gives it, as `str(uuid4())`."""
    return Column("id", String(255), primary_key=True)


def _belongs_to(
    name: str, table: Table, *, nullable: bool = False, primary_key: bool = False, on_delete: str = "CASCADE"
) -> Column[str]:
    target = ForeignKey(table.c.id, ondelete=on_delete)
    return Column(name, String(255), target, nullable=nullable, primary_key=primary_key)


def _words(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str, default: int | None = None) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=None if default is None else text(str(default)))


def _time(name: str = "created_at") -> Column[datetime]:
    return Column(name, TIMESTAMP(timezone=True), nullable=False, server_default=func.now())


def _maybe_time(name: str) -> Column[datetime]:
    return Column(name, TIMESTAMP(timezone=True))


USERS = Table(
    "users",
    _METADATA,
    _identifier(),
    Column("email", Text, nullable=False, unique=True),
    _words("name"),
    _words("plan", "free"),
    _time(),
    _time("updated_at"),
    CheckConstraint("plan IN ('free', 'plus', 'team')", name="users_plan_is_known"),
)

NOTEBOOKS = Table(
    "notebooks",
    _METADATA,
    _identifier(),
    _belongs_to("owner_id", USERS),
    _words("title"),
    _words("description", ""),
    _time(),
    _time("updated_at"),
)

SOURCES = Table(
    "sources",
    _METADATA,
    _identifier(),
    _belongs_to("notebook_id", NOTEBOOKS),
    _words("kind"),
    _words("uri", ""),
    _words("title"),
    _words("status", "pending"),
    _time(),
    CheckConstraint("status IN ('pending', 'ready', 'failed')", name="sources_status_is_known"),
)

DOCUMENTS = Table(
    "documents",
    _METADATA,
    _identifier(),
    _belongs_to("source_id", SOURCES),
    _belongs_to("notebook_id", NOTEBOOKS),
    _words("title"),
    _words("hash"),
    _number("bytes", 0),
    _time(),
)

CHUNKS = Table(
    "chunks",
    _METADATA,
    _identifier(),
    _belongs_to("document_id", DOCUMENTS),
    _belongs_to("source_id", SOURCES),
    _number("chunk_index"),
    _words("body"),
    _number("tokens", 0),
    _time(),
)

CONVERSATIONS = Table(
    "conversations",
    _METADATA,
    _identifier(),
    _belongs_to("user_id", USERS),
    _belongs_to("notebook_id", NOTEBOOKS),
    _words("title", ""),
    _time(),
    _time("updated_at"),
)

MESSAGES = Table(
    "messages",
    _METADATA,
    _identifier(),
    _belongs_to("conversation_id", CONVERSATIONS),
    _words("role"),
    _words("body"),
    _number("tokens", 0),
    _time(),
    CheckConstraint("role IN ('user', 'assistant')", name="messages_role_is_known"),
)

NOTES = Table(
    "notes",
    _METADATA,
    _identifier(),
    _belongs_to("notebook_id", NOTEBOOKS),
    _belongs_to("user_id", USERS),
    _words("title"),
    _words("body", ""),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    _time(),
    _time("updated_at"),
)

JOBS = Table(
    "jobs",
    _METADATA,
    _identifier(),
    _belongs_to("user_id", USERS),
    _belongs_to("notebook_id", NOTEBOOKS, nullable=True),
    _words("kind"),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
    _words("status", "queued"),
    _number("priority", 0),
    _number("attempts", 0),
    Column("worker", Text),
    Column("error", Text),
    _time(),
    _maybe_time("started_at"),
    _maybe_time("finished_at"),
    CheckConstraint("status IN ('queued', 'running', 'finished', 'failed')", name="jobs_status_is_known"),
)

TAGS = Table(
    "tags",
    _METADATA,
    _identifier(),
    _belongs_to("owner_id", USERS),
    _words("name"),
    _time(),
    UniqueConstraint("owner_id", "name"),
)

NOTEBOOK_TAGS = Table(
    "notebook_tags",
    _METADATA,
    _belongs_to("notebook_id", NOTEBOOKS, primary_key=True),
    _belongs_to("tag_id", TAGS, primary_key=True),
    _time(),
)

SHARES = Table(
    "shares",
    _METADATA,
    _identifier(),
    _belongs_to("notebook_id", NOTEBOOKS),
    _belongs_to("user_id", USERS),
    _words("role", "reader"),
    _time(),
    UniqueConstraint("notebook_id", "user_id"),
    CheckConstraint("role IN ('reader', 'editor')", name="shares_role_is_known"),
)

USAGE_EVENTS = Table(
    "usage_events",
    _METADATA,
    _identifier(),
    _belongs_to("user_id", USERS),
    _belongs_to("notebook_id", NOTEBOOKS, nullable=True, on_delete="SET NULL"),
    _words("kind"),
    _number("quantity", 1),
    _time(),
)

APPLICATION_TABLES: tuple[Table, ...] = tuple(_METADATA.sorted_tables)
"""What the application itself creates, referenced tables first; the phases change them and make the read models."""
