"""SQLAlchemy models: the application's tables and the links that are kept from their arrays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_TAG_IDS: ARRAY[UUID | None] = ARRAY(Uuid)


class Base(DeclarativeBase):
    """All tables of the system live in its own schema."""

    metadata = MetaData(schema="gallery")


class Tag(Base):
    """A tag of the vocabulary."""

    __tablename__ = "tags"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class ContentItem(Base):
    """What people publish themselves. `tags` holds the IDs of tags, as the application writes them."""

    __tablename__ = "content_items"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    creator_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    title: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[UUID | None] | None] = mapped_column(_TAG_IDS)

    __table_args__ = (
        Index("content_items_newest_idx", created_at.desc(), id.desc()),
        Index("content_items_creator_idx", creator_id, created_at.desc(), id.desc()),
        Index("content_items_tags_idx", tags, postgresql_using="gin"),
    )


class ContentItemAuto(Base):
    """What the service makes for people. Its IDs are counted by themselves: both tables have an item 1."""

    __tablename__ = "content_items_auto"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    creator_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    title: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[UUID | None] | None] = mapped_column(_TAG_IDS)

    __table_args__ = (
        Index("content_items_auto_newest_idx", created_at.desc(), id.desc()),
        Index("content_items_auto_creator_idx", creator_id, created_at.desc(), id.desc()),
        Index("content_items_auto_tags_idx", tags, postgresql_using="gin"),
    )


class ContentTag(Base):
    """A link kept by denorm_assets: this content has this tag. Read it; never write it."""

    __tablename__ = "content_tags"

    content_source: Mapped[str] = mapped_column(Text, primary_key=True)
    content_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


APPLICATION_TABLES: tuple[Table, ...] = tuple(
    Base.metadata.tables[f"gallery.{name}"] for name in ("content_items", "content_items_auto", "tags")
)
"""What the application itself creates; the links' table and its partitions are made by `apply`."""
