"""Generated views over generated source tables, which definitions read as if they were tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.clocks import clock_in
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.sources import ROLES, Source

_RENAMED: Mapping[str, str] = {role: f"{role} Of View" for role in ROLES}


@dataclass(frozen=True)
class Viewed(Source):
    """A view with a source's columns.

    Attributes:
        drives: the ID column beneath, as IdRanges names it.
        created: the statements that create it.
    """

    drives: tuple[str, ...] = ()
    created: tuple[str, ...] = ()

    @property
    def driving(self) -> tuple[str, ...]:
        """The ID column of the table beneath, where the view shows it as it is."""
        return self.drives

    def ddl(self) -> list[str]:
        """Statements that create it."""
        return list(self.created)


def with_views(c: Chooser, tables: Sequence[Source]) -> list[Source]:
    """`tables`, some of them behind views, at times behind two."""
    found: list[Source] = []
    for number, table in enumerate(tables):
        if not c.chance(35):
            found.append(table)
            continue
        found.append(view_over(c, table, tables, f"v{number}"))
        if c.chance(30):
            found.append(view_over(c, found[-1], tables, f"View {number}"))
    return found


def every_column(c: Chooser, defined: Defined) -> Defined:
    """The same definition by `SELECT *`, at times; the IDs in a subquery drive nothing."""
    if defined.driving or not c.chance(12):
        return defined
    return replace(defined, text=f"SELECT * FROM ({defined.text}) AS d")


def view_over(c: Chooser, source: Source, tables: Sequence[Source], name: str) -> Viewed:
    """A view over `source`, which may read another of `tables` as well."""
    columns = c.pick([source.columns, _RENAMED])
    view = Viewed(c.pick(["s", "s2"]), name, columns, source.key_type, source.loose, drives=source.driving)
    listed = ", ".join(view.column(role) for role in ROLES)
    selected = ", ".join(f"t.{source.column(role)}" for role in ROLES)
    body = f"SELECT {selected} FROM {source.name} AS t"
    other = c.pick([each for each in tables if each.key_type == source.key_type])
    match c.count(0, 6):
        case 0:
            pass
        case 1:
            body += f" WHERE t.{source.column('n')} > 0"
            body = clock_in(c, body) if c.chance(50) else body
        case 2:
            body += (
                f" WHERE EXISTS (SELECT FROM {other.name} AS o WHERE o.{other.column('id')} = t.{source.column('ref')})"
            )
        case 3:
            body = f"WITH t AS (SELECT * FROM {source.name}) SELECT {selected} FROM t"
            view = replace(view, drives=())
        case 4:
            body += f" LEFT JOIN {other.name} AS o ON o.{other.column('ref')} = t.{source.column('id')}"
            view = replace(view, loose=True)
        case 5:
            others = ", ".join(f"o.{other.column(role)}" for role in ROLES)
            body += f" UNION ALL SELECT {others} FROM {other.name} AS o"
            view = replace(view, loose=True, drives=())
        case _:
            body = f"SELECT DISTINCT {selected} FROM {source.name} AS t"
    barrier = " WITH (security_barrier)" if c.chance(20) else ""
    return replace(view, created=(f"CREATE VIEW {_full_name(view)} ({listed}){barrier} AS {body}",))


def _full_name(view: Source) -> str:
    return sql.Identifier(view.schema, view.table).as_string()
