"""Statements that put one relation in the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Part, Raw, Statement, name, table

_KINDS = {"m": "MATERIALIZED VIEW", "p": "TABLE", "r": "TABLE"}


def drop_relation(relation: TableName, kind: str) -> Statement:
    """DROP of a table (`r`, `p`) or view (`m`), refused by PostgreSQL where another object depends on it."""
    return Statement("DROP {kind} {relation}", {"kind": Raw(_KINDS[kind]), "relation": table(relation)})


def rename_relation(relation: TableName, kind: str, new_name: str) -> Statement:
    """ALTER ... RENAME TO."""
    return Statement(
        "ALTER {kind} {relation} RENAME TO {new}",
        {"kind": Raw(_KINDS[kind]), "relation": table(relation), "new": name(new_name)},
    )


def comment_on_relation(relation: TableName, kind: str, text: str) -> Statement:
    """COMMENT ON TABLE or MATERIALIZED VIEW."""
    return Statement(
        "COMMENT ON {kind} {relation} IS {text}",
        {"kind": Raw(_KINDS[kind]), "relation": table(relation), "text": Literal(text)},
    )


def rename_index(schema: str, index: str, new_name: str) -> Statement:
    """ALTER INDEX ... RENAME TO; a constraint's index renames the constraint."""
    return Statement("ALTER INDEX {index} RENAME TO {new}", {"index": name(schema, index), "new": name(new_name)})


def read_anew(view: TableName, options: Sequence[str], text: str) -> Statement:
    """CREATE OR REPLACE of a view by its own text, whose names then mean what is called so now.

    `options` are as the catalog has them: `security_barrier=true`.
    """
    return Statement(
        "CREATE OR REPLACE VIEW {view}{options} AS\n{text}",
        {
            "view": table(view),
            "options": Statement(" WITH ({options})", {"options": _options(options)}) if options else Raw(""),
            "text": Raw(text),
        },
    )


def lock_table(relation: TableName) -> Statement:
    """LOCK TABLE against everybody, as the drop will."""
    return Statement("LOCK TABLE {relation} IN ACCESS EXCLUSIVE MODE", {"relation": table(relation)})


def give_to(relation: TableName, kind: str, owner: str) -> Statement:
    """ALTER ... OWNER TO."""
    return Statement(
        "ALTER {kind} {relation} OWNER TO {owner}",
        {"kind": Raw(_KINDS[kind]), "relation": table(relation), "owner": name(owner)},
    )


def set_options(relation: TableName, kind: str, options: Sequence[str]) -> Statement:
    """ALTER ... SET of storage parameters, each as the catalog has it: `fillfactor=70`."""
    return Statement(
        "ALTER {kind} {relation} SET ({options})",
        {"kind": Raw(_KINDS[kind]), "relation": table(relation), "options": _options(options)},
    )


def _options(options: Sequence[str]) -> Listing:
    pairs = [option.partition("=") for option in options]
    return Listing(
        tuple(
            Statement("{option} = {value}", {"option": name(*option.split(".")), "value": Literal(value)})
            for option, _, value in pairs
        )
    )


@dataclass(frozen=True)
class Right:
    """What a role may do with a relation, or with one column of it.

    Attributes:
        grantee: the role; empty for PUBLIC, which has no name.
        grantable: whether it may pass the right on.
    """

    column: str | None
    grantee: str
    privilege: str
    grantable: bool


def grant(relation: TableName, right: Right) -> Statement:
    """GRANT of one right."""
    return Statement(
        "GRANT {privilege}{column} ON {relation} TO {grantee}{option}",
        {
            "privilege": Raw(right.privilege),
            "column": Statement(" ({column})", {"column": name(right.column)}) if right.column else Raw(""),
            "relation": table(relation),
            "grantee": _role(right.grantee),
            "option": Raw(" WITH GRANT OPTION" if right.grantable else ""),
        },
    )


def revoke_all(relation: TableName, role: str) -> Statement:
    """REVOKE of all that a role may do with the relation."""
    return Statement("REVOKE ALL ON {relation} FROM {role}", {"relation": table(relation), "role": _role(role)})


def _role(role: str) -> Part:
    return name(role) if role else Raw("PUBLIC")
