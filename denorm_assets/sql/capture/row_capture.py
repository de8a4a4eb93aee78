"""Capture row by row, where PostgreSQL fires no statement-level trigger for a change, or hands it no rows.

* In the replica role (logical replication, `session_replication_role = replica`) only triggers that are ENABLE REPLICA
  fire, and the apply worker of a subscription fires those for rows alone.
* Under MERGE, a row that an UPDATE moves to another partition is in no transition table of the UPDATE trigger.
* A statement aimed at a table above the source fires the statement-level triggers of that table alone.
"""

from __future__ import annotations

from denorm_assets.sql.statement import Raw, Statement

MOVING = "denorm.moving"
"""The setting that says how many UPDATEs of partitioned sources are under way in the session, each one a bar.

It is a setting because triggers of rows ask it in WHEN, for every row that is inserted or deleted. It has depth because
a statement runs others: in triggers, in functions. A rollback takes it back.
"""

MOVED = "denorm.moved"
"""The setting that says that a row left its partition in one of them, so that rows that arrive are looked at, too."""

MOVES = "moves"
"""The argument of the statement-level triggers that count."""

NOTE_MOVES = f"""\
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('{MOVING}', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('{MOVING}', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('{MOVING}', true), -1) END, true);
        IF pg_catalog.current_setting('{MOVING}', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('{MOVED}', '', true);
        END IF;
        RETURN NULL;
    END IF;
"""
"""For a capture function: counts the UPDATE that begins or ends."""

_LOG_ROW = """\
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
{stopped}        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := {old};
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := {new};
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES ({source}, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT {source}, {image}, pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
{limited}        RETURN NULL;
    END IF;
"""


def log_row(
    source_id: int, logged: int, images: tuple[Statement, Statement], *, stopped: str, limited: str
) -> Statement:
    """For a capture function: log the images of one row, unless an update left them alone.

    `images` are OLD and NEW as arrays of the columns that are compared, as text, the `logged` ones first. `stopped` and
    `limited` see to the limit of the log. The inner block costs no transaction ID, because nothing is written in it.
    """
    old, new = images
    return Statement(
        _LOG_ROW,
        {
            "source": Raw(str(source_id)),
            "image": Raw(f"image.texts[1:{logged}]" if logged else "ARRAY[NULL]::pg_catalog.text[]"),
            "old": old,
            "new": new,
            "stopped": Raw(stopped),
            "limited": Raw(limited),
        },
    )
