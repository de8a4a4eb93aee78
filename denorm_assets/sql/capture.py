"""Capture: one function and four statement-level triggers per source, which append to the change log.

The application's statement must succeed whatever becomes of the source's columns (design rule 12), and a
subtransaction per statement would cost every other session. So no column of the source is named where its absence
would be an error: `(SELECT c FROM (SELECT n.*) AS r)` finds `c` in the row if it is there, and otherwise in `gone`, a
relation of NULLs one scope further out. Everything is logged as text, so that a new type is no error either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Part, Raw, Statement, name, table

MOST_IMAGES_AT_ONCE = 1_000
"""A statement that changes more rows is left to the drain."""

EVENTS = ("insert", "update", "delete", "truncate")


def function_name(source_id: int) -> str:
    """Name of a source's capture function, in the schema `denorm`."""
    return f"capture_{source_id}"


def trigger_name(event: str) -> str:
    """Name of the trigger for `event`."""
    return f"trg_denorm_{event}"


def create_function(
    source_id: int, logged: Sequence[str], compared: Sequence[str], *, realtime: bool = False
) -> Statement:
    """The capture function: `logged` columns make an image; an update that changes none of `compared` is no change.

    With `realtime` the images go to `denorm.recompute_now` too, which never fails the application's statement.
    """
    both = tuple(dict.fromkeys([*logged, *compared]))
    gone = Listing(
        tuple(Statement("NULL::text AS {c}", {"c": name(column)}) for column in both) or (Raw("NULL AS nothing"),)
    )
    parts: dict[str, Part] = {
        "source": Raw(str(source_id)),
        "gone": Statement("(SELECT {nulls}) AS gone", {"nulls": gone}),
        "image": _array(logged),
        "compared": _array(both),
    }
    return Statement(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
        "SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD'\n"
        "SET IntervalStyle = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex' AS $capture$\n"
        "{declare}BEGIN\n"
        "    IF TG_OP = 'INSERT' THEN\n        {insert}\n"
        "    ELSIF TG_OP = 'DELETE' THEN\n        {delete}\n"
        "    ELSIF TG_OP = 'UPDATE' THEN\n        {update}\n"
        "    ELSE\n"
        "        INSERT INTO denorm.change_log (source_id, image) VALUES ({source}, NULL);\n"
        "    END IF;\n{now}"
        "    RETURN NULL;\n"
        "END $capture$",
        {
            "function": name("denorm", function_name(source_id)),
            "source": Raw(str(source_id)),
            "declare": Raw("DECLARE\n    images denorm.image[];\n" if realtime else ""),
            "insert": _log(
                Statement("SELECT DISTINCT {source}, {image} FROM new_rows AS changed, {gone}", parts), realtime
            ),
            "delete": _log(
                Statement("SELECT DISTINCT {source}, {image} FROM old_rows AS changed, {gone}", parts), realtime
            ),
            "update": _log(_differing(parts), realtime),
            "now": Raw(f"    PERFORM denorm.recompute_now({source_id}, images);\n" if realtime else ""),
        },
    )


def _differing(parts: Mapping[str, Part]) -> Statement:
    return Statement(
        "SELECT DISTINCT {source}, image FROM (\n"
        "            (SELECT {compared} AS compared, {image} AS image FROM old_rows AS changed, {gone}\n"
        "            EXCEPT ALL\n"
        "            SELECT {compared}, {image} FROM new_rows AS changed, {gone})\n"
        "            UNION ALL\n"
        "            (SELECT {compared}, {image} FROM new_rows AS changed, {gone}\n"
        "            EXCEPT ALL\n"
        "            SELECT {compared}, {image} FROM old_rows AS changed, {gone})\n"
        "        ) AS differing",
        parts,
    )


def _log(rows: Statement, realtime: bool) -> Statement:
    """INSERT of `rows` into the change log; with `realtime` the images are kept in a variable, if they are few."""
    insert = Statement("INSERT INTO denorm.change_log (source_id, image)\n        {rows}", {"rows": rows})
    if not realtime:
        return Statement("{insert};", {"insert": insert})
    return Statement(
        "WITH logged AS (\n        {insert}\n        RETURNING image)\n"
        "        SELECT array_agg(ROW(image)::denorm.image) INTO images\n"
        "        FROM (SELECT image FROM logged LIMIT {most}) AS few;",
        {"insert": insert, "most": Raw(str(MOST_IMAGES_AT_ONCE + 1))},
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


def drop_trigger(source: TableName, event: str) -> Statement:
    """DROP of one event's trigger."""
    return Statement(
        "DROP TRIGGER IF EXISTS {trigger} ON {table}", {"trigger": name(trigger_name(event)), "table": table(source)}
    )


def drop_function(source_id: int) -> Statement:
    """DROP of a source's capture function."""
    return Statement("DROP FUNCTION IF EXISTS {function}()", {"function": name("denorm", function_name(source_id))})


def function_comment(created: str) -> str:
    """What the COMMENT of a capture function made by the statement `created` says."""
    return f"denorm_assets {sha256(created.encode()).hexdigest()[:12]}"


def comment_on_function(source_id: int, created: str) -> Statement:
    """COMMENT with the hash of the function's text, so that an edited one is seen."""
    return Statement(
        "COMMENT ON FUNCTION {function}() IS {comment}",
        {
            "function": name("denorm", function_name(source_id)),
            "comment": Literal(function_comment(created)),
        },
    )


def _array(names: Sequence[str]) -> Statement:
    values = tuple(
        # Bytes, not a column's collation, tell old from new; and two columns' collations could be in conflict.
        Statement('(SELECT {c}::text COLLATE "C" FROM (SELECT changed.*) AS r)', {"c": name(column)})
        for column in names
    )
    return Statement("ARRAY[{values}]::text[]", {"values": Listing(values)})
