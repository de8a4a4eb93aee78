"""Statements of caches: what a client asks PostgreSQL, how it writes, and whom a warm-up loads.

They stand alone in a transaction and name no temporary object, so that a connection of the application's can run them.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from denorm_assets.model.cached_set import Cache, CachedCount, CachedSet, owners_column
from denorm_assets.model.ids import IdKind
from denorm_assets.model.sql_file import Sql
from denorm_assets.sql.statement import Part, Raw, Statement, name, table

ARRAYS = {IdKind.INTEGER: "bigint[]", IdKind.UUID: "uuid[]"}
_TYPES = {IdKind.INTEGER: "bigint", IdKind.UUID: "uuid"}


def load(cache: Cache, definition: str | None = None) -> Statement:
    """What is to be held for `%(owners)s`; owners without a row are not in it.

    `definition` is its text with all names resolved; None is the text that people wrote.

    Of a set: owner, and its members in order. Of a count: owner, number, and the snapshot in which that holds; where
    no owner has a number, one row says but the snapshot.
    """
    if isinstance(cache, CachedSet):
        return Statement(
            "SELECT d.{owner}, array_agg(d.{member} ORDER BY d.{member}) FROM ({definition}\n) AS d\n"
            f"WHERE d.{{owner}} = ANY (%(owners)s::{ARRAYS[cache.owner_ids]}) AND d.{{member}} IS NOT NULL\n"
            "GROUP BY d.{owner}",
            {**_parts(cache, definition), "member": name(cache.member)},
        )
    return Statement(
        "SELECT d.{owner}, d.{count}::bigint, now.snapshot\n"
        "FROM (SELECT pg_current_snapshot()::text AS snapshot) AS now\n"
        "LEFT JOIN (SELECT * FROM ({definition}\n) AS d\n"
        f"    WHERE d.{{owner}} = ANY (%(owners)s::{ARRAYS[cache.owner_ids]})) AS d ON true",
        {**_parts(cache, definition), "count": name(cache.count)},
    )


def matching(cached: CachedSet) -> Statement:
    """Which of `%(members)s` the set of `%(owner)s` has: what a client asks where nothing is held."""
    return Statement(
        "SELECT d.{member} FROM ({definition}\n) AS d\n"
        f"WHERE d.{{owner}} = %(owner)s::{_TYPES[cached.owner_ids]} AND d.{{member}} = "
        f"ANY (%(members)s::{ARRAYS[cached.member_ids]})",
        {**_parts(cached), "member": name(cached.member)},
    )


def write(file: Sql) -> Statement:
    """`file` with how many rows it changed, and the transaction that did; no transaction where it changed none."""
    return Statement(
        "WITH written AS (\n{statement}\nRETURNING 1)\n"
        "SELECT count(*), pg_current_xact_id_if_assigned()::text::bigint FROM written",
        {"statement": Statement(file.text)},
    )


def counts_members(count: CachedCount, of: CachedSet) -> bool:
    """Whether `count` is how many rows of the set's definition have its owner as their member.

    Both read one table with the same WHERE, so that what is added to the set, or removed, changes the count by one.
    """
    counting, listing = (sqlglot.parse_one(each.definition.text, dialect="postgres") for each in (count, of))
    if not isinstance(counting, exp.Select) or not isinstance(listing, exp.Select) or not _reads_one_table(listing):
        return False
    members = {each.alias_or_name: each.unalias() for each in listing.expressions}
    counted = {each.alias_or_name: each.unalias() for each in counting.expressions}
    owner, number, group = counted.get(count.owner), counted.get(count.count), counting.args.get("group")
    return (
        owner == members.get(of.member)
        and number == exp.Count(this=exp.Star(), big_int=True)
        and group == exp.Group(expressions=[owner])
        and _clauses(counting) - {"group"} == _clauses(listing) <= {"expressions", "from_", "where"}
        and all(counting.args.get(clause) == listing.args.get(clause) for clause in ("from_", "where"))
    )


def _reads_one_table(select: exp.Select) -> bool:
    source, where = select.args.get("from_"), select.args.get("where")
    table = source.this if isinstance(source, exp.From) else None
    return (
        isinstance(table, exp.Table)
        and isinstance(table.this, exp.Identifier)
        and not (isinstance(where, exp.Where) and where.find(exp.Query))
    )


def _clauses(select: exp.Select) -> set[str]:
    return {clause for clause, given in select.args.items() if given}


def owners_between(cache: Cache, schema: str, definition: str | None = None) -> Statement:
    """The first `%(at_most)s` owners from `%(first)s`, but beyond `%(after)s`, to `%(up_to)s`; NULL is infinity.

    `schema` is where unqualified tables live, `definition` as in `load`.
    """
    listed = owners_column(cache)
    owner = cache.owner if listed is None else listed[1]
    kind = _TYPES[cache.owner_ids]
    defined = Statement("({definition}\n)", _parts(cache, definition))
    source: Part = defined if listed is None else table(listed[0].within(schema))
    return Statement(
        "SELECT DISTINCT d.{owner} AS owner FROM {source} AS d WHERE d.{owner} IS NOT NULL\n"
        f"    AND (%(first)s::{kind} IS NULL OR d.{{owner}} >= %(first)s::{kind})\n"
        f"    AND (%(after)s::{kind} IS NULL OR d.{{owner}} > %(after)s::{kind})\n"
        f"    AND (%(up_to)s::{kind} IS NULL OR d.{{owner}} <= %(up_to)s::{kind})\n"
        "ORDER BY owner LIMIT %(at_most)s",
        {"owner": name(owner), "source": source},
    )


def _parts(cache: CachedSet | CachedCount, definition: str | None = None) -> dict[str, Part]:
    return {"owner": name(cache.owner), "definition": Raw(definition or cache.definition.text)}
