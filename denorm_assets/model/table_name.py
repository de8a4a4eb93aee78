"""Names of tables, with or without a schema."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class TableName:
    """A table; `schema` is None where the system's own schema is meant.

    Example:
        TableName("orders", schema="shop")
    """

    name: str
    schema: str | None = None

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Read `table` or `schema.table`."""
        schema, _, name = text.rpartition(".")
        return cls(name, schema or None)

    def within(self, schema: str) -> TableName:
        """The same table with its schema spelled out, `schema` being the default."""
        return self if self.schema else TableName(self.name, schema)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name
