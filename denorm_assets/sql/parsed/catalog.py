"""What PostgreSQL's catalog says of the tables, functions, operators and types that a parsed query names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.sql.parsed.query_tree import Node


@dataclass(frozen=True)
class Key:
    """Columns (by number) in which no two rows of a table agree; with `nulls_equal`, not even in NULLs."""

    columns: frozenset[int]
    nulls_equal: bool


@dataclass(frozen=True)
class Relation:
    """What keeps the rows of a table apart; its primary key comes first."""

    keys: Sequence[Key] = ()
    not_null: Collection[int] = ()


@dataclass(frozen=True)
class Catalog:
    """What PostgreSQL's catalog says of what a query names, by OID.

    Attributes:
        functions: their names; `strict`: those that are NULL where an argument is; `distinct`: functions in FROM whose
            first column never repeats; `injective`: casts that make different values of different ones.
        free: aggregates and window functions whose value depends on no order of rows among equals; `inexact`: those of
            PostgreSQL's own that depend on it only by rounding.
        equality: operators that are the `=` of a default operator class.
        exact: types whose equal values look the same; `loose`: collations under which equal texts may not.
        comparable: types whose values are compared by the `=` of what they hold (arrays, jsonb).
        relations: tables; `views`: what views select.
    """

    functions: Mapping[int, str]
    strict: Collection[int]
    distinct: Collection[int]
    injective: Collection[int]
    free: Collection[int]
    inexact: Collection[int]
    equality: Collection[int]
    exact: Collection[int]
    loose: Collection[int]
    comparable: Collection[int]
    relations: Mapping[int, Relation]
    views: Mapping[int, Node]
