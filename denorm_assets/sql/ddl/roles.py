"""SQL of a least-privilege set-up: a role that owns what is ours, and one that reads the read models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.ddl.row_security import Guarded, as_its_owner
from denorm_assets.sql.statement import Listing, Name, Statement, name, table


@dataclass(frozen=True)
class Indexed:
    """Tables of one owner that get indexes from phases; `superuser` says whether the owner is one."""

    tables: tuple[TableName, ...]
    owner: str
    superuser: bool


@dataclass(frozen=True)
class Needed:
    """What the systems need of a database, as its catalog has it.

    Attributes:
        schemas: the application's schemas in which read models stand.
        other_schemas: further ones whose tables are read.
        sources: the tables that definitions read, also through views, and all that inherit from them; triggers stand on
            each.
        views: the views that definitions read.
        referenced: the tables that foreign keys refer to.
        read_models: those that are there already.
        indexed: the application's tables that get indexes from phases, by their owner.
        guarded: tables with row-level security among those that are read or referred to, and what inherits from these.
        present: roles of the two that exist.
        control_owner: who owns the schema `denorm`; None where it is not there.
        of_superuser: whether the login that asks, and is taken to run the set-up, is a superuser.
    """

    database: str
    schemas: tuple[str, ...]
    other_schemas: tuple[str, ...]
    sources: tuple[TableName, ...]
    views: tuple[TableName, ...]
    referenced: tuple[TableName, ...]
    read_models: tuple[TableName, ...]
    indexed: tuple[Indexed, ...]
    guarded: tuple[Guarded, ...]
    present: frozenset[str]
    control_owner: str | None
    of_superuser: bool


@dataclass(frozen=True)
class Grant:
    """A statement and what it is for; where `statement` is None, only something to know."""

    why: str
    statement: Statement | None = None


def role_grants(needed: Needed, owner: str, reader: str) -> list[Grant]:
    """The set-up in order, for a superuser, or for an owner of the database and its tables who may create roles."""
    return [
        *_other_owner(needed, owner),
        *_owner(needed, owner),
        *_reader(needed, owner, reader),
        *_no_longer_a_member(needed, owner),
    ]


def _other_owner(needed: Needed, owner: str) -> list[Grant]:
    """What to do where `denorm-assets apply` ran before, as another role."""
    other = needed.control_owner
    if other in (None, owner):
        return []
    return [
        Grant(
            f"the schema denorm belongs to {other}, which ran `denorm-assets apply`: {owner} may not use it. Run "
            f"`denorm-assets uninstall` as {other}, then `denorm-assets roles` again. Run `denorm-assets apply` and "
            f"`denorm-assets backfill` again as a member of {owner}. Or let {other} stay the owner: "
            f'`denorm-assets roles --owner "{other}"`'
        )
    ]


def _for_a_while_a_member(needed: Needed, owner: str) -> list[Grant]:
    if needed.of_superuser:
        return []
    return [
        Grant(
            f"who is no superuser gives {owner} a schema and default privileges only as a member of it; the last "
            "statement takes the membership back",
            Statement("GRANT {role} TO CURRENT_USER", {"role": name(owner)}),
        )
    ]


def _no_longer_a_member(needed: Needed, owner: str) -> list[Grant]:
    if needed.of_superuser:
        return []
    return [
        Grant(
            f"logins of denorm-assets are members of {owner}; owners of the application's tables need not be",
            Statement("REVOKE {role} FROM CURRENT_USER", {"role": name(owner)}),
        )
    ]


def _owner(needed: Needed, owner: str) -> list[Grant]:
    role = name(owner)
    grants = [
        _create_role(
            needed,
            owner,
            "owns all that denorm-assets makes. People and services log in as members (CREATE ROLE <login> LOGIN "
            f'PASSWORD ... IN ROLE "{owner}"), and denorm-assets acts as {owner} then',
        ),
        *_for_a_while_a_member(needed, owner),
        Grant(
            "definitions are described by temporary views",
            Statement(
                "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
                {"database": name(needed.database), "role": role},
            ),
        ),
    ]
    if needed.control_owner is None:
        grants.append(
            Grant(
                "the control schema; made here, the role needs no CREATE on the database",
                Statement("CREATE SCHEMA denorm AUTHORIZATION {role}", {"role": role}),
            )
        )
    grants += [
        Grant(f"read models stand in {schema}", _on_schema("USAGE, CREATE", schema, role)) for schema in needed.schemas
    ]
    grants += [
        Grant(f"definitions read {schema}", _on_schema("USAGE", schema, role)) for schema in needed.other_schemas
    ]
    if needed.sources:
        grants.append(
            Grant(
                "the tables that definitions read, and their partitions: capture makes triggers on each",
                _on_tables("SELECT, TRIGGER", needed.sources, role),
            )
        )
    if needed.views:
        grants.append(Grant("the views that definitions read", _on_tables("SELECT", needed.views, role)))
    if needed.referenced:
        grants.append(
            Grant(
                "foreign keys that declarations opt in to; their actions run with the rights of these tables' owners",
                _on_tables("SELECT, REFERENCES", needed.referenced, role),
            )
        )
    grants.append(
        Grant(
            "to see who still reads as of before a replacement, and who holds a lock; from PostgreSQL 16 on, for a "
            "superuser or a role with ADMIN on pg_read_all_stats. Without it a replacement "
            "waits for all transactions that run",
            Statement("GRANT pg_read_all_stats TO {role}", {"role": role}),
        )
    )
    for indexed in needed.indexed:
        by_phases = "" if indexed.superuser else f'Run GRANT "{indexed.owner}" TO "{owner}" and phases build them; or '
        create = "create" if by_phases else "Create"
        grants.append(
            Grant(
                f"indexes of phases: CREATE INDEX CONCURRENTLY on {', '.join(map(str, indexed.tables))} needs the "
                f"owner {indexed.owner}. {by_phases}{create} them as {indexed.owner} from what "
                "`denorm-assets plan --sql` prints, with their comments"
            )
        )
    grants += _reading_all_rows(needed, owner)
    return grants


def _reading_all_rows(needed: Needed, owner: str) -> list[Grant]:
    """BYPASSRLS, where a policy would hide rows from the owner of the read models."""
    hidden = [
        found
        for found in needed.guarded
        if found.table == found.source and (found.hidden_from or owner not in needed.present)
    ]
    if not hidden:
        return []
    tables = ", ".join(str(found.table) for found in hidden)
    by_owners = [as_its_owner(found, owner) for found in hidden]
    instead = f"Without a superuser: {'; '.join(dict.fromkeys(by_owners))}, which gives {owner} all rights of theirs. "
    return [
        Grant(
            f"row-level security of {tables} would hide rows, and a read model is never written from a part of them. "
            "Run this as a superuser, or from PostgreSQL 16 on as a role with CREATEROLE and BYPASSRLS. "
            f"{instead if all(by_owners) else ''}A policy that shows all rows does not help",
            Statement("ALTER ROLE {role} BYPASSRLS", {"role": name(owner)}),
        )
    ]


def _reader(needed: Needed, owner: str, reader: str) -> list[Grant]:
    role = name(reader)
    return [
        _create_role(needed, reader, "reads read models; grant it to the application's role"),
        *(Grant(f"read models stand in {schema}", _on_schema("USAGE", schema, role)) for schema in needed.schemas),
        *(
            Grant(
                f"every read model that will be made in {schema}, and none of the tables of denorm",
                Statement(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}",
                    {"owner": name(owner), "schema": name(schema), "role": role},
                ),
            )
            for schema in needed.schemas
        ),
        *(
            [Grant("read models that are there already", _on_tables("SELECT", needed.read_models, role))]
            if needed.read_models
            else []
        ),
        *(
            Grant(
                f"{found.table} has row-level security, and {reader} sees all rows in the read models that are made of "
                "it: grant that role only to those who may, or revoke SELECT on these read models from it"
            )
            for found in needed.guarded
            if found.source in needed.sources
        ),
        Grant(
            "the application's own statements need no right of ours: capture runs as its owner. "
            "denorm.flag_enabled(flag, user) may be called by everybody once `denorm-assets apply` has made it"
        ),
    ]


def _create_role(needed: Needed, role: str, why: str) -> Grant:
    if role in needed.present:
        return Grant(f"the role {role} exists; it {why}")
    return Grant(f"{role} {why}", Statement("CREATE ROLE {role} NOLOGIN", {"role": name(role)}))


def _on_schema(rights: str, schema: str, role: Name) -> Statement:
    return Statement(f"GRANT {rights} ON SCHEMA {{schema}} TO {{role}}", {"schema": name(schema), "role": role})


def _on_tables(rights: str, tables: Sequence[TableName], role: Name) -> Statement:
    listed = Listing(tuple(table(each) for each in tables))
    return Statement(f"GRANT {rights} ON {{tables}} TO {{role}}", {"tables": listed, "role": role})
