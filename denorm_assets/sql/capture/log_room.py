"""The limit of the change log, as capture functions keep to it: how much room is left, and what happens without any."""

from __future__ import annotations

FEW = 20
"""So many images of a statement are logged unseen; only among more are equal ones looked for."""

_SEQUENCE = "pg_catalog.to_regclass('denorm.{0}')"
ROOM = (
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
STOPPED = f"""\
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
ROW_STOPPED = f"""\
        IF room OPERATOR(pg_catalog.<) 0 AND {_MAY_MARK} THEN
            {_MARK}
            RETURN NULL;
        END IF;
"""
LIMITED = f"""\
    IF written OPERATOR(pg_catalog.>=) {FEW}
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND {_MAY_MARK} THEN
            {_MARK}
        END IF;
        PERFORM denorm.limit_log();
    END IF;
"""
"""To look at the log's size costs some microseconds: each statement of many rows does, and one in 256 of the others."""
