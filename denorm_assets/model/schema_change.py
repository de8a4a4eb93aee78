"""Changes of the application's own tables, declared: text identifiers that become `uuid`, and soft deletes."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class KeyColumn:
    """A column that identifies the rows of its table."""

    table: TableName
    column: str


@dataclass(frozen=True, init=False)
class Identifiers:
    """Text columns that hold UUIDs and become native ones: `Identifiers("users.id", "notebooks.id")`.

    Each gets a `uuid` column beside it under a name of its own (`uuid_name`), in step with it until it is dropped. The
    columns that refer to them by a foreign key, and those that refer to these, become `uuid` with them.

    Example:
        Identifiers("users.id", "notebooks.id")
    """

    keys: tuple[KeyColumn, ...]

    def __init__(self, *keys: str) -> None:
        """Each of `keys` is `table.column` or `schema.table.column`. Raises ValueError for other forms."""
        parts = [key.rpartition(".") for key in keys]
        if not parts or not all(table and column for table, _, column in parts):
            raise ValueError("name each identifier as table.column")
        object.__setattr__(self, "keys", tuple(KeyColumn(TableName.parse(table), name) for table, _, name in parts))


def uuid_name(column: str) -> str:
    """Name of the `uuid` column in place of a text one: `uid` for `id`, `owner_uid` for `owner_id`."""
    return f"{column[:-2]}uid" if column == "id" or column.endswith("_id") else f"{column}_uid"


@dataclass(frozen=True)
class Expand:
    """Adds the `uuid` columns, empty, and triggers that keep them in step with the text ones.

    Example:
        Phase("phase_1", work=Expand(Identifiers("users.id")))
    """

    identifiers: Identifiers


@dataclass(frozen=True)
class Fill:
    """Fills the `uuid` columns of rows that were there before, and compares both.

    Example:
        Phase("phase_2", work=Fill(Identifiers("users.id")))
    """

    identifiers: Identifiers


@dataclass(frozen=True)
class Switch:
    """Moves primary and foreign keys to the `uuid` columns; text ones stay, unique, for statements that use them.

    Example:
        Phase("phase_3", work=Switch(Identifiers("users.id")))
    """

    identifiers: Identifiers


@dataclass(frozen=True)
class Contract:
    """Drops the text columns. It cannot be undone, so only a person starts it.

    Example:
        Phase("phase_4", work=Contract(Identifiers("users.id")))
    """

    identifiers: Identifiers


KEEP_DAYS = 30


@dataclass(frozen=True)
class SoftDeletes:
    """Rows are marked in `deleted_at`, hidden by a view `<table>_live` of each table, and purged by age.

    Attributes:
        tables: the tables, parents first.
        keep_days: how long a marked row is kept; None for 30, which has to be said where the application has marked
            rows before.

    Example:
        Phase("soft_deletes", work=SoftDeletes((TableName("notebooks"), TableName("notes")), keep_days=90))
    """

    tables: tuple[TableName, ...]
    keep_days: int | None = None

    @property
    def kept_days(self) -> int:
        """How long a marked row is kept."""
        return KEEP_DAYS if self.keep_days is None else self.keep_days


IdentifierWork = Expand | Fill | Switch | Contract
SchemaWork = IdentifierWork | SoftDeletes
