"""What the analysis of a definition found, in words: which rows a change in each of its sources affects, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.catalog.blocks import PartialAggregates
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.index_advice import Lookup, lookups, lookups_of_rows
from denorm_assets.sql.analysis.reach.paths import Path
from denorm_assets.sql.analysis.wording import in_words, that_one

BY_KEY, WHOLE = "by key", "whole"


@dataclass(frozen=True)
class Explanation:
    """What a change in one occurrence of a source does.

    Attributes:
        notes: sentences on what is costly about it, and no index on columns can help.
        lookups: the tables that are read to find out which rows are affected.
        reads: the tables that are read to compute these rows.
        rows: about how many rows are read for all that, after a change of one; None where that is not known.
        kind: `BY_KEY` where only those are recomputed, else `WHOLE`.
    """

    source: TableName
    sentence: str
    notes: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    reads: tuple[Lookup, ...] = ()
    rows: int | None = None
    kind: str = BY_KEY


def explain(
    described: DescribedModel, paths: Sequence[Path], whole: Mapping[TableName, str], watched: Sequence[TableName]
) -> tuple[Explanation, ...]:
    """An explanation for each occurrence of each source, those that say the same only once.

    `paths` are those of the read model; a view that is refreshed as a whole has none. `whole` are the sources that no
    path leads from, with the reason; `watched` are all of them.
    """
    if isinstance(described.model.refresh, Full):
        return tuple(
            Explanation(table, f"A change in {_spoken(table, described)} refreshes the whole view.", kind=WHOLE)
            for table in watched
        )
    of_whole = [
        Explanation(
            table,
            f"A change in {_spoken(table, described)} recomputes all rows ({reason}).",
            kind=WHOLE,
        )
        for table, reason in whole.items()
    ]
    if described.partials is not None:
        return tuple(dict.fromkeys([*(_of_block(described, described.partials, path) for path in paths), *of_whole]))
    return tuple(dict.fromkeys([*(_explained(described, path) for path in paths), *of_whole]))


def narrowed_sentences(described: DescribedModel) -> tuple[str, ...]:
    """Where what is executed for some anchors has conditions that PostgreSQL does not carry there; or nothing."""
    if described.narrowed is None:
        return ()
    return (
        f"PostgreSQL carries no condition on {_anchor(described)} below {' and '.join(described.narrowed.below)}."
        " A refresh writes it there, and so reads only the rows of changed anchors.",
    )


def _explained(described: DescribedModel, path: Path) -> Explanation:
    if path.is_of_one_value:
        source = _spoken(path.source, described)
        return Explanation(
            path.source, f"A change in {source} affects the rows in which {_one_value(described, path)}."
        )
    labels = _labels(described, path)
    reads = lookups_of_rows(path, labels)
    if path.alias == path.root.alias and not path.nodes:
        return Explanation(path.source, _of_anchor(described, path), reads=reads)
    looked_up = lookups(path, labels)
    ways = _ways(described, looked_up)
    if path.root not in path.nodes and path.root.alias != path.alias:
        # An equal column stands for the anchor, whose own table is not read.
        functions = {node.alias: node for node in path.nodes if node.function is not None}
        ways.append(in_words(path.anchor, labels, functions))
    sentence = f"{_of_other(described, path)} ({_anchor(described)}){_through(ways)}."
    return Explanation(path.source, sentence, _notes(described, looked_up), looked_up, reads)


def _of_block(described: DescribedModel, partials: PartialAggregates, path: Path) -> Explanation:
    labels = _labels(described, path)
    looked_up = lookups(path, labels)
    through = _through(_ways(described, looked_up))
    part = next(part for part in partials.parts if part.table == path.root.table)
    return Explanation(
        path.source,
        f"A change in {_spoken(path.source, described)} recomputes the aggregates of a block of {part.blocks.ids:,} IDs"
        f" ({_spoken(part.table, described)}.{part.blocks.column}){through}; rows are made of those of all blocks.",
        _notes(described, looked_up),
        looked_up,
        lookups_of_rows(path, labels),
    )


def _ways(described: DescribedModel, looked_up: Sequence[Lookup]) -> list[str]:
    return [lookup.condition or f"all of {_spoken(lookup.table, described)}" for lookup in looked_up]


def _through(ways: Sequence[str]) -> str:
    return f", found through {', then '.join(ways)}" if ways else ""


def _notes(described: DescribedModel, looked_up: Sequence[Lookup]) -> tuple[str, ...]:
    return tuple(
        f"Each refresh after such a change reads all of {_spoken(lookup.table, described)}: "
        "none of its columns is compared by equality there."
        for lookup in looked_up
        if not lookup.indexable
    )


def _of_anchor(described: DescribedModel, path: Path) -> str:
    source, columns = _spoken(path.source, described), [column.name for column in described.anchor]
    values = path.anchor.expressions if isinstance(path.anchor, exp.Tuple) else [path.anchor]
    one = that_one(path.source.name)
    if all(isinstance(value, exp.Column) for value in values):
        names = [value.name for value in values]
        if names == columns:
            return f"A change in {source} affects the rows with its {_anchor(described)}."
        if one is None:
            pairs = zip(columns, names, strict=True)
            whose = " and ".join(f"{column} is its {name}" for column, name in pairs)
            return f"A change in {source} affects the rows whose {whose}."
    return f"A change in {source} affects the rows of {one or 'that row'} ({_anchor(described)})."


def _one_value(described: DescribedModel, path: Path) -> str:
    """What holds for the rows that lack what the anchor is a value of: `author IS NULL`."""
    values = path.anchor.expressions if isinstance(path.anchor, exp.Tuple) else [path.anchor]
    return " and ".join(
        f"{column.name} IS NULL" if isinstance(value, exp.Null) else f"{column.name} = {in_words(value, {}, {})}"
        for column, value in zip(described.anchor, values, strict=True)
    )


def _anchor(described: DescribedModel) -> str:
    return ", ".join(column.name for column in described.anchor)


def _of_other(described: DescribedModel, path: Path) -> str:
    source = _spoken(path.source, described)
    joined = dict.fromkeys(node.table for node in path.nodes if node.alias in path.logged and node.table is not None)
    if joined.keys() - {path.source}:
        others = " and ".join(_spoken(table, described) for table in joined)
        return f"A change in {source} affects the rows of {that_one(path.source.name) or 'that row'} with its {others}"
    if path.root.table is None:
        return f"A change in {source} affects the rows of one value"
    root = _spoken(path.root.table, described)
    if path.alias == path.root.alias:
        return f"A change in {source} affects the rows of {that_one(path.source.name) or 'that row'}"
    if source == root:
        return f"A change in {source} also affects the rows of other {root}"
    one = that_one(path.source.name)
    whose = f"{one}'s" if one else "its"
    return f"A change in {source} affects the rows of {whose} {root}"


def _labels(described: DescribedModel, path: Path) -> dict[str, str]:
    """Alias -> what it is called; further occurrences of a table are the "other" ones."""
    labels = {path.alias: _spoken(path.source, described)}
    for node in path.nodes:
        if node.table is not None:
            label = _spoken(node.table, described)
            while label in labels.values():
                label = f"other {label}"
            labels[node.alias] = label
    return labels


def _spoken(table: TableName, described: DescribedModel) -> str:
    return table.name if table.schema == described.schema else str(table)
