"""An explanation as a tree: a read model, the views that it reads, and the tables beneath, each with what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.db.apply.explain_models import MissingIndex, ModelExplanation
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.explain import Explanation

_Branch = dict[str, "_Branch"]
"""Line -> the lines beneath it."""


def explanation_tree(explained: ModelExplanation) -> list[str]:
    """The lines of the tree; what concerns no source stands after it."""
    tree: _Branch = {}
    for table in dict.fromkeys(each.source for each in explained.sources):
        within = tree
        for view in explained.above.get(table, ()):
            within = within.setdefault(f"view {view}", {})
        of_table = [each for each in explained.sources if each.source == table]
        missing = [index for index in explained.missing_indexes if index.table == table]
        within[_heading(table, of_table)] = {line: {} for line in _lines(of_table, missing)}
    sources = {each.source for each in explained.sources}
    others = [index for index in explained.missing_indexes if index.table not in sources]
    last = [*_lines((), others), *explained.of_no_source]
    return [explained.read_model, *explained.refresh, *_drawn(tree), *last]


def _heading(table: TableName, sources: Sequence[Explanation]) -> str:
    kinds = " and ".join(dict.fromkeys(each.kind for each in sources))
    rows = max((each.rows for each in sources if each.rows is not None), default=None)
    if rows is None:
        return f"{table}: {kinds}"
    return f"{table}: {kinds}; one change reads about {rows:,} row{'' if rows == 1 else 's'}"


def _lines(sources: Sequence[Explanation], missing: Sequence[MissingIndex]) -> list[str]:
    """What is said of a source; the number of rows stands in its heading."""
    lines = [line for each in sources for line in (each.sentence, *each.notes)]
    return [*lines, *(index.sentence for index in missing)]


def _drawn(tree: Mapping[str, _Branch]) -> list[str]:
    lines: list[str] = []
    for number, (line, below) in enumerate(tree.items(), 1):
        is_last = number == len(tree)
        is_leaf = not below
        lines.append(line if is_leaf else f"{'└' if is_last else '├'}── {line}")
        lines += [f"{'    ' if is_last else '│   '}{each}" for each in _drawn(below)]
    return lines
