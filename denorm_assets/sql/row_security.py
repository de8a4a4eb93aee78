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
    ways = [f'as a superuser, run ALTER ROLE "{role}" BYPASSRLS']
    owning = [f'GRANT "{guarded.owner}" TO "{role}"'] if role != guarded.owner else []
    if guarded.forced:
        owning.append(f"ALTER TABLE {guarded.table} NO FORCE ROW LEVEL SECURITY")
    if owning and not guarded.owned_by_superuser:
        ways.append(f"as the owner of the table, run {' and '.join(owning)}")
    return f"{'; or, '.join(ways)}. A policy that shows all rows does not help"


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
