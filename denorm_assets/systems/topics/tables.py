"""SQLAlchemy models: the application's tables, the two link tables, and the page's queries as scopes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column, relationship

_BLANKS = " \t\r\n\u00a0"


class Base(DeclarativeBase):
    """All tables of the system live in its own schema."""

    metadata = MetaData(schema="topics")


class Entry(Base):
    """A press entry. Tags are comma-separated text, as editors type it."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    tags: Mapped[str | None] = mapped_column(Text)
    title_tags: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))

    topic_links: Mapped[list[EntryTopic]] = relationship(back_populates="entry", viewonly=True)
    title_topic_links: Mapped[list[EntryTitleTopic]] = relationship(back_populates="entry", viewonly=True)
    topics: Mapped[list[Topic]] = relationship(secondary="topics.entry_topics", viewonly=True)
    title_topics: Mapped[list[Topic]] = relationship(secondary="topics.entry_title_topics", viewonly=True)


class Topic(Base):
    """A topic that the press is watched for."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)

    tags: Mapped[list[TopicTag]] = relationship(back_populates="topic", cascade="all, delete-orphan")
    entry_links: Mapped[list[EntryTopic]] = relationship(back_populates="topic", viewonly=True)
    title_entry_links: Mapped[list[EntryTitleTopic]] = relationship(back_populates="topic", viewonly=True)


class TopicTag(Base):
    """A tag that makes an entry belong to a topic."""

    __tablename__ = "topic_tags"

    topic_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Topic.id, ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)

    topic: Mapped[Topic] = relationship(back_populates="tags")

    __table_args__ = (
        CheckConstraint("tag <> '' AND tag = btrim(tag, E' \\t\\r\\n\\u00a0')", name="topic_tags_tag_is_trimmed"),
        Index("topic_tags_tag_idx", tag),
    )


class EntryTopic(Base):
    """A link kept by denorm_assets: the entry belongs to the topic by its tags. Read it; never write it."""

    __tablename__ = "entry_topics"

    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Entry.id, ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Topic.id, ondelete="CASCADE"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    entry: Mapped[Entry] = relationship(back_populates="topic_links", viewonly=True)
    topic: Mapped[Topic] = relationship(back_populates="entry_links", viewonly=True)


class EntryTitleTopic(Base):
    """A link kept by denorm_assets: the entry belongs to the topic by its title's tags. Read it; never write it."""

    __tablename__ = "entry_title_topics"

    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Entry.id, ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Topic.id, ondelete="CASCADE"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    entry: Mapped[Entry] = relationship(back_populates="title_topic_links", viewonly=True)
    topic: Mapped[Topic] = relationship(back_populates="title_entry_links", viewonly=True)


APPLICATION_TABLES: tuple[Table, ...] = tuple(
    Base.metadata.tables[f"topics.{name}"] for name in ("entries", "topics", "topic_tags")
)
"""What the application itself creates; the link tables are made by `apply`."""


def for_topic(topic_id: int, *, limit: int = 50, offset: int = 0) -> Select[tuple[Entry]]:
    """Enabled entries of a topic by their tags, newest first, through the links."""
    return _through_links(EntryTopic.entry_id, EntryTopic.topic_id, EntryTopic.published_at, topic_id, limit, offset)


def for_topic_title(topic_id: int, *, limit: int = 50, offset: int = 0) -> Select[tuple[Entry]]:
    """Enabled entries of a topic by the tags of their titles, newest first, through the links."""
    return _through_links(
        EntryTitleTopic.entry_id, EntryTitleTopic.topic_id, EntryTitleTopic.published_at, topic_id, limit, offset
    )


def for_topic_by_parsing(topic_id: int, *, limit: int = 50, offset: int = 0) -> Select[tuple[Entry]]:
    """The same rows as `for_topic`, by parsing the tags of every entry."""
    return _by_parsing(Entry.tags, topic_id, limit, offset)


def for_topic_title_by_parsing(topic_id: int, *, limit: int = 50, offset: int = 0) -> Select[tuple[Entry]]:
    """The same rows as `for_topic_title`, by parsing the title tags of every entry."""
    return _by_parsing(Entry.title_tags, topic_id, limit, offset)


def _through_links(
    entry_id: InstrumentedAttribute[int],
    link_topic_id: InstrumentedAttribute[int],
    published_at: InstrumentedAttribute[datetime],
    topic_id: int,
    limit: int,
    offset: int,
) -> Select[tuple[Entry]]:
    return (
        select(Entry)
        .join(entry_id.class_, Entry.id == entry_id)
        .where(link_topic_id == topic_id, Entry.enabled)
        .order_by(published_at.desc(), entry_id.desc())
        .limit(limit)
        .offset(offset)
    )


def _by_parsing(
    tags: InstrumentedAttribute[str | None], topic_id: int, limit: int, offset: int
) -> Select[tuple[Entry]]:
    typed = func.unnest(func.string_to_array(tags, ",")).table_valued("tag", name="typed").render_derived()
    named = (
        exists()
        .select_from(typed)
        .where(TopicTag.tag == func.btrim(typed.c.tag, _BLANKS), TopicTag.topic_id == topic_id)
    )
    return (
        select(Entry)
        .where(Entry.enabled, named)
        .order_by(Entry.published_at.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    )
