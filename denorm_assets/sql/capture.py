"""Capture: one function per source, whose triggers append to the change log: four for statements, others for rows.

The application's statement must succeed whatever becomes of the source's columns (design rule 12), and a
subtransaction per statement would cost every other session. So no column of the source is named where its absence
would be an error: an unqualified `c` in `gone, LATERAL (SELECT c FROM new_rows AS changed)` is the row's column if it
is there, and otherwise that of `gone`, a relation of NULLs one scope further out; the planner folds both into a plain
scan. Everything is logged as text, so that a new type is no error either.

The function runs with its owner's rights, inside sessions of others: its search path is pinned, all names carry their
schema, and nobody else may execute it (firing a trigger needs no right to). The application waits for every
microsecond here, and each of these costs some: a SET, DISTINCT over a few rows, comparing arrays instead of columns. So
other settings are pinned only where the text of some column depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from denorm_assets.sql.dollar_quotes import quoted_text
from denorm_assets.sql.row_capture import NOTE_MOVES, log_row
from denorm_assets.sql.statement import Listing, Literal, Part, Quoted, Raw, Statement, name

MOST_IMAGES_AT_ONCE = 1_000
"""A statement that changes more rows is left to the drain."""

_TAG = "capture"
"""In the dollar quotes of a capture function, unless a name in it contains them."""

_FEW = 20
"""So many images of a statement are logged unseen; only among more are equal ones looked for."""

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
_LARGEST_IMAGE_AT_ONCE = 100_000
"""Bytes; a larger image is left to the drain."""
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
_SEQUENCE = "pg_catalog.to_regclass('denorm.{0}')"
_ROOM = (
    "CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN\n"
    "        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN\n"
    f"            CASE WHEN pg_catalog.has_sequence_privilege({_SEQUENCE.format('log_room')}, 'SELECT')\n"
    f"            THEN pg_catalog.pg_sequence_last_value({_SEQUENCE.format('log_room')})\n"
    "            ELSE 9223372036854775807 END END END"
)
"""How many rows a statement may log; negative where the log is full. As of now, whatever the snapshot.

NULL where the log or a right on it is missing: then the application goes on, and the check `catalog` tells. To ask
costs a statement one to two microseconds; a block with EXCEPTION costs a subtransaction.
"""
_MAY_MARK = f"pg_catalog.has_sequence_privilege({_SEQUENCE.format('unlogged_change')}, 'UPDATE')"
_MARK = (
    f"PERFORM pg_catalog.setval({_SEQUENCE.format('unlogged_change')},"
    " pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));"
)
"""Has the next dispatch make everything stale, once this transaction has ended.

Random, so that no two are the same; and neither by nextval nor by random(), because the application's own calls of
lastval() and random() would tell.
"""
_STOPPED = f"""\
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF {_MAY_MARK} THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                {_MARK}
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
"""
_ROW_STOPPED = f"""\
        IF room OPERATOR(pg_catalog.<) 0 AND {_MAY_MARK} THEN
            {_MARK}
            RETURN NULL;
        END IF;
"""
_LIMITED = f"""\
    IF written OPERATOR(pg_catalog.>=) {_FEW}
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 63 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND {_MAY_MARK} THEN
            {_MARK}
        END IF;
        PERFORM denorm.limit_log();
    END IF;
"""
"""To look at the log's size costs some microseconds: each statement of many rows does, and one in 64 of the others."""
_MAY_RECOMPUTE = (
    "pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.dependency'), 'SELECT')\n"
    "        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.read_model'), 'SELECT')"
)
_PRECISION = re.compile(r"\(\d+(,-?\d+)?\)")
_MODIFIER = re.compile(_PRECISION.pattern + r"|\[\]")


def function_name(source_id: int) -> str:
    """Name of a source's capture function, in the schema `denorm`."""
    return f"capture_{source_id}"


def create_function(
    source_id: int,
    logged: Sequence[str],
    compared: Sequence[str],
    types: Mapping[str, str] | None = None,
    *,
    realtime: bool = False,
) -> Statement:
    """The capture function: `logged` columns make an image; an update that changes none of `compared` is no change.

    `types` are those of all columns that the source has; None pins every setting. A column that is retyped later is
    logged as the session shows it until the read model is rebuilt, which the changed fingerprint asks for.
    With `realtime` the images go to `denorm.recompute_now` too, which never fails the application's statement.
    """
    both = tuple(dict.fromkeys([*logged, *compared]))
    settings = _ALL if types is None else _settings([types[column] for column in both if column in types])
    kinds = {column: _PRECISION.sub("", (types or {}).get(column, "")) for column in both}
    large = {column: _SHORT.get(kind, 100) for column, kind in kinds.items() if kind not in _BOUNDED}
    source = _Source(source_id, tuple(logged), both, large, realtime)
    body = Statement(
        "\n"
        # A column may be called like a variable of every trigger: `new`, `found`, `tg_op`.
        "#variable_conflict use_column\n"
        "DECLARE\n    written bigint;\n    room bigint;{images}\n"
        "    was pg_catalog.text[];\n    becomes pg_catalog.text[];\n"
        "BEGIN\n"
        "{moves}"
        "    room := {room};\n"
        "    IF room IS NULL THEN\n        RETURN NULL;\n    END IF;\n"
        "{row}"
        "{stopped}"
        "    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN\n{insert}\n"
        "    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN\n{delete}\n"
        "    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN\n{update}\n"
        "    ELSE\n"
        "        INSERT INTO denorm.change_log (source_id, image) VALUES ({source}, NULL);\n"
        "    END IF;\n{limited}{now}"
        "    RETURN NULL;\n"
        "END ",
        {
            "images": Raw("\n    images denorm.image[];" if realtime else ""),
            "room": Raw(_ROOM),
            "moves": Raw(NOTE_MOVES),
            "row": log_row(
                source_id,
                len(logged),
                (_row_as_text(source, "OLD"), _row_as_text(source, "NEW")),
                stopped=_ROW_STOPPED,
                limited=_LIMITED,
            ),
            "stopped": Raw(_STOPPED),
            "insert": _log_rows(source, "new_rows"),
            "delete": _log_rows(source, "old_rows"),
            "update": _log_differing(source),
            "source": Raw(str(source_id)),
            "limited": Raw(_LIMITED),
            "now": Raw(_recompute_now(source_id) if realtime else ""),
        },
    )
    return Statement(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER{settings} AS {body}",
        {
            "function": name("denorm", function_name(source_id)),
            "settings": Raw("".join(f"\nSET {setting}" for setting in settings)),
            "body": Quoted(body, _TAG),
        },
    )


@dataclass(frozen=True)
class _Source:
    """What the statements of a capture function are made for.

    Attributes:
        both: the columns whose change counts, the logged ones first.
        large: those of them whose values may be large, and up to which size each one's text is short.
    """

    id: int
    logged: tuple[str, ...]
    both: tuple[str, ...]
    large: Mapping[str, int]
    realtime: bool


def _recompute_now(source_id: int) -> str:
    return f"    IF {_MAY_RECOMPUTE} THEN\n        PERFORM denorm.recompute_now({source_id}, images);\n    END IF;\n"


def _settings(types: Sequence[str]) -> tuple[str, ...]:
    needed = [(_PATH,), *(_SETTINGS.get(_MODIFIER.sub("", each), _ALL) for each in types)]
    return tuple(setting for setting in _ALL if any(setting in each for each in needed))


def _log_rows(source: _Source, rows: str) -> Statement:
    """Log the images of `rows`: a few of them as they come, of the others each only once."""
    if source.realtime:
        return _log(source, _rows_as_text(source, rows, distinct=True))
    return Statement(
        "        {first};\n"
        "        GET DIAGNOSTICS written = ROW_COUNT;\n"
        "        IF written OPERATOR(pg_catalog.=) {few} THEN\n{others}\n        END IF;",
        {
            "first": _insert(source, _rows_as_text(source, rows), str(_FEW)),
            "few": Raw(str(_FEW)),
            "others": _log(source, _rows_as_text(source, rows, distinct=True, tail=f" OFFSET {_FEW}")),
        },
    )


def _log_differing(source: _Source) -> Statement:
    """Log the images of rows that an update changed, a few of them by a plan that is made for few.

    PostgreSQL keeps the plan of a session's first update: made for 30,000 rows, it took 0.2 ms for each single one.
    """
    return Statement(
        "        IF EXISTS (SELECT FROM old_rows OFFSET {few}) OR EXISTS (SELECT FROM new_rows OFFSET {few}) THEN\n"
        "{many}\n        ELSE\n{few_rows}\n        END IF;",
        {
            "few": Raw(str(_FEW)),
            "many": _log(source, _differing_as_text(source, distinct=len(source.logged) < len(source.both))),
            "few_rows": _log(source, _differing_as_text(source, most=f" LIMIT {_FEW}")),
        },
    )


def _log(source: _Source, rows: Statement) -> Statement:
    """Log an image of each of `rows`; with `realtime` the images are kept in a variable, if they are few."""
    insert = _insert(source, rows, "room")
    if not source.realtime:
        return Statement("        {insert};\n        GET DIAGNOSTICS written = ROW_COUNT;", {"insert": insert})
    return Statement(
        "        WITH added AS (\n        {insert}\n        RETURNING image)\n"
        "        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image),\n"
        "            (SELECT pg_catalog.count(*) FROM added) INTO images, written\n"
        "        FROM (\n"
        "            SELECT CASE WHEN pg_catalog.pg_column_size(added.image) OPERATOR(pg_catalog.<=) {largest}\n"
        "                THEN added.image END AS image FROM added LIMIT {most}) AS few;",
        {
            "insert": insert,
            "largest": Raw(str(_LARGEST_IMAGE_AT_ONCE)),
            "most": Raw(str(MOST_IMAGES_AT_ONCE + 1)),
        },
    )


def _insert(source: _Source, rows: Statement, most: str) -> Statement:
    """INSERT of an image of each of `rows`, or of so many."""
    return Statement(
        # With all of its columns named, the planner needs no step of its own to add a default.
        "INSERT INTO denorm.change_log (source_id, image, logged_at)\n"
        "        SELECT {source}, ARRAY[{values}]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (\n"
        "            {rows}\n        ) AS logged\n        LIMIT {most}",
        {
            "source": Raw(str(source.id)),
            "values": _values("logged", source.logged),
            "rows": rows,
            "most": Raw(most),
        },
    )


def _rows_as_text(source: _Source, rows: str, *, distinct: bool = False, tail: str = "") -> Statement:
    """The logged columns of all `rows`; NULL for those that are gone."""
    return Statement(
        "SELECT {distinct}{values} FROM (SELECT {gone}) AS gone,\n"
        "            LATERAL (SELECT {texts} FROM {rows} AS changed{tail}) AS shown",
        {
            "distinct": Raw("DISTINCT " if distinct else ""),
            "values": _values("shown", source.logged),
            "gone": _gone(source.logged),
            "texts": _texts(source, [name(column) for column in source.logged]),
            "rows": Raw(rows),
            "tail": Raw(tail),
        },
    )


def _differing_as_text(source: _Source, *, distinct: bool = False, most: str = "") -> Statement:
    """The logged columns of rows that an update changed, as they were and as they are; of so many rows at `most`.

    PostgreSQL hands both in the same order. Were they in another one, more rows would count as changed, none fewer:
    what counts as unchanged was taken away and added with the same values.
    """
    images = [name("image", f"v{n}") for n, _ in enumerate(source.logged, 1)]
    sides = [Raw(f"CASE WHEN side.was THEN o.v{n} ELSE n.v{n} END AS v{n}") for n, _ in enumerate(source.logged, 1)]
    return Statement(
        "SELECT {distinct}{values} FROM {old} AS o\n"
        "            FULL JOIN {new} AS n ON n.number OPERATOR(pg_catalog.=) o.number,\n"
        "            (VALUES (true), (false)) AS side (was), LATERAL (SELECT {sides}) AS image,\n"
        "            LATERAL (SELECT {texts}) AS shown\n"
        "            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND {differ}",
        {
            "distinct": Raw("DISTINCT " if distinct else ""),
            "values": _values("shown", source.logged),
            "old": _numbered(source, "old_rows", most),
            "new": _numbered(source, "new_rows", most),
            "sides": _or_null(sides),
            "texts": _texts(source, images),
            "differ": Raw(_differ(source)),
        },
    )


def _numbered(source: _Source, rows: str, most: str) -> Statement:
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
        "                LATERAL (SELECT {values} FROM {rows} AS changed{most}) AS shown{fence}) AS part)",
        {
            "gone": _gone(source.both),
            "values": _or_null(values),
            "rows": Raw(rows),
            "most": Raw(most),
            "fence": Raw(" OFFSET 0" if sizes else ""),
        },
    )


def _differ(source: _Source) -> str:
    """Whether the rows `o` and `n` differ, by record image; where they are large, nobody looks."""
    old, new = (
        f"ROW({', '.join([f'{row}.number', *(f'{row}.v{n}' for n, _ in enumerate(source.both, 1))])})"
        for row in ("o", "n")
    )
    differ = f"pg_catalog.record_image_ne({old}, {new})"
    if not source.large:
        return differ
    size = f"GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) {_largest_compared(source)}"
    return f"CASE WHEN {size} THEN true ELSE {differ} END"


def _largest_compared(source: _Source) -> int:
    return _LARGEST_COMPARED // max(len(source.large), 1)


def _row_as_text(source: _Source, row: str) -> Statement:
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
            "values": _values("shown", source.both),
            "gone": _gone(source.both),
            "texts": Listing((*(logged.parts if source.logged else ()), *values) or (Raw("NULL"),)),
            "row": Raw(row),
        },
    )


def _texts(source: _Source, columns: Sequence[Part]) -> Listing:
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


def _values(of: str, columns: Sequence[str]) -> Listing:
    return _or_null([Raw(f"{of}.v{n}") for n, _ in enumerate(columns, 1)])


def _or_null(parts: Sequence[Part]) -> Listing:
    return Listing(tuple(parts) or (Raw("NULL"),))


def close_function(source_id: int) -> Statement:
    """REVOKE of the right to execute a new capture function: with it, anybody could attach it to a table."""
    return Statement(
        "REVOKE ALL ON FUNCTION {function}() FROM PUBLIC", {"function": name("denorm", function_name(source_id))}
    )


def drop_function(source_id: int) -> Statement:
    """DROP of a source's capture function with its triggers, which alone only their table's owner may drop."""
    return Statement(
        "DROP FUNCTION IF EXISTS {function}() CASCADE", {"function": name("denorm", function_name(source_id))}
    )


def function_comment(created: str) -> str:
    """What the COMMENT of a capture function made by the statement `created` says."""
    return f"denorm_assets {sha256(created.encode()).hexdigest()[:12]}"


def kept_form(created: str) -> tuple[str, list[str]]:
    """What PostgreSQL keeps of the function that `created` makes: its body, and its settings as `name=value`."""
    head = created.partition(f"${_TAG}")[0]
    settings = [line.removeprefix("SET ").removesuffix(" AS ").replace(" = ", "=", 1) for line in head.splitlines()[1:]]
    return quoted_text(created), [setting.replace("'", "") for setting in settings]


def comment_on_function(source_id: int, created: str) -> Statement:
    """COMMENT with the hash of the function's text, so that an edited one is seen."""
    return Statement(
        "COMMENT ON FUNCTION {function}() IS {comment}",
        {
            "function": name("denorm", function_name(source_id)),
            "comment": Literal(function_comment(created)),
        },
    )
