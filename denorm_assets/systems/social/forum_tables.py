"""Tables of the forums."""

from __future__ import annotations

from sqlalchemy import (
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from denorm_assets.systems.social.base import Base, Id, SomeWords, Time, User, Words


class Forum(Base):
    """A place for threads about one thing."""

    __tablename__ = "forums"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[Words]
    created_at: Mapped[Time]


class ForumThread(Base):
    """A thread in a forum."""

    __tablename__ = "forum_threads"

    id: Mapped[Id]
    forum_id: Mapped[int] = mapped_column(ForeignKey(Forum.id, ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    title: Mapped[Words]
    body: Mapped[SomeWords]
    is_pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (
        Index("forum_threads_forum_id_created_at_idx", "forum_id", "created_at"),
        Index("forum_threads_author_id_idx", "author_id"),
    )


class ForumPost(Base):
    """An answer in a thread."""

    __tablename__ = "forum_posts"

    id: Mapped[Id]
    thread_id: Mapped[int] = mapped_column(ForeignKey(ForumThread.id, ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    body: Mapped[Words]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (Index("forum_posts_thread_id_idx", "thread_id"), Index("forum_posts_author_id_idx", "author_id"))


class ThreadUpvote(Base):
    """A builder finds a thread useful."""

    __tablename__ = "thread_upvotes"

    thread_id: Mapped[int] = mapped_column(ForeignKey(ForumThread.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[Time]

    __table_args__ = (Index("thread_upvotes_user_id_idx", "user_id"),)
