"""Generated source tables: their DDL, their rows and the values that they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from tests.stress.oracle.choosing import Chooser

ROLES: Mapping[str, str] = {
    "id": "key",
    "ref": "key",
    "other": "key",
    "grp": "int",
    "n": "int",
    "amount": "numeric",
    "name": "text",
    "tags": "texts",
    "nums": "ints",
    "csv": "text",
    "flag": "bool",
}
"""What a source's columns are for -> their class; columns of one class can be compared."""

_PLAIN = {role: role for role in ROLES}
_ODD = {
    **_PLAIN,
    "id": "Id",
    "ref": "Ref Id",
    "other": "select",
    "grp": "grp%",
    "name": "na\"me'",
    "tags": "{Tags}",
    "n": "images",
    "csv": "changed",
}


@dataclass(frozen=True)
class Source:
    """A source table.

    Attributes:
        loose: whether its `id` is neither unique nor free of NULL.
        parent: the table that its `ref` refers to by a foreign key.
    """

    schema: str
    table: str
    columns: Mapping[str, str]
    key_type: str
    loose: bool = False
    partitioned: bool = False
    parent: Source | None = None
    on_delete: str = ""

    @property
    def name(self) -> str:
        """The table's name as SQL."""
        identifier = sql.Identifier(self.table) if self.schema == "s" else sql.Identifier(self.schema, self.table)
        return identifier.as_string()

    @property
    def driving(self) -> tuple[str, ...]:
        """The ID column as IdRanges names it; text has no ranges."""
        return () if self.key_type == "text" else (f"{self.schema}.{self.table}.{self.columns['id']}",)

    @property
    def key_class(self) -> str:
        """What its keys are; those of one class can be compared."""
        return self.key_type if self.key_type in ("uuid", "text") else "whole number"

    def column(self, role: str) -> str:
        """A column's name as SQL."""
        return sql.Identifier(self.columns[role]).as_string()

    def leaf(self, number: int) -> str:
        """A partition's name as SQL."""
        return sql.Identifier(self.schema, f"{self.table} part {number}").as_string()

    def ddl(self) -> list[str]:
        """Statements that create it."""
        parts = [f"{self.column(role)} {type_of(self, role)}" for role in ROLES]
        if not self.loose:
            parts[0] += " PRIMARY KEY"
        if self.parent is not None:
            parts[1] += (
                f" REFERENCES {self.parent.name} ({self.parent.column('id')})"
                f" ON DELETE {self.on_delete} ON UPDATE {'CASCADE' if self.on_delete == 'CASCADE' else 'SET NULL'}"
            )
        table = sql.Identifier(self.schema, self.table).as_string()
        statements = [f"CREATE TABLE {table} ({', '.join(parts)})"]
        if self.partitioned:
            statements[0] += f" PARTITION BY HASH ({self.column('id')})"
            statements += [
                f"CREATE TABLE {self.leaf(n)} PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER {n})"
                for n in range(2)
            ]
        return statements


def type_of(source: Source, role: str) -> str:
    """A column's type."""
    kind = ROLES[role]
    types = {"int": "integer", "numeric": "numeric(8,2)", "texts": "text[]", "ints": "integer[]", "bool": "boolean"}
    return source.key_type if kind == "key" else types.get(kind, kind)


def key_value(key_type: str, number: int) -> str:
    """The `number`-th key as SQL."""
    texts = {"uuid": f"'00000000-0000-0000-0000-00000000000{number}'::uuid", "text": f"'Kéy {number}, \"\\ x'::text"}
    return texts.get(key_type, str(number))


def value(c: Chooser, source: Source, role: str) -> str:
    """A value for a column as SQL; few enough that rows meet."""
    kind = ROLES[role]
    if role == "id" and not source.loose:
        return key_value(source.key_type, c.count(1, 6))
    if c.chance(20):
        return "NULL"
    if kind == "key":
        return key_value(source.key_type, c.count(1, 6))
    if role == "csv":
        return c.pick(["'a'", "'a,b'", "''", "'b, c'", "'d,d'"])
    return {
        "int": lambda: str(c.count(0, 4)),
        "numeric": lambda: c.pick(["0", "1.5", "2.25"]),
        "text": lambda: c.pick(["'a'", "'b'", "'c'", "'B'", "'1'"]),
        "texts": lambda: c.pick(["'{a}'", "'{}'", "'{a,b}'", "'{b,c,b}'", "'{NULL,a}'"]) + "::text[]",
        "ints": lambda: c.pick(["'{1}'", "'{}'", "'{2,3}'", "'{3,NULL}'"]) + "::integer[]",
        "bool": lambda: c.pick(["true", "false"]),
    }[kind]()


def row(c: Chooser, source: Source) -> str:
    """A row as SQL."""
    return "(" + ", ".join(value(c, source, role) for role in ROLES) + ")"


def insert(c: Chooser, source: Source, rows: int) -> str:
    """An INSERT that leaves out rows whose key is taken or whose parent is missing."""
    names = ", ".join(source.column(role) for role in ROLES)
    values = ", ".join(row(c, source) for _ in range(rows))
    where = ""
    if source.parent is not None:
        ref = source.column("ref")
        parents = f"SELECT {source.parent.column('id')} FROM {source.parent.name}"
        where = f" WHERE v.{ref} IS NULL OR v.{ref}::{source.key_type} IN ({parents})"
    wanted = ", ".join(f"v.{source.column(role)}::{type_of(source, role)}" for role in ROLES)
    return f"INSERT INTO {source.name} ({names}) SELECT {wanted} FROM (VALUES {values}) AS v ({names}){where}" + (
        "" if source.loose else " ON CONFLICT DO NOTHING"
    )


def sources(c: Chooser) -> list[Source]:
    """Two to four tables."""
    key_types = c.pick([["integer"], ["bigint"], ["uuid"], ["text"], ["integer", "bigint"]])
    made: list[Source] = []
    odd = c.chance(25)
    names = ["Order", "Line Item", "t%s {}", "select"] if odd else ["t1", "t2", "t3", "t4"]
    for number in range(c.count(2, 4)):
        key_type = c.pick(key_types)
        parents = [each for each in made if not each.loose and each.key_type == key_type]
        parent = c.pick(parents) if parents and c.chance(25) else None
        made.append(
            Source(
                "s2" if number and c.chance(20) else "s",
                names[number],
                _ODD if odd else _PLAIN,
                key_type,
                loose=c.chance(20),
                partitioned=c.chance(12),
                parent=parent,
                on_delete=c.pick(["CASCADE", "SET NULL"]),
            )
        )
    return made
