"""How rows are looked up on the way from a change to its anchors and back, and which indexes serve that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.reach.paths import Path
from denorm_assets.sql.analysis.wording import in_words
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.statement import Listing, Part, Raw, Statement, name, table


@dataclass(frozen=True)
class Lookup:
    """A table whose rows are looked up.

    Attributes:
        condition: by what, for people; empty where nothing narrows them down.
        columns: those of its columns that are compared by equality.
        expressions: where there are none, what else over its columns alone is (as SQL).
    """

    table: TableName
    condition: str = ""
    columns: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()

    @property
    def indexable(self) -> bool:
        """Whether an index on columns or expressions finds the rows."""
        return bool(self.columns or self.expressions)

    @property
    def on(self) -> str:
        """The columns or expressions as in CREATE INDEX, for people."""
        return ", ".join(self.columns or self.expressions)


def lookups(path: Path, labels: Mapping[str, str]) -> tuple[Lookup, ...]:
    """The tables that a change reads on `path`, from the changed row to the anchor.

    The next one is always one that an index on columns can find, if there is any. `labels` are what aliases are called.
    """
    # Nodes stand in the order of their distance from the anchor, which is read last.
    tables = {node.alias: node.table for node in reversed(path.nodes) if node.table is not None}
    return tuple(_Way(path, labels).in_order(tables, {path.alias}))


def lookups_of_rows(path: Path, labels: Mapping[str, str]) -> tuple[Lookup, ...]:
    """The tables that computing the rows of an anchor reads: `path` backwards, from the anchor to the changed table."""
    tables = {node.alias: node.table for node in path.nodes if node.table is not None} | {path.alias: path.source}
    values = path.anchor.expressions if isinstance(path.anchor, exp.Tuple) else [path.anchor]
    anchors: dict[str, list[str]] = {}
    for column in (value for value in values if isinstance(value, exp.Column) and value.table in tables):
        anchors.setdefault(column.table, []).append(column.name)
    found = [Lookup(tables[alias], columns=tuple(columns)) for alias, columns in anchors.items()]
    known = {column.table for column in path.anchor.find_all(exp.Column)}
    left = {alias: source for alias, source in tables.items() if alias not in known}
    return (*found, *_Way(path, labels).in_order(left, known))


def serves(lookup: Lookup, leading_columns: Collection[str], leading_expressions: Collection[str]) -> bool:
    """Whether an index that begins with one of these columns or expressions (as PostgreSQL prints them) finds the rows.

    One column of several is enough: whether the others would narrow it down further is not known here.
    """
    if lookup.columns:
        return any(column in leading_columns for column in lookup.columns)
    wanted = {_normal(expression) for expression in lookup.expressions}
    return any(_normal(expression) in wanted for expression in leading_expressions)


def create_index(lookup: Lookup, *, concurrently: bool) -> Statement:
    """CREATE INDEX for an indexable `lookup`, to be run by the owner of its table."""
    terms: Sequence[Part] = [name(column) for column in lookup.columns]
    return Statement(
        "CREATE INDEX {concurrently}ON {table} ({terms})",
        {
            "concurrently": Raw("CONCURRENTLY " if concurrently else ""),
            "table": table(lookup.table),
            "terms": Listing(tuple(terms or [Raw(f"({expression})") for expression in lookup.expressions])),
        },
    )


class _Way:
    """The predicates of a path, by what they compare."""

    def __init__(self, path: Path, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._functions = {node.alias: node for node in path.nodes if node.function is not None}
        self._joining = [
            each for predicate in path.predicates for each in _by_column(predicate) if len(self._reads(each)) > 1
        ]

    def in_order(self, tables: Mapping[str, TableName], known: Set[str]) -> Iterator[Lookup]:
        """How rows of `tables`, by their aliases, are found from rows of `known`; the first ones of equals first."""
        known, waiting = set(known), dict(tables)
        while waiting:
            possible = [(self._lookup(alias, source, known), alias) for alias, source in waiting.items()]
            lookup, alias = max(possible, key=lambda each: _rank(each[0]))
            yield lookup
            del waiting[alias]
            known.add(alias)

    def _lookup(self, alias: str, source: TableName, known: Set[str]) -> Lookup:
        usable = [each for each in self._joining if alias in self._reads(each) <= known | {alias}]
        compared = [(each, side) for each in usable if (side := _compared(each, alias)) is not None]
        columns = [(each, side) for each, side in compared if isinstance(side, exp.Column)]
        chosen = [each for each, _ in columns or compared] or usable
        return Lookup(
            source,
            " and ".join(in_words(_turned(each, alias), self._labels, self._functions) for each in chosen),
            tuple(dict.fromkeys(side.name for _, side in columns)),
            () if columns else tuple(dict.fromkeys(_over_own_columns(side) for _, side in compared)),
        )

    def _reads(self, expression: exp.Expr) -> frozenset[str]:
        """Aliases of the tables that `expression` reads, through functions in FROM too."""
        found: set[str] = set()
        waiting = [column.table for column in expression.find_all(exp.Column)]
        while waiting:
            alias = waiting.pop()
            if alias in self._functions:
                waiting += self._functions[alias].needs
            else:
                found.add(alias)
        return frozenset(found)


def _rank(lookup: Lookup) -> tuple[bool, bool, bool]:
    return bool(lookup.columns), bool(lookup.expressions), bool(lookup.condition)


def _by_column(predicate: exp.Expr) -> list[exp.Expr]:
    """`predicate`; of an equality of rows, the equalities of their columns."""
    bare = predicate.unnest()
    if isinstance(bare, exp.EQ) and isinstance(bare.left, exp.Tuple) and isinstance(bare.right, exp.Tuple):
        pairs = zip(bare.left.expressions, bare.right.expressions, strict=True)
        return [exp.EQ(this=left.copy(), expression=right.copy()) for left, right in pairs]
    return [predicate]


def _compared(predicate: exp.Expr, alias: str) -> exp.Expr | None:
    """What of `alias` alone `predicate` says is equal to something else; None where it says no such thing."""
    predicate = predicate.unnest()
    if isinstance(predicate, exp.EQ):
        sides = [(predicate.left, [predicate.right]), (predicate.right, [predicate.left])]
    elif isinstance(predicate, exp.In):
        sides = [(predicate.this, predicate.expressions)]
    else:
        return None
    for side, others in sides:
        # `x = ANY (known)` finds x by an index; `known = ANY (x)` and `x = ALL (known)` do not.
        if isinstance(side, exp.Any | exp.All) or any(isinstance(other, exp.All) for other in others):
            continue
        elsewhere = {column.table for other in others for column in other.find_all(exp.Column)}
        if {column.table for column in side.find_all(exp.Column)} == {alias} and alias not in elsewhere:
            return side.unnest()
    return None


def _turned(predicate: exp.Expr, alias: str) -> exp.Expr:
    """An equality with what is looked up before what is known."""
    bare = predicate.unnest()
    if not isinstance(bare, exp.EQ) or isinstance(bare.right, exp.Any | exp.All):
        return bare
    if any(column.table == alias for column in bare.left.find_all(exp.Column)):
        return bare
    return exp.EQ(this=bare.right.copy(), expression=bare.left.copy())


def _over_own_columns(expression: exp.Expr) -> str:
    copy = expression.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
    return printed(copy)


def _normal(expression: str) -> str:
    """`expression` without what PostgreSQL adds when it prints one: parentheses, casts to text, quotation marks."""
    tree = exp.Paren(this=sqlglot.parse_one(expression, dialect="postgres"))
    for node in list(tree.find_all(exp.Paren, exp.Cast)):
        if node is not tree and (isinstance(node, exp.Paren) or node.to.is_type("text")):
            node.replace(node.this)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", False)
    return tree.this.sql("postgres", normalize_functions="lower")
