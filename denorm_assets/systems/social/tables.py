"""SQLAlchemy models of the application's tables, with the indexes that an application would give them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from denorm_assets.systems.social.base import Base, Id, MaybeTime, SomeWords, Time, User, Words
from denorm_assets.systems.social.forum_tables import Forum, ForumPost, ForumThread, ThreadUpvote


class Tag(Base):
    """A technology or a topic that projects are about."""

    __tablename__ = "tags"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[Time]


class Project(Base):
    """What a builder shows. Drafts are seen by their owner only."""

    __tablename__ = "projects"

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[Words]
    tagline: Mapped[SomeWords]
    description: Mapped[SomeWords]
    category: Mapped[Words]
    status: Mapped[str] = mapped_column(Text, server_default="published")
    seeks_team: Mapped[bool] = mapped_column(server_default=text("false"))
    quality: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'hidden')", name="projects_status_is_known"),
        Index("projects_owner_id_created_at_idx", "owner_id", "created_at"),
        Index("projects_lower_title_idx", text("lower(title) text_pattern_ops")),
        Index("projects_created_at_idx", "created_at"),
        Index("projects_updated_at_idx", "updated_at"),
        Index("projects_category_created_at_idx", "category", "created_at"),
    )


class ProjectTag(Base):
    """A project is about a tag."""

    __tablename__ = "project_tags"

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey(Tag.id, ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("project_tags_tag_id_idx", "tag_id"),)


class Vote(Base):
    """A vote for or against a project, one per builder."""

    __tablename__ = "votes"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    value: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    created_at: Mapped[Time]

    __table_args__ = (
        CheckConstraint("value IN (-1, 1)", name="votes_value_is_one_up_or_down"),
        UniqueConstraint("project_id", "user_id", name="votes_project_id_user_id_key"),
        Index("votes_user_id_idx", "user_id"),
        Index("votes_created_at_idx", "created_at"),
    )


class Comment(Base):
    """What a builder says of a project."""

    __tablename__ = "comments"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    body: Mapped[Words]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (Index("comments_project_id_idx", "project_id"), Index("comments_user_id_idx", "user_id"))


class Badge(Base):
    """A badge that a builder gave to a project as a proof that it works; weightier ones cost more."""

    __tablename__ = "badges"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    kind: Mapped[Words]
    weight: Mapped[int]
    created_at: Mapped[Time]

    __table_args__ = (Index("badges_project_id_idx", "project_id"), Index("badges_user_id_idx", "user_id"))


class Conversation(Base):
    """Two or more builders writing to each other."""

    __tablename__ = "conversations"

    id: Mapped[Id]
    title: Mapped[SomeWords]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]


class ConversationParticipant(Base):
    """A builder takes part in a conversation and has read it up to a time."""

    __tablename__ = "conversation_participants"

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    last_read_at: Mapped[MaybeTime]

    __table_args__ = (Index("conversation_participants_user_id_idx", "user_id"),)


class Message(Base):
    """A message in a conversation."""

    __tablename__ = "messages"

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"))
    sender_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    body: Mapped[Words]
    created_at: Mapped[Time]

    __table_args__ = (
        Index("messages_conversation_id_idx", "conversation_id"),
        Index("messages_sender_id_idx", "sender_id"),
    )


class IntroRequest(Base):
    """A builder asks another to be introduced."""

    __tablename__ = "intro_requests"

    id: Mapped[Id]
    requester_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id, ondelete="SET NULL"))
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    note: Mapped[SomeWords]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'accepted', 'declined')", name="intro_requests_status_is_known"),
        Index("intro_requests_requester_id_idx", "requester_id"),
        Index("intro_requests_recipient_id_idx", "recipient_id"),
        Index("intro_requests_project_id_idx", "project_id"),
    )


class Chain(Base):
    """A chain of projects that a builder strings together."""

    __tablename__ = "chains"

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[Words]
    description: Mapped[SomeWords]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (Index("chains_owner_id_idx", "owner_id"),)


class ChainProject(Base):
    """A project in a chain, at its place."""

    __tablename__ = "chain_projects"

    chain_id: Mapped[int] = mapped_column(ForeignKey(Chain.id, ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]
    created_at: Mapped[Time]

    __table_args__ = (Index("chain_projects_project_id_idx", "project_id"),)


class ChainFollower(Base):
    """A builder follows a chain."""

    __tablename__ = "chain_followers"

    chain_id: Mapped[int] = mapped_column(ForeignKey(Chain.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[Time]

    __table_args__ = (Index("chain_followers_user_id_idx", "user_id"),)


_FORUMS = (Forum, ForumThread, ForumPost, ThreadUpvote)
"""Declared in a file of their own; naming them here puts them into the metadata."""
APPLICATION_TABLES: tuple[Table, ...] = tuple(Base.metadata.sorted_tables)
"""What the application itself creates; the read models are made by `apply`."""
