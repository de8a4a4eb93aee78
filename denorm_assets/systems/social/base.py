"""What all tables of the system have in common, and its users."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    MetaData,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Time = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True), server_default=func.now())]
MaybeTime = Annotated[datetime | None, mapped_column(TIMESTAMP(timezone=True))]
Words = Annotated[str, mapped_column(Text)]
SomeWords = Annotated[str, mapped_column(Text, server_default="")]


class Base(DeclarativeBase):
    """All tables of the system live in its own schema."""

    metadata = MetaData(schema="social")


class User(Base):
    """A builder."""

    __tablename__ = "users"

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[Words]
    bio: Mapped[SomeWords]
    location: Mapped[SomeWords]
    created_at: Mapped[Time]
    updated_at: Mapped[Time]

    __table_args__ = (
        Index("users_location_idx", "location"),
        Index("users_lower_username_idx", text("lower(username) text_pattern_ops")),
    )
