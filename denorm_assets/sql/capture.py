"""Capture: one function and four statement-level triggers per source, which append to the change log.

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
from hashlib import sha256

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.dollar_quotes import quoted_text
from denorm_assets.sql.statement import Listing, Literal, Part, Quoted, Raw, Statement, name, table

MOST_IMAGES_AT_ONCE = 1_000
"""A statement that changes more rows is left to the drain."""

EVENTS = ("insert", "update", "delete", "truncate")

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
_TEXT = (
    "CASE WHEN pg_catalog.num_nonnulls({c}) OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat({c}) END"
    ' COLLATE pg_catalog."C" AS {v}'
)
"""A column as text, by its type's output function: a cast may be one that the type's owner wrote, and run as ours.

`IS NULL` would take a composite value of NULLs for NULL. The collation compares bytes: under its own, a column may hold
different values that count as equal.
"""
_MAY_LOG = (
    "CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')\n"
    "        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END"
)
"""Whether the log is there and its rights are: without, the application goes on, and the check `catalog` tells.

It costs a statement one to two microseconds; a block with EXCEPTION costs a subtransaction.
"""
_MAY_RECOMPUTE = (
    "pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.dependency'), 'SELECT')\n"
    "        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.read_model'), 'SELECT')"
)
_MODIFIER = re.compile(r"\(\d+(,-?\d+)?\)|\[\]")


def function_name(source_id: int) -> str:
    """Name of a source's capture function, in the schema `denorm`."""
    return f"capture_{source_id}"


def trigger_name(event: str) -> str:
    """Name of the trigger for `event`."""
    return f"trg_denorm_{event}"


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
    body = Statement(
        "\n"
        # A column may be called like a variable of every trigger: `new`, `found`, `tg_op`.
        "#variable_conflict use_column\n"
        "DECLARE\n    {variable};\n"
        "BEGIN\n"
        "    IF ({may_log}) IS NOT TRUE THEN\n        RETURN NULL;\n    END IF;\n"
        "    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN\n{insert}\n"
        "    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN\n{delete}\n"
        "    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN\n{update}\n"
        "    ELSE\n"
        "        INSERT INTO denorm.change_log (source_id, image) VALUES ({source}, NULL);\n"
        "    END IF;\n{now}"
        "    RETURN NULL;\n"
        "END ",
        {
            "variable": Raw("images denorm.image[]" if realtime else "written bigint"),
            "may_log": Raw(_MAY_LOG),
            "insert": _log_rows(source_id, logged, "new_rows", realtime=realtime),
            "delete": _log_rows(source_id, logged, "old_rows", realtime=realtime),
            "update": _log(source_id, logged, _differing(logged, both), realtime=realtime),
            "source": Raw(str(source_id)),
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


def _recompute_now(source_id: int) -> str:
    return f"    IF {_MAY_RECOMPUTE} THEN\n        PERFORM denorm.recompute_now({source_id}, images);\n    END IF;\n"


def _settings(types: Sequence[str]) -> tuple[str, ...]:
    needed = [(_PATH,), *(_SETTINGS.get(_MODIFIER.sub("", each), _ALL) for each in types)]
    return tuple(setting for setting in _ALL if any(setting in each for each in needed))


def _log_rows(source_id: int, logged: Sequence[str], rows: str, *, realtime: bool) -> Statement:
    """Log the images of `rows`: a few of them as they come, of the others each only once."""
    if realtime:
        return _log(source_id, logged, _as_text(logged, rows, distinct=True), realtime=True)
    return Statement(
        "{first}\n"
        "        GET DIAGNOSTICS written = ROW_COUNT;\n"
        "        IF written OPERATOR(pg_catalog.=) {few} THEN\n{others}\n        END IF;",
        {
            "first": _log(source_id, logged, _as_text(logged, rows), tail=f"\n        LIMIT {_FEW}"),
            "few": Raw(str(_FEW)),
            "others": _log(source_id, logged, _as_text(logged, rows, distinct=True, tail=f" OFFSET {_FEW}")),
        },
    )


def _log(
    source_id: int, logged: Sequence[str], rows: Statement, *, realtime: bool = False, tail: str = ""
) -> Statement:
    """INSERT of an image of each of `rows`; with `realtime` the images are kept in a variable, if they are few."""
    insert = Statement(
        # With all of its columns named, the planner needs no step of its own to add a default.
        "INSERT INTO denorm.change_log (source_id, image, logged_at)\n"
        "        SELECT {source}, ARRAY[{values}]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (\n"
        "            {rows}\n        ) AS logged{tail}",
        {
            "source": Raw(str(source_id)),
            "values": _values("logged", logged) if logged else Raw(""),
            "rows": rows,
            "tail": Raw(tail),
        },
    )
    if not realtime:
        return Statement("        {insert};", {"insert": insert})
    return Statement(
        "        WITH added AS (\n        {insert}\n        RETURNING image)\n"
        "        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image) INTO images\n"
        "        FROM (SELECT added.image FROM added LIMIT {most}) AS few;",
        {"insert": insert, "most": Raw(str(MOST_IMAGES_AT_ONCE + 1))},
    )


def _differing(logged: Sequence[str], compared: Sequence[str]) -> Statement:
    """Rows that an update took away or added; what it left as it was cancels out, row by row."""
    rows = Statement(
        "({old}\n            EXCEPT ALL\n            {new})\n"
        "            UNION ALL\n"
        "            ({new}\n            EXCEPT ALL\n            {old})",
        {"old": _as_text(compared, "old_rows"), "new": _as_text(compared, "new_rows")},
    )
    if len(logged) == len(compared):
        return rows
    return Statement(
        "SELECT DISTINCT {values} FROM (\n            {rows}\n            ) AS differing",
        {"values": _values("differing", logged), "rows": rows},
    )


def _as_text(columns: Sequence[str], rows: str, *, distinct: bool = False, tail: str = "") -> Statement:
    """SELECT of `columns` of `rows` as v1, v2, ...; NULL for those that are gone."""
    gone = tuple(Statement("NULL::pg_catalog.text AS {c}", {"c": name(column)}) for column in columns)
    texts = tuple(
        Statement(_TEXT, {"c": name(column), "v": Raw(f"v{position}")}) for position, column in enumerate(columns, 1)
    )
    return Statement(
        "SELECT {distinct}{values} FROM (SELECT {gone}) AS gone,\n"
        "            LATERAL (SELECT {texts} FROM {rows} AS changed{tail}) AS shown",
        {
            "distinct": Raw("DISTINCT " if distinct else ""),
            "values": _values("shown", columns),
            "gone": _or_null(gone),
            "texts": _or_null(texts),
            "rows": Raw(rows),
            "tail": Raw(tail),
        },
    )


def _values(of: str, columns: Sequence[str]) -> Listing:
    return _or_null(tuple(Raw(f"{of}.v{position}") for position in range(1, len(columns) + 1)))


def _or_null(parts: Sequence[Part]) -> Listing:
    return Listing(tuple(parts) or (Raw("NULL"),))


def close_function(source_id: int) -> Statement:
    """REVOKE of the right to execute a new capture function: with it, anybody could attach it to a table."""
    return Statement(
        "REVOKE ALL ON FUNCTION {function}() FROM PUBLIC", {"function": name("denorm", function_name(source_id))}
    )


def create_trigger(source: TableName, source_id: int, event: str) -> Statement:
    """The trigger of one event."""
    tables = {
        "insert": "REFERENCING NEW TABLE AS new_rows ",
        "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ",
        "delete": "REFERENCING OLD TABLE AS old_rows ",
        "truncate": "",
    }
    return Statement(
        "CREATE OR REPLACE TRIGGER {trigger} AFTER {event} ON {table} {tables}\n"
        "FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        {
            "trigger": name(trigger_name(event)),
            "event": Raw(event.upper()),
            "table": table(source),
            "tables": Raw(tables[event]),
            "function": name("denorm", function_name(source_id)),
        },
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
