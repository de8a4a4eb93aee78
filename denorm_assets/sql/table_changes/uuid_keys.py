"""SQL of text identifiers that become `uuid` columns: keeping both in step, filling, comparing, moving keys, dropping.

Only the canonical spelling counts as a UUID (lower case, with hyphens): then a text follows from its uuid, and what is
written by either name means the same row to both. Names of functions and operators in triggers carry their schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Name, Part, Quoted, Raw, Statement, name, table

TRIGGER = "zz_denorm_identifiers"
"""BEFORE triggers fire by name: after those of the application, which may set an identifier."""

_BYTEWISE = 'COLLATE pg_catalog."C"'
"""Whatever the column's collation: one that takes two spellings for the same has no regular expressions."""
_CANONICAL = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_LONGEST_NAME = 63
_LONGEST_PART = 39
"""Bytes of a table's name in that of its function, so that the whole stays within these."""


@dataclass(frozen=True)
class Twin:
    """A text column and the `uuid` column in its place.

    Attributes:
        default: the text's DEFAULT, as SQL; with one, a text that is inserted may be one that nobody gave.
    """

    text: str
    uuid: str
    default: str | None = None


def comment_of(twin: Twin) -> str:
    """What the COMMENT of the `uuid` column says: whose place it takes."""
    return f"denorm_assets in place of {twin.text}"


def function_name(of: TableName) -> Name:
    """The trigger function of a table, in the schema `denorm`; two tables never share one."""
    part = of.name.encode()[:_LONGEST_PART].decode(errors="ignore")
    return name("denorm", f"identifiers_of_{part}_{sha256(str(of).encode()).hexdigest()[:8]}")


def cut(identifier: str) -> str:
    """`identifier` within PostgreSQL's 63 bytes; a longer one ends in a hash, so that two never become one name."""
    if len(identifier.encode()) <= _LONGEST_NAME:
        return identifier
    suffix = f"_{sha256(identifier.encode()).hexdigest()[:8]}"
    return identifier.encode()[: _LONGEST_NAME - len(suffix)].decode(errors="ignore") + suffix


def create_function(of: TableName, twins: Sequence[Twin]) -> Statement:
    """The trigger function: of a row that is written, either column follows the other.

    Where both were, the text counts, unless it may come from a DEFAULT.
    """
    body = Statement(
        "\nBEGIN\n    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN\n{inserted}\n    ELSE\n{updated}\n    END IF;\n"
        "    RETURN NEW;\nEND ",
        {
            "inserted": Listing(tuple(_inserted(twin) for twin in twins), "\n"),
            "updated": Listing(tuple(_updated(twin) for twin in twins), "\n"),
        },
    )
    return Statement(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        {"function": function_name(of), "body": Quoted(body, "keep")},
    )


def _inserted(twin: Twin) -> Statement:
    unless = "{text} IS NULL" if twin.default is None else "{uuid} IS NOT NULL"
    return Statement(
        f"        IF {unless} THEN\n            {{text}} := {{uuid}}::pg_catalog.text;\n"
        "        ELSE\n            {uuid} := {read};\n        END IF;",
        _of_row("new", twin),
    )


def _updated(twin: Twin) -> Statement:
    old = {"old_text": name("old", twin.text), "old_uuid": name("old", twin.uuid)}
    return Statement(
        f"        IF {{uuid}}::pg_catalog.text IS DISTINCT FROM {{text}}::pg_catalog.text {_BYTEWISE} THEN\n"
        "            IF {text} IS NOT DISTINCT FROM {old_text} AND {uuid} IS DISTINCT FROM {old_uuid} THEN\n"
        "                {text} := {uuid}::pg_catalog.text;\n"
        "            ELSE\n                {uuid} := {read};\n            END IF;\n        END IF;",
        {**_of_row("new", twin), **old},
    )


def _of_row(row: str, twin: Twin) -> dict[str, Part]:
    text = name(row, twin.text)
    return {"text": text, "uuid": name(row, twin.uuid), "read": _as_uuid(text)}


def _as_uuid(text: Name) -> Statement:
    """The UUID that `text` spells; NULL where it spells none."""
    return Statement(
        # In parentheses: plpgsql takes a THEN outside of any for that of IF.
        f"(CASE WHEN {{text}}::pg_catalog.text {_BYTEWISE} OPERATOR(pg_catalog.~) {{canonical}}\n"
        "            THEN {text}::pg_catalog.text::pg_catalog.uuid END)",
        {"text": text, "canonical": Literal(_CANONICAL)},
    )


def function_comment(created: str) -> str:
    """What the COMMENT of a trigger function made by the statement `created` says."""
    return f"denorm_assets {sha256(created.encode()).hexdigest()[:12]}"


def comment_on_function(of: TableName, created: str) -> Statement:
    """COMMENT with the hash of the function's text."""
    return Statement(
        "COMMENT ON FUNCTION {function}() IS {comment}",
        {"function": function_name(of), "comment": Literal(function_comment(created))},
    )


def create_trigger(of: TableName, twins: Sequence[Twin]) -> Statement:
    """The trigger that keeps both columns in step, whoever writes either.

    It names the columns, so that PostgreSQL lets none of them be dropped under it: then every write would fail.
    """
    there = tuple(
        Statement("{column} IS NOT NULL", {"column": name("new", column)})
        for twin in twins
        for column in (twin.text, twin.uuid)
    )
    return Statement(
        "CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}\n"
        "FOR EACH ROW WHEN ({there})\nEXECUTE FUNCTION {function}()",
        {
            "trigger": name(TRIGGER),
            "table": table(of),
            "there": Listing(there, " OR "),
            "function": function_name(of),
        },
    )


def enable_always(of: TableName) -> Statement:
    """ENABLE ALWAYS of the trigger: for rows, too, that replication writes."""
    return Statement(
        "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}", {"table": table(of), "trigger": name(TRIGGER)}
    )


def add_columns(of: TableName, twins: Sequence[Twin]) -> Statement:
    """ADD COLUMN of `uuid` columns, empty: no row is rewritten."""
    added = tuple(Statement("ADD COLUMN {column} uuid", {"column": name(twin.uuid)}) for twin in twins)
    return Statement("ALTER TABLE {table} {added}", {"table": table(of), "added": Listing(added)})


def drop_function(of: TableName) -> Statement:
    """DROP of the trigger function with its trigger."""
    return Statement("DROP FUNCTION IF EXISTS {function}() CASCADE", {"function": function_name(of)})


def set_default(of: TableName, twin: Twin) -> Statement:
    """SET DEFAULT of the `uuid` column to what the text one has."""
    return Statement(
        "ALTER TABLE {table} ALTER COLUMN {uuid} SET DEFAULT ({default})::pg_catalog.uuid",
        {"table": table(of), "uuid": name(twin.uuid), "default": Raw(twin.default or "NULL")},
    )


def drop_default(of: TableName, column: str) -> Statement:
    """DROP DEFAULT."""
    return Statement(
        "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT", {"table": table(of), "column": name(column)}
    )


def drop_columns(of: TableName, dropped: Sequence[str]) -> Statement:
    """DROP COLUMN, refused by PostgreSQL where another object depends on one."""
    gone = tuple(Statement("DROP COLUMN {column}", {"column": name(column)}) for column in dropped)
    return Statement("ALTER TABLE {table} {gone}", {"table": table(of), "gone": Listing(gone)})


def fill_blocks(of: TableName, twins: Sequence[Twin]) -> Statement:
    """UPDATE of rows between two places, `(block,0)`, whose `uuid` columns do not say what the text ones do.

    It changes nothing itself: the trigger fills them, as it does for whoever writes these rows.
    """
    return Statement(
        # Of a column that is no key yet: who refers to the row does not wait for it.
        "UPDATE {table} SET {uuid} = {uuid}\nWHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND {differing}",
        {"table": table(of), "uuid": name(twins[0].uuid), "differing": _differing(twins)},
    )


def fill_blocks_directly(of: TableName, twins: Sequence[Twin]) -> Statement:
    """The same without the trigger: the `uuid` columns are set, and nothing else."""
    filled = tuple(
        Statement("{uuid} = {read}", {"uuid": name(twin.uuid), "read": _as_uuid(name(twin.text))}) for twin in twins
    )
    return Statement(
        "UPDATE {table} SET {filled}\nWHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND {differing}",
        {"table": table(of), "filled": Listing(filled), "differing": _differing(twins)},
    )


def vacuum(of: TableName) -> Statement:
    """VACUUM of what filling left behind, and ANALYZE: new columns have no statistics to plan by.

    Not by the server's own, which would begin while keys are switched. It gives no room back, for which others wait.
    """
    return Statement("VACUUM (ANALYZE, TRUNCATE false) {table}", {"table": table(of)})


def any_differing(of: TableName, twins: Sequence[Twin]) -> Statement:
    """Whether there is a row whose `uuid` columns do not say what the text ones do."""
    return Statement(
        "SELECT EXISTS (SELECT FROM {table} WHERE {differing}) AS present",
        {"table": table(of), "differing": _differing(twins)},
    )


def _differing(twins: Sequence[Twin]) -> Statement:
    each = tuple(_differs(twin) for twin in twins)
    return Statement("({each})", {"each": Listing(each, " OR ")})


def _differs(twin: Twin) -> Statement:
    """A text that is no UUID differs, too: there is no value that spells it."""
    return Statement(
        f"{{uuid}}::text IS DISTINCT FROM {{text}}::text {_BYTEWISE}",
        {"text": name(twin.text), "uuid": name(twin.uuid)},
    )


def compare(of: TableName, twins: Sequence[Twin]) -> Statement:
    """A row per pair of columns: how many rows there are, how many differ, and the average bytes of both values."""
    each = tuple(
        Statement(
            "({column}::text, count(*) FILTER (WHERE {differs}),\n"
            "    avg(pg_column_size({text})), avg(pg_column_size({uuid})))",
            {
                "column": Literal(twin.text),
                "differs": _differs(twin),
                "text": name(twin.text),
                "uuid": name(twin.uuid),
            },
        )
        for twin in twins
    )
    # One scan for all pairs.
    return Statement(
        "SELECT counted.rows, pair.* FROM (\n"
        "    SELECT count(*) AS rows, ARRAY[{each}] AS pairs FROM {table}\n"
        ") AS counted, unnest(counted.pairs)\n"
        'AS pair ("column" text, differing bigint, text_bytes numeric, uuid_bytes numeric)',
        {"table": table(of), "each": Listing(tuple(Statement("ROW{pair}", {"pair": pair}) for pair in each))},
    )


def malformed(of: TableName, twin: Twin, at_most: int) -> Statement:
    """Some texts that are no UUIDs, and in how many rows there are any."""
    return Statement(
        "SELECT {text}::text AS value, sum(count(*)) OVER () AS rows FROM {table}\n"
        "WHERE {text} IS NOT NULL AND {read} IS NULL GROUP BY value ORDER BY value LIMIT %(at_most)s",
        {"text": name(twin.text), "read": _as_uuid(name(twin.text)), "table": table(of)},
        {"at_most": at_most},
    )
