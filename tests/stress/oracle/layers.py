"""Generated read models that others read, of two systems, at times through views over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg import sql

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.sources import ROLES, Source
from tests.stress.oracle.views import view_over


@dataclass(frozen=True)
class Modelled(Source):
    """A read model with a source's columns, which other definitions read."""

    defined: Defined = field(default_factory=lambda: Defined("", (), ()))


def layers(c: Chooser, seen: Sequence[Source]) -> list[Source]:
    """Read models over some of `seen` and over each other, and views over them, each after those that it reads."""
    found: list[Source] = []
    for number in range(c.count(0, 3)):
        readable = [each for each in [*seen, *found] if not each.loose]
        if not readable:
            break
        # Mostly over the newest, so that there are long chains.
        found.append(_model(c, c.pick(readable[-3:]), readable, f"model_{number}"))
        if c.chance(30):
            found.append(view_over(c, found[-1], readable, f"over_{number}"))
    return found


def _model(c: Chooser, source: Source, others: Sequence[Source], name: str) -> Modelled:
    schema = c.pick(["s", "s2"])
    selected = {role: f"t.{source.column(role)}" for role in ROLES}
    other = c.pick([each for each in others if each.key_type == source.key_type])
    rest = ""
    match c.count(0, 6):
        case 0:
            rest = f" WHERE t.{source.column('n')} > 0"
        case 1:
            rest = f" LEFT JOIN {_full_name(other)} AS o ON o.{other.column('id')} = t.{source.column('ref')}"
            selected["name"] = f"coalesce(o.{other.column('name')}, {selected['name']})"
            selected["other"] = f"o.{other.column('other')}"
        case 2:
            selected["n"] = (
                f"(SELECT count(*)::int FROM {_full_name(other)} AS o"
                f" WHERE o.{other.column('ref')} = t.{source.column('id')})"
            )
        case 3:
            selected["n"] = f"max(t.{source.column('n')}) OVER (PARTITION BY t.{source.column('grp')})"
        case 4:
            selected["grp"] = f"(SELECT max(o.{other.column('grp')}) FROM {_full_name(other)} AS o)"
        case 5:
            rest = f" JOIN {_full_name(other)} AS o ON o.{other.column('id')} = t.{source.column('id')}"
            selected["flag"] = f"t.{source.column('flag')} IS DISTINCT FROM o.{other.column('flag')}"
        case _:
            pass
    columns = ", ".join(f"{expression} AS {role}" for role, expression in selected.items())
    text = f"SELECT {columns} FROM {_full_name(source)} AS t{rest}"
    defined = Defined(text, ("id",), (), schema, name)
    return Modelled(schema, name, {role: role for role in ROLES}, source.key_type, defined=defined)


def _full_name(source: Source) -> str:
    return sql.Identifier(source.schema, source.table).as_string()
