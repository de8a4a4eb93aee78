"""Arithmetic on the IDs that backfills range over: integers and UUIDs, both discrete and ordered."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from denorm_assets.errors import BadRange

Id = int | UUID

_INTEGER_DIGITS = 9
_MAX_UUID = 2**128 - 1


class IdKind(Enum):
    """The type of a driving column, named as PostgreSQL names it.

    Example:
        CachedSet("likes", "SELECT user_id, item_id FROM likes", "user_id", "item_id", owner_ids=IdKind.UUID)
    """

    INTEGER = "integer"
    UUID = "uuid"

    @classmethod
    def of_type(cls, type_name: str) -> IdKind | None:
        """The kind of a PostgreSQL column type, or None where IDs of that type cannot be ranged over."""
        if type_name in ("smallint", "integer", "bigint"):
            return cls.INTEGER
        return cls.UUID if type_name == "uuid" else None

    def parse(self, text: str) -> Id:
        """Read an ID as a person writes it. Raises BadRange."""
        try:
            return UUID(text) if self is IdKind.UUID else int(text)
        except ValueError:
            wanted = "a UUID such as 018f2c3e-0000-7000-8000-000000000000" if self is IdKind.UUID else "a whole number"
            raise BadRange(f"{text!r} is not an ID of this table", f"Give {wanted}") from None

    def show(self, value: Id) -> str:
        """Text padded so that range keys sort as their IDs do, up to a billion (longer keys would be hard to read)."""
        return str(value) if isinstance(value, UUID) else f"{value:0{_INTEGER_DIGITS}d}"


def successor(value: Id) -> Id | None:
    """The next ID, or None after the last possible UUID."""
    if isinstance(value, UUID):
        return UUID(int=value.int + 1) if value.int < _MAX_UUID else None
    return value + 1


def precedes(left: Id, right: Id) -> bool:
    """Whether `left` < `right`; IDs of different kinds have no order (TypeError)."""
    if isinstance(left, UUID) and isinstance(right, UUID):
        return left < right
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    raise TypeError("an integer and a UUID have no common order")
