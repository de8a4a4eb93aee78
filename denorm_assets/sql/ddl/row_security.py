"""Row-level security on sources, in words: from whom it hides rows, what helps, and what readers see all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class Guarded:
    """A table with row-level security that a read model reads.

    Attributes:
        source: the table that the definition names; `table` is that one, or inherits from it.
        owner: the role that owns `table`.
        forced: whether its policies apply to its owner too.
        hidden_from: the roles that read `source` for the read model and to which its policies apply.
    """

    source: TableName
    table: TableName
    owner: str
    owned_by_superuser: bool
    forced: bool
    hidden_from: tuple[str, ...]


def remedy(guarded: Guarded, role: str) -> str:
    """What lets `role` read all rows; a policy is not enough, because reading under any policy is refused."""
    ways = [f"as a superuser, run ALTER ROLE {_quoted(role)} BYPASSRLS"]
    by_owner = as_its_owner(guarded, role)
    if by_owner:
        ways.append(f"as the owner of the table, run {by_owner}")
    return f"{'; or, '.join(ways)}. A policy that shows all rows does not help"


def as_its_owner(guarded: Guarded, role: str) -> str:
    """What the owner of the table can run, so that its policies do not apply to `role`.

    Empty where that is a superuser, whose rights nobody should get for it.
    """
    if guarded.owned_by_superuser:
        return ""
    statements = [f"GRANT {_quoted(guarded.owner)} TO {_quoted(role)}"] if role != guarded.owner else []
    if guarded.forced:
        table = f"{_quoted(guarded.table.schema or '')}.{_quoted(guarded.table.name)}"
        statements.append(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    return " and ".join(statements)


def exposure(tables: Sequence[TableName], read_model: TableName, *, is_view: bool) -> str:
    """The sentences for `plan`: readers of `read_model` see what the policies of `tables` hide."""
    own = "" if is_view else ", or put policies on it"
    return (
        f"Readers of {read_model} see all rows of {_listed(tables)}, also those that its row-level security hides. "
        f"Grant SELECT on {read_model} accordingly{own}."
    )


def cache_exposure(tables: Sequence[TableName], cache: str) -> str:
    """The same for a cache, whose clients load it with the application's own role."""
    return (
        f"Clients of {cache} see all rows of {_listed(tables)}, also those that its row-level security hides. "
        "Their role must not be subject to its policies (ALTER ROLE ... BYPASSRLS): its reads fail otherwise."
    )


def _listed(tables: Sequence[TableName]) -> str:
    return ", ".join(map(str, tables))


def _quoted(identifier: str) -> str:
    """`identifier` as it has to be written in SQL, for statements that a person copies."""
    return '"' + identifier.replace('"', '""') + '"'
