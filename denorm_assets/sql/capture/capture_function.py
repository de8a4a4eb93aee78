"""Capture: one function per source, whose triggers append to the change log: four for statements, others for rows.

The application's statement must succeed whatever becomes of the source's columns (design rule 12), and a
subtransaction per statement would cost every other session. So nothing here may fail (`images`), nor fill the disk
(`log_room`).

The function runs with its owner's rights, inside sessions of others: its search path is pinned, all names carry their
schema, and nobody else may execute it (firing a trigger needs no right to). The application waits for every
microsecond here, and each of these costs some: a SET, DISTINCT over a few rows, comparing arrays instead of columns. So
other settings are pinned only where the text of some column depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from denorm_assets.sql.capture.dollar_quotes import quoted_text
from denorm_assets.sql.capture.images import (
    Source,
    differing_as_text,
    row_as_text,
    rows_as_text,
    settings_for,
    source_of,
    values_of,
)
from denorm_assets.sql.capture.log_room import FEW, LIMITED, ROOM, ROW_STOPPED, STOPPED
from denorm_assets.sql.capture.row_capture import NOTE_MOVES, log_row
from denorm_assets.sql.statement import Literal, Quoted, Raw, Statement, name

MOST_IMAGES_AT_ONCE = 1_000
"""A statement that changes more rows is left to the drain."""

_TAG = "capture"
"""In the dollar quotes of a capture function, unless a name in it contains them."""
_LARGEST_IMAGE_AT_ONCE = 100_000
"""Bytes; a larger image is left to the drain."""
_MAY_RECOMPUTE = "\n        AND ".join(
    f"pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.{held}'), 'SELECT')"
    for held in ("dependency", "read_model", "source")
)


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
    source = source_of(source_id, logged, compared, types)
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
            "room": Raw(ROOM),
            "moves": Raw(NOTE_MOVES),
            "row": log_row(
                source_id,
                len(logged),
                (row_as_text(source, "OLD"), row_as_text(source, "NEW")),
                stopped=ROW_STOPPED,
                limited=LIMITED,
            ),
            "stopped": Raw(STOPPED),
            "insert": _log_rows(source, "new_rows", realtime=realtime),
            "delete": _log_rows(source, "old_rows", realtime=realtime),
            "update": _log_differing(source, realtime=realtime),
            "source": Raw(str(source_id)),
            "limited": Raw(LIMITED),
            "now": Raw(_recompute_now(source_id) if realtime else ""),
        },
    )
    return Statement(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER{settings} AS {body}",
        {
            "function": name("denorm", function_name(source_id)),
            "settings": Raw("".join(f"\nSET {setting}" for setting in settings_for(source, types))),
            "body": Quoted(body, _TAG),
        },
    )


def _recompute_now(source_id: int) -> str:
    return f"    IF {_MAY_RECOMPUTE} THEN\n        PERFORM denorm.recompute_now({source_id}, images);\n    END IF;\n"


def _log_rows(source: Source, rows: str, *, realtime: bool) -> Statement:
    """Log the images of `rows`: a few of them as they come, of the others each only once."""
    if realtime:
        return _log(source, rows_as_text(source, rows, distinct=True), realtime=True)
    return Statement(
        "        {first};\n"
        "        GET DIAGNOSTICS written = ROW_COUNT;\n"
        "        IF written OPERATOR(pg_catalog.=) {few} THEN\n{others}\n        END IF;",
        {
            "first": _insert(source, rows_as_text(source, rows), str(FEW)),
            "few": Raw(str(FEW)),
            "others": _log(source, rows_as_text(source, rows, distinct=True, tail=f" OFFSET {FEW}"), realtime=False),
        },
    )


def _log_differing(source: Source, *, realtime: bool) -> Statement:
    """Log the images of rows that an update changed, a few of them by a plan that is made for few.

    PostgreSQL keeps the plan of a session's first update: made for 30,000 rows, it took 0.2 ms for each single one.
    """
    return Statement(
        "        IF EXISTS (SELECT FROM old_rows OFFSET {few}) OR EXISTS (SELECT FROM new_rows OFFSET {few}) THEN\n"
        "{many}\n        ELSE\n{few_rows}\n        END IF;",
        {
            "few": Raw(str(FEW)),
            "many": _log(source, differing_as_text(source), realtime=realtime),
            "few_rows": _log(source, differing_as_text(source, most=FEW), realtime=realtime),
        },
    )


def _log(source: Source, rows: Statement, *, realtime: bool) -> Statement:
    """Log an image of each of `rows`; with `realtime` the images are kept in a variable, if they are few."""
    insert = _insert(source, rows, "room")
    if not realtime:
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


def _insert(source: Source, rows: Statement, most: str) -> Statement:
    """INSERT of an image of each of `rows`, or of so many."""
    return Statement(
        # With all of its columns named, the planner needs no step of its own to add a default.
        "INSERT INTO denorm.change_log (source_id, image, logged_at)\n"
        "        SELECT {source}, ARRAY[{values}]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (\n"
        "            {rows}\n        ) AS logged\n        LIMIT {most}",
        {
            "source": Raw(str(source.id)),
            "values": values_of("logged", source.logged),
            "rows": rows,
            "most": Raw(most),
        },
    )


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
