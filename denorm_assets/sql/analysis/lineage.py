"""Column lineage: which columns of which sources each output column is computed from, as far as the text tells.

It needs no database, so it does not know what columns a table has: of a name without a table before it that could come
from several places, nothing is said. (sqlglot's own lineage guesses there, and does not look into LATERAL, correlated
subqueries and functions in FROM.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlglot import exp

from denorm_assets.model.sql_file import Sql
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse, common_table, parse, table_name

Origin = tuple[TableName, str]
"""A column of a source."""

_Origins = tuple[Origin, ...] | None
"""None where the text does not tell."""


def column_lineage(definition: Sql) -> dict[str, tuple[Origin, ...]]:
    """Output column -> the source columns that its value is computed from, in order of appearance.

    What only decides which rows there are (joins, WHERE, GROUP BY) is no origin. Columns that come from no source
    (constants, `count(*)`) or of which the text does not tell are left out. Raises DefinitionError as `analyse` does.
    """
    names = analyse(definition).output_names
    result = _Derived(parse(definition), None, names, set())
    found = {name: result.at(position) for position, name in enumerate(names)}
    return {name: origins for name, origins in found.items() if origins}


class _Item(Protocol):
    """Something in FROM."""

    @property
    def names(self) -> Sequence[str]:
        """Its columns, as far as the text tells."""
        ...

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        ...

    def origins(self, column: str) -> _Origins:
        """Where `column` comes from."""
        ...


@dataclass(frozen=True)
class _Stored:
    """A table."""

    table: TableName
    names: Sequence[str] = ()
    complete: bool = False

    def origins(self, column: str) -> _Origins:
        return ((self.table, column),)


@dataclass(frozen=True)
class _Computed:
    """A function or VALUES: every column comes from all arguments, unless there is an argument for each."""

    arguments: Sequence[exp.Expr]
    names: Sequence[str]
    complete: bool
    scope: _Scope

    def origins(self, column: str) -> _Origins:
        if len(self.arguments) == len(self.names) and column in self.names:
            return self.scope.origins(self.arguments[self.names.index(column)])
        return _together(self.scope.origins(argument) for argument in self.arguments)


@dataclass(frozen=True)
class _Opaque:
    """A form of FROM item that is not looked into."""

    names: Sequence[str] = ()
    complete: bool = False

    def origins(self, column: str) -> _Origins:
        del column


@dataclass(frozen=True)
class _Derived:
    """A subquery or common table expression.

    Attributes:
        outer: what its correlated names can mean.
        entered: (query, position) of the columns being followed, so that recursion comes to an end.
    """

    query: exp.Expr
    outer: _Scope | None
    names: Sequence[str]
    entered: set[tuple[int, int]]

    @property
    def complete(self) -> bool:
        return all(self.names)

    def origins(self, column: str) -> _Origins:
        return self.at(self.names.index(column)) if column in self.names else None

    def at(self, position: int) -> _Origins:
        """Where the column at `position` comes from, in any branch of a set operation."""
        here = (id(self.query), position)
        if here in self.entered:
            return ()
        self.entered.add(here)
        try:
            return _together(self._of_branch(select, position) for select in _branches(self.query))
        finally:
            self.entered.remove(here)

    def _of_branch(self, select: exp.Select, position: int) -> _Origins:
        if any(projection.is_star for projection in select.expressions) or position >= len(select.expressions):
            return None
        return _scope_of(select, self.outer, self.entered).origins(select.expressions[position])


@dataclass(frozen=True)
class _Scope:
    """What names mean within one SELECT.

    Attributes:
        merges: whether USING or NATURAL makes one column of two.
    """

    select: exp.Select
    outer: _Scope | None
    entered: set[tuple[int, int]]
    merges: bool
    items: dict[str, _Item] = field(default_factory=dict[str, _Item])

    def origins(self, expression: exp.Expr) -> _Origins:
        """Where the value of `expression` comes from."""
        return _together(self._parts(expression))

    def _parts(self, expression: exp.Expr) -> Iterator[_Origins]:
        for node in expression.walk(bfs=False, prune=lambda found: isinstance(found, exp.Column | exp.Query)):
            if isinstance(node, exp.Column):
                yield self._column(node)
            elif isinstance(node, exp.Query):
                yield self._subquery(node)
            elif isinstance(node, exp.Window) and node.alias:
                yield self._window(node.alias)

    def _column(self, column: exp.Column) -> _Origins:
        if isinstance(column.this, exp.Star):
            return None
        if not column.table:
            return self._bare(column.name)
        scope: _Scope | None = self
        while scope is not None:
            if column.table in scope.items:
                return scope.items[column.table].origins(column.name)
            scope = scope.outer
        return None

    def _bare(self, name: str) -> _Origins:
        """A name without a table before it: PostgreSQL takes the innermost SELECT that has such a column."""
        for item in self.items.values():
            if name in item.names and not self.merges:
                return item.origins(name)
        # A name of something in FROM would be its whole row.
        if self.merges or name in self.items:
            return None
        unknown = [item for item in self.items.values() if not item.complete]
        if not unknown:
            return self.outer._bare(name) if self.outer else None
        alone = len(unknown) == 1 and isinstance(unknown[0], _Stored) and self.outer is None
        return unknown[0].origins(name) if alone else None

    def _subquery(self, query: exp.Query) -> _Origins:
        """The value of a subquery in an expression; that of EXISTS is decided by its WHERE."""
        if isinstance(query.parent, exp.Exists):
            scopes = [_scope_of(select, self, self.entered) for select in _branches(query)]
            wheres = [(scope, scope.select.args.get("where")) for scope in scopes]
            return _together(scope.origins(where.this) for scope, where in wheres if where is not None)
        derived = _Derived(query, self, _names(query), self.entered)
        return _together(derived.at(position) for position in range(len(derived.names)))

    def _window(self, name: str) -> _Origins:
        named = (window for window in self.select.args.get("windows") or () if window.name == name)
        return _together(self.origins(part) for window in named for part in window.iter_expressions())


def _scope_of(select: exp.Select, outer: _Scope | None, entered: set[tuple[int, int]]) -> _Scope:
    first = select.args.get("from_")
    items = [*(_in_from(first.this) if first else ()), *_joined(select)]
    merges = any(merging for _, merging in items)
    scope = _Scope(select, outer, entered, merges)
    for found, _ in items:
        scope.items[found.alias_or_name] = _item(found, scope)
    return scope


def _joined(query: exp.Expr) -> Iterator[tuple[exp.Expr, bool]]:
    """What is joined to the first thing in FROM, and whether the join makes one column of two."""
    for join in query.args.get("joins") or ():
        merging = bool(join.args.get("using")) or join.method == "NATURAL"
        yield from ((found, inner or merging) for found, inner in _in_from(join.this))


def _in_from(found: exp.Expr) -> Iterator[tuple[exp.Expr, bool]]:
    """`found`, or what joins in parentheses consist of."""
    if isinstance(found, exp.Subquery) and isinstance(found.this, exp.Table) and not found.alias:
        yield from _in_from(found.this)
    else:
        yield found, False
    yield from _joined(found)


def _item(found: exp.Expr, scope: _Scope) -> _Item:
    aliases = found.alias_column_names
    if isinstance(found, exp.Table) and isinstance(found.this, exp.Identifier):
        common = common_table(found)
        if common is not None:
            return _of_common_table(common, aliases, scope)
        return _Opaque() if aliases else _Stored(table_name(found))
    if isinstance(found, exp.Subquery) and isinstance(found.this, exp.Query):
        return _Derived(found.this, scope.outer, _names(found.this, aliases), scope.entered)
    # It sees what stands before it, and nothing else of this SELECT.
    before = replace(scope, items=dict(scope.items))
    if isinstance(found, exp.Lateral) and isinstance(found.this, exp.Subquery):
        return _Derived(found.this.this, before, _names(found.this.this, aliases), scope.entered)
    function = found.this if isinstance(found, exp.Lateral | exp.Table) else found
    if isinstance(function, exp.Func | exp.Values):
        arguments = function.expressions if isinstance(function, exp.Unnest) else [function]
        return _Computed(arguments, aliases or [found.alias], bool(aliases), before)
    return _Opaque()


def _of_common_table(common: exp.CTE, aliases: Sequence[str], scope: _Scope) -> _Derived:
    clause = common.parent
    # Only within an outer SELECT is there anything that names in it could refer to.
    nested = clause is not None and clause.parent is not None and clause.parent.find_ancestor(exp.Select)
    names = _names(common.this, aliases or common.alias_column_names)
    return _Derived(common.this, scope.outer if nested else None, names, scope.entered)


def _branches(query: exp.Expr) -> list[exp.Select]:
    """The SELECTs whose rows `query` yields."""
    if isinstance(query, exp.Except):
        return _branches(query.left)
    if isinstance(query, exp.SetOperation):
        return [*_branches(query.left), *_branches(query.right)]
    if isinstance(query, exp.Subquery):
        return _branches(query.this)
    return [query] if isinstance(query, exp.Select) else []


def _names(query: exp.Expr, aliases: Sequence[str] = ()) -> list[str]:
    """Names of the columns of `query`, `aliases` being those of the first; empty where PostgreSQL makes one up."""
    selects = _branches(query)
    projections = selects[0].expressions if selects else []
    return [*aliases, *("" if each.is_star else each.output_name for each in projections[len(aliases) :])]


def _together(parts: Iterable[_Origins]) -> _Origins:
    found: dict[Origin, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found)
