"""The application's pages by its models, each in one query, or in two where it lists what one row has many of.

To-one relationships are joined. Of collections only those are that stay small (a notebook's tags and shares), as joined
collections multiply rows; the others come by a second query for all rows at once (`selectinload`).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from denorm_assets.systems.notebooks.models import (
    LIVE,
    Conversation,
    Document,
    Job,
    Note,
    Notebook,
    Share,
    Source,
    Tag,
)


def notebook_page(uid: UUID) -> Select[tuple[Notebook]]:
    """A notebook with its owner, its sources, its tags and whom it is shared with."""
    return (
        select(Notebook)
        .where(Notebook.uid == uid)
        .options(
            LIVE,
            joinedload(Notebook.owner),
            joinedload(Notebook.tags),
            joinedload(Notebook.shares).joinedload(Share.user),
            selectinload(Notebook.sources),
        )
    )


def notebooks_of(owner_uid: UUID, *, limit: int = 20) -> Select[tuple[Notebook]]:
    """A user's notebooks, newest first, with owner and tags."""
    return (
        select(Notebook)
        .where(Notebook.owner_uid == owner_uid)
        .order_by(Notebook.created_at.desc(), Notebook.uid.desc())
        .limit(limit)
        .options(LIVE, joinedload(Notebook.owner), selectinload(Notebook.tags))
    )


def notebooks_tagged(tag_uid: UUID) -> Select[tuple[Tag]]:
    """A tag with its notebooks and their owners."""
    return select(Tag).where(Tag.uid == tag_uid).options(LIVE, selectinload(Tag.notebooks).joinedload(Notebook.owner))


def shared_with(user_uid: UUID, *, limit: int = 20) -> Select[tuple[Share]]:
    """What others share with a user, newest first, with the notebooks and their owners."""
    return (
        select(Share)
        .where(Share.user_uid == user_uid)
        .order_by(Share.created_at.desc(), Share.uid.desc())
        .limit(limit)
        .options(LIVE, joinedload(Share.notebook).joinedload(Notebook.owner))
    )


def source_page(uid: UUID) -> Select[tuple[Source]]:
    """A source with its notebook and the documents that were read from it."""
    return (
        select(Source)
        .where(Source.uid == uid)
        .options(LIVE, joinedload(Source.notebook), selectinload(Source.documents))
    )


def document_page(uid: UUID) -> Select[tuple[Document]]:
    """A document with its source and its text."""
    return (
        select(Document)
        .where(Document.uid == uid)
        .options(LIVE, joinedload(Document.source), selectinload(Document.chunks))
    )


def conversation_page(uid: UUID) -> Select[tuple[Conversation]]:
    """A conversation with whose it is, its notebook and its messages."""
    return (
        select(Conversation)
        .where(Conversation.uid == uid)
        .options(
            LIVE,
            joinedload(Conversation.user),
            joinedload(Conversation.notebook),
            selectinload(Conversation.messages),
        )
    )


def conversations_of(user_uid: UUID, *, limit: int = 20) -> Select[tuple[Conversation]]:
    """A user's conversations, the last edited first, with their notebooks."""
    return (
        select(Conversation)
        .where(Conversation.user_uid == user_uid)
        .order_by(Conversation.updated_at.desc(), Conversation.uid.desc())
        .limit(limit)
        .options(LIVE, joinedload(Conversation.notebook))
    )


def notes_in(notebook_uid: UUID, *, limit: int = 20) -> Select[tuple[Note]]:
    """A notebook's notes, the last edited first, with who wrote them."""
    return (
        select(Note)
        .where(Note.notebook_uid == notebook_uid)
        .order_by(Note.updated_at.desc(), Note.uid.desc())
        .limit(limit)
        .options(LIVE, joinedload(Note.user))
    )


def jobs_of(user_uid: UUID, *, limit: int = 20) -> Select[tuple[Job]]:
    """A user's jobs, newest first, with their notebooks."""
    return (
        select(Job)
        .where(Job.user_uid == user_uid)
        .order_by(Job.created_at.desc(), Job.uid.desc())
        .limit(limit)
        .options(LIVE, joinedload(Job.notebook))
    )
