"""From which changes paths lead to the anchors, what is read on the way, and why none leads: golden, shape by shape.

`golden/reach.txt` holds the shapes: a name, a definition over the tables below, and what comes of it, indented. Each is
the smallest one in which a condition of the rules (design §5.2) decides. The oracle shows that such paths find what
they have to (tests/stress/oracle). To add a shape, write its name and definition there, and run with
DENORM_UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re

import pytest
from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.marks import marks, with_marks
from denorm_assets.sql.analysis.clock.reach import ClockReach, Moved, clock_reach_of
from denorm_assets.sql.analysis.qualification import parsed, qualified
from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.analysis.reach.paths import Path, reach_of
from tests.unit.sql.golden import FOLDER

_COLUMNS = {
    TableName(name, schema): dict(column.split(":") for column in columns.split())
    for schema, name, columns in (
        ("app", "a", "id:bigint j:bigint k:bigint n:text tags:text[] at:timestamptz"),
        ("app", "b", "id:bigint j:bigint k:bigint n:text at:timestamptz"),
        ("app", "c", "id:bigint m:bigint k:bigint n:text"),
        ("app", "d", "id:integer j:integer m:bigint"),
        ("other", "b", "id:bigint j:bigint"),
    )
}
_OPAQUE = frozenset({"unnest", "generate_series", "jsonb_each", "many"})
_GOLDEN = FOLDER / "reach.txt"


def reached(text: str) -> str:
    """The paths of a definition whose anchor is all of its columns called `id`, `id2` and so on; and what is whole."""
    tree = with_marks(qualified(parsed(text), _COLUMNS, "app"))
    anchor = [name for name in tree.named_selects if re.fullmatch(r"id\d?", name)]
    reach = reach_of(tree, _COLUMNS, anchor, _OPAQUE)
    lines = [_shown(path) for path in reach.paths]
    lines += [f"{table.name} is whole: {reason}" for table, reason in reach.whole.items()]
    if marks(tree):
        lines += _of_clock(clock_reach_of(tree, anchor, _OPAQUE))
    return "".join(f"    {line}\n" for line in lines)


def _of_clock(reach: ClockReach) -> list[str]:
    lines = [_moved(each) for each in reach.moved]
    lines += [f"time alone: {_plain(each)}" for each in reach.alone]
    return lines + [f"time is whole: {reach.whole}"] * bool(reach.whole)


def _moved(moved: Moved) -> str:
    what = [
        f"{_plain(moved.changed)}" if moved.changed else "",
        f"{_plain(moved.bounds.value)} by {_plain(moved.bounds.limit)}" if moved.bounds else "",
        f"rows of {moved.redrawn.alias}" if moved.redrawn else "",
    ]
    parts = [f"time: {', '.join(part for part in what if part)} -> {_plain(moved.anchor)}", *_way(moved)]
    return "; ".join(part for part in parts if part)


def _way(way: Path | Moved) -> tuple[str, str]:
    read = [
        f"{node.alias} {_spoken(node.table)}" if node.table else f"{node.alias} {_called(node)}" for node in way.nodes
    ]
    where = " and ".join(_plain(each) for each in way.predicates)
    return f"reads {', '.join(read)}" if read else "", f"where {where}" if where else ""


def _shown(path: Path) -> str:
    changed = f"{path.alias} {_spoken(path.source)}({', '.join(path.columns)})"
    logged = f"logged {', '.join(sorted(path.logged))}" if path.logged else ""
    parts = [f"{changed} -> {_plain(path.anchor)} of {path.root.alias}", *_way(path), logged]
    return "; ".join(part for part in parts if part)


def _called(node: Node) -> str:
    numbered = " WITH ORDINALITY" if node.numbered else ""
    return f"{_plain(node.function)}{numbered} ({', '.join(node.columns)})"


def _spoken(table: TableName) -> str:
    return table.name if table.schema == "app" else str(table)


def _plain(expression: object) -> str:
    return expression.sql("postgres").replace('"', "")  # pyright: ignore


def _shapes() -> dict[str, tuple[str, str]]:
    """Name -> definition, and what comes of it."""
    sections = re.split(r"^-- (.*)\n", _GOLDEN.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found: dict[str, tuple[str, str]] = {}
    for name, section in zip(sections[::2], sections[1::2], strict=True):
        lines = section.splitlines(keepends=True)
        text = [line for line in lines if not line.startswith(" ")]
        found[name] = "".join(text), "".join(line for line in lines if line.startswith(" "))
    return found


if os.environ.get("DENORM_UPDATE_GOLDEN"):
    _GOLDEN.write_text("".join(f"-- {name}\n{text}{reached(text)}" for name, (text, _) in _shapes().items()))
_SHAPES = _shapes()


@pytest.mark.parametrize("name", _SHAPES)
def test_reach_of_shape_is_golden(name: str) -> None:
    text, golden = _SHAPES[name]
    assert reached(text) == golden


def test_reach_of_unknown_anchor_is_whole() -> None:
    reach = reach_of(qualified(parsed("SELECT a.n FROM a"), _COLUMNS, "app"), _COLUMNS, ["id"])
    assert reach.paths == ()
    assert set(reach.whole.values()) == {"id: the definition has no such output column"}


def paths_of(name: str) -> tuple[Path, ...]:
    tree = with_marks(qualified(parsed(_SHAPES[name][0]), _COLUMNS, "app"))
    return reach_of(tree, _COLUMNS, ["id"], _OPAQUE).paths


def test_path_reads_tables_and_no_functions() -> None:
    _, by_element = paths_of("an element of an array")
    assert by_element.reads == (TableName("a", "app"),)


def test_path_at_time_reads_no_clock() -> None:
    [path] = paths_of("an anchor of a function of the clock")
    assert marks(_function(path.root)) == marks(_function(path.nodes[0])) == {"1", "2"}
    stored = path.at_time("'2020-01-01'::timestamptz")
    assert not marks(_function(stored.root)) | marks(_function(stored.nodes[0]))


def _function(node: Node) -> exp.Expr:
    assert node.function is not None
    return node.function
