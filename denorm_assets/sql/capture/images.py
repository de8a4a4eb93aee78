"""Rows of a source as images: arrays of its logged columns as text, in the statements of a capture function.

No column of the source is named where its absence would be an error: an unqualified `c` in `gone, LATERAL (SELECT c
FROM new_rows AS changed)` is the row's column if it is there, and otherwise that of `gone`, a relation of NULLs one
scope further out; the planner folds both into a plain scan. Everything becomes text, so that a new type is no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.sql.statement import Listing, Part, Raw, Statement, name

_DATES = ("DateStyle = 'ISO, YMD'", "TimeZone = 'UTC'")
_INTERVALS = ("IntervalStyle = 'postgres'",)
_FLOATS = ("extra_float_digits = 1",)
_BYTES = ("bytea_output = 'hex'",)
_PATH = "search_path = pg_catalog, pg_temp"
_ALL = (_PATH, *_DATES, *_INTERVALS, *_FLOATS, *_BYTES)
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "oid", "boolean", "uuid", "json", "jsonb"), ()),
    **dict.fromkeys(("text", "character varying", "character", '"char"', "name", "bit", "bit varying"), ()),
    **dict.fromkeys(("inet", "cidr", "macaddr", "macaddr8", "tsvector", "tsquery"), ()),
    **dict.fromkeys(("date", "timestamp without time zone", "timestamp with time zone"), _DATES),
    **dict.fromkeys(("time without time zone", "time with time zone"), _DATES),
    "interval": _INTERVALS,
    **dict.fromkeys(("real", "double precision"), _FLOATS),
    "bytea": _BYTES,
}
"""Settings that decide how values of a type, or arrays of it, look as text; of a type not listed, any may."""
_BOUNDED = frozenset(
    [
        *("smallint", "integer", "bigint", "numeric", "oid", "boolean", "uuid", "real", "double precision", "money"),
        *("date", "timestamp without time zone", "timestamp with time zone", "time without time zone", "interval"),
        *("time with time zone", "inet", "cidr", "macaddr", "macaddr8", "pg_lsn"),
    ]
)
"""Types none of whose values is large."""
_LARGEST_COMPARED = 1_000_000
"""Bytes, as they are stored, of the columns of a row that are compared: beyond, the row counts as changed.

Compressed values may be 255 times as large in memory, and PostgreSQL makes no row of 1 GB.
"""
_LARGEST_TEXT = 250_000_000
"""Bytes of an image's texts: beyond, everything is stale. PostgreSQL makes no array of 1 GB."""
_SHORT: Mapping[str, int] = dict.fromkeys(("text", "character varying", "character"), 10_000)
"""Bytes, as they are stored, up to which a value's text is certainly not too long. Of other types, 100."""
_TEXT = (
    "CASE WHEN pg_catalog.pg_column_size({c}) OPERATOR(pg_catalog.<=) {short} THEN pg_catalog.concat({c}){long} END"
    ' COLLATE pg_catalog."C" AS {v}'
)
"""A column as text, by its type's output function: a cast may be one that the type's owner wrote, and run as ours.

`IS NULL` would take a composite value of NULLs for NULL. The collation compares bytes: under its own, a column may hold
different values that count as equal.
"""
_LONG = " WHEN pg_catalog.num_nonnulls({c}) OPERATOR(pg_catalog.=) 1 THEN denorm.text_of({c}, {most}, {source})"
_PRECISION = re.compile(r"\(\d+(,-?\d+)?\)")
_MODIFIER = re.compile(_PRECISION.pattern + r"|\[\]")


@dataclass(frozen=True)
class Source:
    """A source, as capture makes images of its rows.

    Attributes:
        logged: the columns of an image, in its order.
        both: the columns whose change counts, the logged ones first.
        large: those of them whose values may be large, and up to which size each one's text is short.
    """

    id: int
    logged: tuple[str, ...]
    both: tuple[str, ...]
    large: Mapping[str, int]


def source_of(
    source_id: int, logged: Sequence[str], compared: Sequence[str], types: Mapping[str, str] | None
) -> Source:
    """The source whose `logged` columns make an image, and in which a change of any of `compared` counts.

    `types` are those of all columns that the source has; None where they are unknown.
    """
    both = tuple(dict.fromkeys([*logged, *compared]))
    kinds = {column: _PRECISION.sub("", (types or {}).get(column, "")) for column in both}
    large = {column: _SHORT.get(kind, 100) for column, kind in kinds.items() if kind not in _BOUNDED}
    return Source(source_id, tuple(logged), both, large)


def settings_for(source: Source, types: Mapping[str, str] | None) -> tuple[str, ...]:
    """The settings that the texts of the source's columns depend on, and the search path, as `name = value`."""
    if types is None:
        return _ALL
    named = [types[column] for column in source.both if column in types]
    needed = [(_PATH,), *(_SETTINGS.get(_MODIFIER.sub("", each), _ALL) for each in named)]
    return tuple(setting for setting in _ALL if any(setting in each for each in needed))


def rows_as_text(source: Source, rows: str, *, distinct: bool = False, tail: str = "") -> Statement:
    """The logged columns of all `rows`; NULL for those that are gone."""
    return Statement(
        "SELECT {distinct}{values} FROM (SELECT {gone}) AS gone,\n"
        "            LATERAL (SELECT {texts} FROM {rows} AS changed{tail}) AS shown",
        {
            "distinct": Raw("DISTINCT " if distinct else ""),
            "values": values_of("shown", source.logged),
            "gone": _gone(source.logged),
            "texts": _texts(source, [name(column) for column in source.logged]),
            "rows": Raw(rows),
            "tail": Raw(tail),
        },
    )


def differing_as_text(source: Source, *, most: int | None = None) -> Statement:
    """The logged columns of rows that an update changed, as they were and as they are: equal ones once.

    Of no more than `most` rows, if that is given, equal ones are looked for in each row only, which costs less.
    PostgreSQL hands both in the same order. Were they in another one, more rows would count as changed, none fewer:
    what counts as unchanged was taken away and added with the same values.
    """
    few, alike = most is not None, len(source.logged) < len(source.both)
    limit = f" LIMIT {most}" if few else ""
    images = [name("image", f"v{n}") for n, _ in enumerate(source.logged, 1)]
    sides = [Raw(f"CASE WHEN side.was THEN o.v{n} ELSE n.v{n} END AS v{n}") for n, _ in enumerate(source.logged, 1)]
    return Statement(
        "SELECT {distinct}{values} FROM {old} AS o\n"
        "            FULL JOIN {new} AS n ON n.number OPERATOR(pg_catalog.=) o.number,\n"
        "            (VALUES (true), (false)) AS side (was), LATERAL (SELECT {sides}) AS image,\n"
        "            LATERAL (SELECT {texts}) AS shown\n"
        "            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND {differ}{once}",
        {
            "distinct": Raw("DISTINCT " if alike and not few else ""),
            "values": values_of("shown", source.logged),
            "old": _numbered(source, "old_rows", limit),
            "new": _numbered(source, "new_rows", limit),
            "sides": _or_null(sides),
            "texts": _texts(source, images),
            "differ": Raw(_differ(source, source.both)),
            "once": Raw(f"\n            AND (side.was OR {_differ(source, source.logged)})" if alike and few else ""),
        },
    )


def _numbered(source: Source, rows: str, limit: str) -> Statement:
    """The columns of `rows` as v1, v2, ... with the row's number, and the size of the largest that may be large.

    OFFSET has large values left behind before rows are numbered and joined.
    """
    values = [
        Statement(
            "CASE WHEN (pg_catalog.pg_column_size({c}) OPERATOR(pg_catalog.>) {most}) IS NOT TRUE THEN {c} END AS {v}"
            if column in source.large and column not in source.logged
            else "{c} AS {v}",
            {"c": name(column), "v": Raw(f"v{n}"), "most": Raw(str(_largest_compared(source)))},
        )
        for n, column in enumerate(source.both, 1)
    ]
    sizes = [
        Statement("pg_catalog.pg_column_size({c})", {"c": name(column)})
        for column in source.both
        if column in source.large
    ]
    if sizes:
        values.append(Statement("GREATEST({sizes}) AS size", {"sizes": Listing(tuple(sizes))}))
    return Statement(
        "(SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT {gone}) AS gone,\n"
        "                LATERAL (SELECT {values} FROM {rows} AS changed{limit}) AS shown{fence}) AS part)",
        {
            "gone": _gone(source.both),
            "values": _or_null(values),
            "rows": Raw(rows),
            "limit": Raw(limit),
            "fence": Raw(" OFFSET 0" if sizes else ""),
        },
    )


def _differ(source: Source, columns: Sequence[str]) -> str:
    """Whether the rows `o` and `n` differ in the first `columns`, by image; where they are large, nobody looks."""
    old, new = (
        f"ROW({', '.join([f'{row}.number', *(f'{row}.v{n}' for n, _ in enumerate(columns, 1))])})" for row in ("o", "n")
    )
    differ = f"pg_catalog.record_image_ne({old}, {new})"
    if not source.large:
        return differ
    size = f"GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) {_largest_compared(source)}"
    return f"CASE WHEN {size} THEN true ELSE {differ} END"


def _largest_compared(source: Source) -> int:
    return _LARGEST_COMPARED // max(len(source.large), 1)


def row_as_text(source: Source, row: str) -> Statement:
    """The columns of OLD or NEW as texts, the logged ones first. A large one that is compared only, differs."""
    compared = source.both[len(source.logged) :]
    values = [
        Statement(
            "CASE WHEN pg_catalog.pg_column_size({c}) OPERATOR(pg_catalog.>) {most}"
            " THEN pg_catalog.concat(pg_catalog.gen_random_uuid())"
            " WHEN pg_catalog.num_nonnulls({c}) OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat({c}) END AS {v}",
            {"c": name(column), "v": Raw(f"v{n}"), "most": Raw(str(_largest_compared(source)))},
        )
        for n, column in enumerate(compared, len(source.logged) + 1)
    ]
    logged = _texts(source, [name(column) for column in source.logged])
    return Statement(
        "(SELECT ARRAY[{values}]::pg_catalog.text[] FROM (SELECT {gone}) AS gone,\n"
        "                LATERAL (SELECT {texts} FROM (SELECT {row}.*) AS changed) AS shown)",
        {
            "values": values_of("shown", source.both),
            "gone": _gone(source.both),
            "texts": Listing((*(logged.parts if source.logged else ()), *values) or (Raw("NULL"),)),
            "row": Raw(row),
        },
    )


def _texts(source: Source, columns: Sequence[Part]) -> Listing:
    """`columns`, which are the logged ones, as texts v1, v2, ..."""
    parts: list[Part] = []
    for n, (column, part) in enumerate(zip(source.logged, columns, strict=True), 1):
        long = Statement(
            _LONG,
            {"c": part, "most": Raw(str(_LARGEST_TEXT // len(source.logged))), "source": Raw(str(source.id))},
        )
        parts.append(
            Statement(
                _TEXT,
                {
                    "c": part,
                    "v": Raw(f"v{n}"),
                    "short": Raw(str(source.large.get(column, _LARGEST_COMPARED))),
                    "long": long if column in source.large else Raw(""),
                },
            )
        )
    return _or_null(parts)


def _gone(columns: Sequence[str]) -> Listing:
    return _or_null([Statement("NULL::pg_catalog.text AS {c}", {"c": name(column)}) for column in columns])


def values_of(of: str, columns: Sequence[str]) -> Listing:
    """The texts of `columns` in the relation `of`."""
    return _or_null([Raw(f"{of}.v{n}") for n, _ in enumerate(columns, 1)])


def _or_null(parts: Sequence[Part]) -> Listing:
    return Listing(tuple(parts) or (Raw("NULL"),))
