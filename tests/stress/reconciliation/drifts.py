"""Drifts put into read models behind everybody's back, each written down."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from denorm_assets.model.catalog.described import Column, DescribedModel

KINDS = ("missing", "extra", "altered", "null", "moved")

# type -> another value than the column `c` holds, and a value in the place of NULL; all others are numbers.
_VALUES: Mapping[str, tuple[str, str]] = {
    "boolean": ("NOT {c}", "true"),
    "text": ("{c} || '~'", "'drifted'"),
    "json": ("json_build_object('drifted', true)", "'[]'::json"),
    "jsonb": ("jsonb_build_object('drifted', true)", "'[]'::jsonb"),
    "point": ("point(-1, -1)", "point(-1, -1)"),
    "bytea": ("{c} || {c}", "'drifted'::bytea"),
    "uuid": ("gen_random_uuid()", "gen_random_uuid()"),
    "text[]": ("{c} || ARRAY['drifted']", "ARRAY['drifted']"),
    "tsvector": ("'drifted:7'::tsvector", "'drifted:7'::tsvector"),
    "date": ("{c} + 1000", "date '2001-01-01'"),
    "timestamp with time zone": ("{c} + interval '1000 days'", "timestamptz '2001-01-01 00:00:00+00'"),
}
_NUMBER = ("{c} + 1000000000", "1000000007")


@dataclass(frozen=True)
class Drift:
    """One row put wrong.

    Attributes:
        keys: the keys, as JSON, of which a repair has to write something down: a moved row has two.
    """

    model: str
    kind: str
    column: str
    keys: frozenset[str]


class Drifter:
    """Puts rows of one read model wrong, each row once at most, of the anchors that `cold` (a condition) allows."""

    def __init__(self, described: DescribedModel, cold: str, seed: str) -> None:
        self._described = described
        self._dice = random.Random(seed)
        self._cold = cold
        self._left: list[tuple[Any, ...]] | None = None
        fixed = {column for driver in described.drivers for column, _ in driver.driver.discriminators}
        self._movable = [c for c in described.columns if c.name in described.model.key and c.name not in fixed]
        self._others = [c for c in described.columns if c.name not in described.model.key]
        self._nullable = [c for c in self._others if not c.not_null]

    def drift(self, connection: psycopg.Connection[Any], how_many: int) -> list[Drift]:
        """Put `how_many` more rows wrong; fewer where they run out."""
        if self._left is None:
            self._left = self._draw(connection)
        done: list[Drift] = []
        while self._left and len(done) < how_many:
            drift = self._one(connection, self._left.pop())
            # A row that a writer deletes meanwhile is none that can be put wrong.
            done += [drift] if drift is not None else []
        return done

    def _draw(self, connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        rows = connection.execute(
            self._compose("SELECT {key} FROM {table} WHERE " + self._cold + " ORDER BY {key}")
        ).fetchall()
        self._dice.shuffle(rows)
        return rows

    def _one(self, connection: psycopg.Connection[Any], key: tuple[Any, ...]) -> Drift | None:
        kinds = [kind for kind in KINDS if self._others or kind not in ("altered", "null")]
        kind = self._dice.choice([k for k in kinds if self._nullable or k != "null"])
        column = (
            self._dice.choice(
                self._movable if kind in ("extra", "moved") else self._nullable if kind == "null" else self._others
            )
            if kind != "missing"
            else self._movable[0]
        )
        found = self._change(connection, kind, column, key)
        return Drift(self._described.full_name, kind, column.name, frozenset(found)) if found else None

    def _change(
        self, connection: psycopg.Connection[Any], kind: str, column: Column, key: tuple[Any, ...]
    ) -> list[str]:
        """Do it; returns the keys of which a repair has to write something down."""
        names = self._described.model.key
        is_it = sql.SQL(" AND ").join(
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(name), sql.Literal(value))
            for name, value in zip(names, key, strict=True)
        )
        if kind == "missing":
            statement = sql.SQL("DELETE FROM {table} WHERE {is_it} RETURNING {shown}")
        elif kind == "extra":
            statement = sql.SQL(
                "INSERT INTO {table} ({columns}) SELECT {copied} FROM {table} WHERE {is_it} RETURNING {shown}"
            )
        else:
            statement = sql.SQL("UPDATE {table} SET {column} = {value} WHERE {is_it} RETURNING {shown}")
        value = _another(column, none=kind == "null")
        composed = statement.format(
            table=self._table,
            is_it=is_it,
            column=sql.Identifier(column.name),
            columns=_names(self._described.column_names),
            copied=sql.SQL(", ").join(
                value if each.name == column.name else sql.Identifier(each.name) for each in self._described.columns
            ),
            value=value,
            shown=self._shown,
        )
        rows = connection.execute(composed).fetchall()
        if not rows:
            return []
        after = as_key(rows[0][0])
        before = as_key(dict(zip(names, (_plain(value) for value in key), strict=True)))
        return {"missing": [before], "extra": [after], "moved": [before, after]}.get(kind, [before])

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(self._described.schema, self._described.model.name)

    @property
    def _shown(self) -> sql.Composed:
        pairs = [
            sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(name)) for name in self._described.model.key
        ]
        return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))

    def _compose(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(table=self._table, key=_names(self._described.model.key))  # pyright: ignore[reportArgumentType]


def as_key(found: Mapping[str, Any]) -> str:
    """A key as text that can be compared."""
    return json.dumps(found, sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


def _another(column: Column, *, none: bool) -> sql.Composed:
    """Another value for `column`; with `none`, NULL where it has one."""
    another, instead_of_null = _VALUES.get(column.type, _NUMBER)
    text = f"CASE WHEN {{c}} IS NULL THEN {instead_of_null} ELSE {'NULL' if none else another} END"
    return sql.SQL(text).format(c=sql.Identifier(column.name))  # pyright: ignore[reportArgumentType]


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
