"""SQLAlchemy models of the tables as the application has them after the phases: `uuid` identifiers, soft deletes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, MetaData, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, with_loader_criteria

Uid = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=uuid4)]
Time = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True), server_default=func.now())]
MaybeTime = Annotated[datetime | None, mapped_column(TIMESTAMP(timezone=True))]
Words = Annotated[str, mapped_column(Text)]
SomeWords = Annotated[str, mapped_column(Text, server_default="")]
MaybeWords = Annotated[str | None, mapped_column(Text)]
OfUser = Annotated[UUID, mapped_column(ForeignKey("notebooks.users.uid", ondelete="CASCADE"))]
OfNotebook = Annotated[UUID, mapped_column(ForeignKey("notebooks.notebooks.uid", ondelete="CASCADE"))]


class Base(DeclarativeBase):
    """All tables live in the system's schema; a row whose `deleted_at` is set is deleted."""

    metadata = MetaData(schema="notebooks")

    created_at: Mapped[Time]
    deleted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


def _is_live(model: type[Base]) -> ColumnElement[bool]:
    return model.deleted_at.is_(None)


LIVE = with_loader_criteria(Base, _is_live, include_aliases=True)
"""Option of a statement: no deleted rows, wherever it loads from, relationships included."""


class User(Base):
    """Whoever reads and writes."""

    __tablename__ = "users"

    uid: Mapped[Uid]
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[Words]
    plan: Mapped[str] = mapped_column(Text, server_default="free")
    updated_at: Mapped[Time]

    notebooks: Mapped[list[Notebook]] = relationship(back_populates="owner")


class Notebook(Base):
    """A collection of sources, and what was said and noted about them."""

    __tablename__ = "notebooks"

    uid: Mapped[Uid]
    owner_uid: Mapped[OfUser]
    title: Mapped[Words]
    description: Mapped[SomeWords]
    updated_at: Mapped[Time]

    owner: Mapped[User] = relationship(back_populates="notebooks")
    sources: Mapped[list[Source]] = relationship(
        back_populates="notebook", order_by="(Source.created_at.desc(), Source.uid.desc())"
    )
    shares: Mapped[list[Share]] = relationship(back_populates="notebook", order_by="(Share.created_at, Share.uid)")
    # A tag that was taken off leaves a marked link.
    tags: Mapped[list[Tag]] = relationship(
        secondary="notebooks.notebook_tags",
        secondaryjoin="and_(Tag.uid == NotebookTag.tag_uid, NotebookTag.deleted_at.is_(None))",
        order_by="Tag.name",
        back_populates="notebooks",
        viewonly=True,
    )


class Source(Base):
    """What a notebook is about: a file, a page, a recording."""

    __tablename__ = "sources"

    uid: Mapped[Uid]
    notebook_uid: Mapped[OfNotebook]
    kind: Mapped[Words]
    uri: Mapped[SomeWords]
    title: Mapped[Words]
    status: Mapped[str] = mapped_column(Text, server_default="pending")

    notebook: Mapped[Notebook] = relationship(back_populates="sources")
    documents: Mapped[list[Document]] = relationship(
        back_populates="source", order_by="(Document.created_at, Document.uid)"
    )


class Document(Base):
    """A text that was read from a source."""

    __tablename__ = "documents"

    uid: Mapped[Uid]
    source_uid: Mapped[UUID] = mapped_column(ForeignKey(Source.uid, ondelete="CASCADE"))
    notebook_uid: Mapped[OfNotebook]
    title: Mapped[Words]
    hash: Mapped[Words]
    bytes: Mapped[int] = mapped_column(server_default=text("0"))

    source: Mapped[Source] = relationship(back_populates="documents")
    chunks: Mapped[list[Chunk]] = relationship(back_populates="document", order_by="(Chunk.chunk_index, Chunk.uid)")


class Chunk(Base):
    """A passage of a document, short enough to be cited."""

    __tablename__ = "chunks"

    uid: Mapped[Uid]
    document_uid: Mapped[UUID] = mapped_column(ForeignKey(Document.uid, ondelete="CASCADE"))
    source_uid: Mapped[UUID] = mapped_column(ForeignKey(Source.uid, ondelete="CASCADE"))
    chunk_index: Mapped[int]
    body: Mapped[Words]
    tokens: Mapped[int] = mapped_column(server_default=text("0"))

    document: Mapped[Document] = relationship(back_populates="chunks")


class Conversation(Base):
    """Questions of a user about a notebook, and the answers."""

    __tablename__ = "conversations"

    uid: Mapped[Uid]
    user_uid: Mapped[OfUser]
    notebook_uid: Mapped[OfNotebook]
    title: Mapped[SomeWords]
    updated_at: Mapped[Time]

    user: Mapped[User] = relationship()
    notebook: Mapped[Notebook] = relationship()
    messages: Mapped[list[Message]] = relationship(
        back_populates="conversation", order_by="(Message.created_at, Message.uid)"
    )


class Message(Base):
    """A question or an answer."""

    __tablename__ = "messages"

    uid: Mapped[Uid]
    conversation_uid: Mapped[UUID] = mapped_column(ForeignKey(Conversation.uid, ondelete="CASCADE"))
    role: Mapped[Words]
    body: Mapped[Words]
    tokens: Mapped[int] = mapped_column(server_default=text("0"))

    conversation: Mapped[Conversation] = relationship(back_populates="messages")


class Note(Base):
    """What a user notes down in a notebook."""

    __tablename__ = "notes"

    uid: Mapped[Uid]
    notebook_uid: Mapped[OfNotebook]
    user_uid: Mapped[OfUser]
    title: Mapped[Words]
    body: Mapped[SomeWords]
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[Time]

    notebook: Mapped[Notebook] = relationship()
    user: Mapped[User] = relationship()


class Job(Base):
    """Work for a worker, for example a source to be read."""

    __tablename__ = "jobs"

    uid: Mapped[Uid]
    user_uid: Mapped[OfUser]
    notebook_uid: Mapped[UUID | None] = mapped_column(ForeignKey(Notebook.uid, ondelete="CASCADE"))
    kind: Mapped[Words]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(Text, server_default="queued")
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    worker: Mapped[MaybeWords]
    error: Mapped[MaybeWords]
    started_at: Mapped[MaybeTime]
    finished_at: Mapped[MaybeTime]

    user: Mapped[User] = relationship()
    notebook: Mapped[Notebook | None] = relationship()


class Tag(Base):
    """A word by which a user finds notebooks."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("owner_uid", "name"),)

    uid: Mapped[Uid]
    owner_uid: Mapped[OfUser]
    name: Mapped[Words]

    owner: Mapped[User] = relationship()
    notebooks: Mapped[list[Notebook]] = relationship(
        secondary="notebooks.notebook_tags",
        primaryjoin="and_(Tag.uid == NotebookTag.tag_uid, NotebookTag.deleted_at.is_(None))",
        order_by="(NotebookTag.created_at.desc(), NotebookTag.notebook_uid.desc())",
        back_populates="tags",
        viewonly=True,
    )


class NotebookTag(Base):
    """A notebook has a tag."""

    __tablename__ = "notebook_tags"

    notebook_uid: Mapped[UUID] = mapped_column(ForeignKey(Notebook.uid, ondelete="CASCADE"), primary_key=True)
    tag_uid: Mapped[UUID] = mapped_column(ForeignKey(Tag.uid, ondelete="CASCADE"), primary_key=True)


class Share(Base):
    """A user may read another's notebook, or edit it."""

    __tablename__ = "shares"
    __table_args__ = (UniqueConstraint("notebook_uid", "user_uid"),)

    uid: Mapped[Uid]
    notebook_uid: Mapped[OfNotebook]
    user_uid: Mapped[OfUser]
    role: Mapped[str] = mapped_column(Text, server_default="reader")

    notebook: Mapped[Notebook] = relationship(back_populates="shares")
    user: Mapped[User] = relationship()


class UsageEvent(Base):
    """What a user did that is counted."""

    __tablename__ = "usage_events"

    uid: Mapped[Uid]
    user_uid: Mapped[OfUser]
    notebook_uid: Mapped[UUID | None] = mapped_column(ForeignKey(Notebook.uid, ondelete="SET NULL"))
    kind: Mapped[Words]
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
