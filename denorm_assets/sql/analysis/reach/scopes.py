"""A definition as nodes and conditions: which rows of which sources can matter to which, and through what predicates.

A *node* is one occurrence of a source, or a set-returning function in FROM; each occurrence counts by itself. A
*condition* is a predicate that must hold whenever a row of the nodes that it serves matters to the result (design
rule 2):

- an outer join's ON serves only its nullable side, and that of a full join neither;
- a predicate inside a subquery or LATERAL serves only that block's nodes; correlations are conditions into it;
- a predicate over a null-extended node must be strict in it;
- a subquery that is a set operation is read branch by branch: a row of it is of one of them;
- out of a block with GROUP BY, DISTINCT ON, windows or LIMIT a condition leads only through grouping, DISTINCT ON or
  PARTITION BY expressions, or through a correlation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clauses import (
    Branch,
    branches,
    conjuncts,
    own_subqueries,
    required,
    stands_in_parentheses,
)
from denorm_assets.sql.analysis.clock.marks import marks
from denorm_assets.sql.analysis.null_rejection import is_strict, not_null_extended, reduced
from denorm_assets.sql.analysis.reach.blocks import Block, Derived, Joined, Node, is_extreme, nodes_of
from denorm_assets.sql.analysis.reach.conditions import Condition, aliases_in, never
from denorm_assets.sql.analysis.reach.function_nodes import function_node
from denorm_assets.sql.analysis.reach.missing_rows import predicate_without
from denorm_assets.sql.analysis.refusal import Refusal


class ScopeReader:
    """Reads one branch of a definition into nodes and conditions.

    Attributes:
        nullable: aliases of the nodes whose columns outer joins can make NULL, at any depth, and how many of them do.
        blocks: all SELECTs that were read.
        witnessed: position in `conditions` -> the same, serving also what requires such a row; `equalities`: more such.
        doubtful: predicates that those NULLs can pass: what is NULL there, and what the predicate would serve.
    """

    def __init__(
        self,
        common: Mapping[str, exp.CTE],
        opaque: frozenset[str],
        choices: Sequence[int] = (),
        present: AbstractSet[str] = frozenset(),
        missing: AbstractSet[str] = frozenset(),
    ) -> None:
        """`common`: the common table expressions in sight; `opaque`: names of functions of many rows.

        `choices` says which branch of each set operation in FROM is read, the first one where it does not. Only rows
        are read in which no outer join has left out one of the nodes `present`, and of predicates that NULLs can pass,
        what they come to where the nodes `missing` are left out.
        """
        self._common = common
        self._opaque = opaque
        self._choices = choices
        self._present = present
        self._missing = missing
        self._alternatives: list[int] = []
        self.nullable: Counter[str] = Counter()
        self.nodes: dict[str, Node] = {}
        self.conditions: list[Condition] = []
        self.blocks: list[Block] = []
        self.witnessed: dict[int, Condition] = {}
        self.equalities: list[Condition] = []
        self.doubtful: list[tuple[frozenset[str], frozenset[str]]] = []

    def next_choices(self) -> Sequence[int] | None:
        """What is to be read after this, so that each combination of branches is read once; None where all were."""
        choices = [*self._choices, *(0 for _ in self._alternatives[len(self._choices) :])]
        while choices and choices[-1] + 1 == self._alternatives[len(choices) - 1]:
            choices.pop()
        return [*choices[:-1], choices[-1] + 1] if choices else None

    def with_present(self, present: AbstractSet[str], missing: AbstractSet[str] = frozenset()) -> ScopeReader:
        """A reader of the same branches, in which the nodes `present` are in every row, and `missing` in none."""
        return ScopeReader(self._common, self._opaque, self._choices, present, missing)

    def use_witnesses(self) -> bool:
        """Follow EXISTS, IN and `=` also from what stands around them; returns whether there are any."""
        for position, condition in self.witnessed.items():
            self.conditions[position] = condition
        self.conditions += self.equalities
        return bool(self.witnessed or self.equalities)

    def read(self, branch: Branch, parent: Block | None = None) -> Block:
        """The block of a SELECT, its nodes and conditions recorded. Raises Refusal."""
        select = branch.select
        block = Block(select, parent, self._opaque, branch.limited)
        self.blocks.append(block)
        joins: Sequence[exp.Join] = select.args.get("joins") or ()
        first = select.args.get("from_")
        block.required = not_null_extended(select, joins)
        if first is not None:
            block.joined = self._joined(block, first.this, joins)
        aliases = {*block.items}
        where = select.args.get("where")
        if where is not None:
            for predicate in conjuncts(where.this):
                self._step(block, predicate, block.resolve(predicate, gated=True), aliases)
        self._subqueries(block)
        return block

    def _joined(self, block: Block, first: exp.Expr, joins: Sequence[exp.Join]) -> Joined | Node | Derived:
        """Read what stands in FROM, or within parentheses there, in order."""
        outside = {*block.items}
        found = self._grouped(block, first)
        after_comma = False
        for join in joins:
            side = join.side
            after_comma |= not (join.kind or join.args.get("on"))
            if after_comma and side in ("RIGHT", "FULL"):
                # A comma binds less, and the tree does not tell which side stands before it.
                raise Refusal(join.sql("postgres"), "it stands after a comma in FROM", "Write CROSS JOIN for the comma")
            aliases = block.items.keys() - outside
            item = self._grouped(block, join.this)
            right = block.items.keys() - outside - aliases
            side = reduced(side, left=self._is_there(block, aliases), right=self._is_there(block, right))
            on = join.args.get("on")
            matched: list[exp.Expr] = []
            for predicate in conjuncts(on) if on is not None else ():
                resolved = block.resolve(predicate, gated=True)
                matched += [] if resolved is None else [resolved]
                if side != "FULL":
                    served = {"": aliases | right, "LEFT": right, "RIGHT": aliases}[side]
                    self._step(block, predicate, resolved, served)
            nullable = {"": set[str](), "LEFT": right, "RIGHT": aliases, "FULL": aliases | right}[side]
            block.extended |= nullable
            self.nullable.update(node.alias for alias in nullable for node in nodes_of(block.items[alias]))
            found = Joined(side, found, item, tuple(matched))
        return found

    def _is_there(self, block: Block, aliases: AbstractSet[str]) -> bool:
        """Whether no row is read in which all that has these `aliases` in FROM is missing."""
        nodes = (node.alias for alias in aliases for node in nodes_of(block.items[alias]))
        return not block.required.isdisjoint(aliases) or not self._present.isdisjoint(nodes)

    def _grouped(self, block: Block, item: exp.Expr) -> Joined | Node | Derived:
        """Something in FROM, or several joined in parentheses."""
        within: Sequence[exp.Join] | None = item.args.get("joins")
        if within:
            item = item.copy()
            item.set("joins", None)
            return self._joined(block, item, within)
        if stands_in_parentheses(item):
            return self._grouped(block, item.this)
        return self._item(block, item)

    def _item(self, block: Block, item: exp.Expr) -> Node | Derived:
        alias = item.alias_or_name
        if alias in block.items:
            raise Refusal(item.sql("postgres"), "two things in FROM have the same name")
        columns = tuple(item.alias_column_names)
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            if not item.db:
                common = self._common[item.name]
                block.items[alias] = self._derived(block, common.this.copy(), columns, lateral=False)
            elif columns:
                raise Refusal(item.sql("postgres"), "it renames columns by their position", "Rename them in the SELECT")
            else:
                table = TableName(item.name, item.db)
                block.items[alias] = self._record(Node(f"o{len(self.nodes) + 1}", table))
            return block.items[alias]
        lateral = isinstance(item, exp.Lateral)
        derived = item.this if lateral else item
        if isinstance(derived, exp.Subquery) and branches(derived.this):
            block.items[alias] = self._derived(block, derived, columns, lateral=lateral)
        else:
            block.items[alias] = self._record(function_node(f"f{len(self.nodes) + 1}", block, item, columns))
        return block.items[alias]

    def _derived(self, block: Block, query: exp.Expr, names: tuple[str, ...], *, lateral: bool) -> Derived:
        # Only LATERAL sees what stands before it; names further out are seen by both.
        parent = block if lateral else block.parent
        found = branches(query)
        number = len(self._alternatives)
        self._alternatives.append(len(found))
        chosen = found[self._choices[number] if number < len(self._choices) else 0]
        of_first = tuple(projection.alias_or_name for projection in found[0].select.expressions)
        return Derived(self.read(chosen, parent), (*names, *of_first[len(names) :]))

    def _record(self, node: Node) -> Node:
        self.nodes[node.alias] = node
        return node

    def _step(self, block: Block, predicate: exp.Expr, resolved: exp.Expr | None, aliases: AbstractSet[str]) -> None:
        """Record a predicate of `block`, and `resolved` with gates, that serves what has one of `aliases` in FROM."""
        served = {node.alias for alias in aliases for node in nodes_of(block.items[alias])}
        is_open = resolved is not None
        if resolved is None:
            # It says nothing about the rows inside the subqueries that it names, but it still leads through them.
            resolved = block.resolve(predicate)
            for alias in block.closed_to(predicate):
                served -= {node.alias for node in nodes_of(block.items[alias])}
        block.held.append((predicate, frozenset(served)))
        if resolved is not None:
            self._record_step(resolved, served, is_open=is_open)

    def _record_step(self, predicate: exp.Expr, aliases: Iterable[str], *, is_open: bool = True) -> None:
        """Record a predicate over nodes, unless it is one that the NULLs of an outer join can pass.

        Such a one says nothing about rows that fail it: they keep the row of NULLs away.
        """
        served = frozenset(aliases)
        known = self._certain(predicate, served)
        if known is not None:
            self.conditions.append(Condition(known, aliases_in(known), served, is_open))
            if aliases_in(known) & self._missing & self.nullable.keys():
                self.conditions.append(never(served - self._missing))

    def _certain(self, predicate: exp.Expr, served: frozenset[str]) -> exp.Expr | None:
        """What must hold of `predicate` for `served`, or None."""
        if marks(predicate):
            # It held for a row before, or will hold, although it does not now.
            return None
        if not self._passes_nulls(predicate):
            return predicate
        self.doubtful.append((aliases_in(predicate) & self.nullable.keys(), served))
        known = predicate_without(predicate, self._missing) if self._missing else None
        return None if known is None or self._passes_nulls(known) else known

    def _passes_nulls(self, predicate: exp.Expr) -> bool:
        return not self.nullable.keys().isdisjoint(aliases_in(predicate)) and not is_strict(predicate)

    def _subqueries(self, block: Block) -> None:
        for subquery in own_subqueries(block.select):
            first = len(self.conditions)
            inner = [self.read(branch, block) for branch in branches(subquery)]
            holder = subquery.parent
            within = holder.parent if holder is not None else None
            if isinstance(within, exp.In) and within.args.get("query") is holder:
                self._membership(block, within, within.this, inner)
            elif isinstance(within, exp.Any) and isinstance(within.parent, exp.EQ):
                self._membership(block, within.parent, within.parent.this, inner)
            asked = within.parent if isinstance(within, exp.Any) else within
            for predicate, served in block.held if len(inner) == 1 else ():
                bare = predicate.unnest()
                query = holder if isinstance(bare, exp.In | exp.EQ) and bare is asked else None
                equals = isinstance(query, exp.Subquery) and self._equals(block, bare, query, inner[0], served)
                if equals or (isinstance(bare, exp.Exists) and bare is holder and inner[0].is_of_rows):
                    self._witness(inner[0], first, served)

    def _equals(self, block: Block, predicate: exp.Expr, query: exp.Expr, inner: Block, served: frozenset[str]) -> bool:
        """Whether `predicate`, without which `served` do not matter, holds only where some row is read in `inner`.

        What equals the one value of `query` then equals that of such a row, which may be a maximum or minimum.
        """
        if query not in (predicate.this, predicate.expression):
            return inner.is_of_rows
        other = predicate.expression if predicate.this is query else predicate.this
        output = inner.select.expressions[0].unalias().unnest()
        extreme = is_extreme(output)
        value = inner.resolve(output.expressions[0] if extreme else output)
        member = block.resolve(other, gated=True)
        if value is not None and member is not None and (extreme or inner.is_of_rows):
            equal = exp.EQ(this=exp.Paren(this=value.copy()), expression=exp.Paren(this=member.copy()))
            known = self._certain(equal, served)
            self.equalities += [] if known is None else [Condition(known, aliases_in(known), served)]
        return extreme or inner.is_of_rows

    def _witness(self, inner: Block, first: int, served: frozenset[str]) -> None:
        """Remember that `served` do not matter but where some row in `inner` fulfils all that holds there."""
        items = [item for alias, item in inner.items.items() if alias not in inner.extended]
        rows = {item.alias for item in items if isinstance(item, Node)}
        for position in range(first, len(self.conditions)):
            condition = self.witnessed.get(position, self.conditions[position])
            if len(rows) == len(items) and condition.open and rows <= condition.serves:
                self.witnessed[position] = replace(condition, serves=condition.serves | served)

    def _membership(self, block: Block, predicate: exp.Expr, member: exp.Expr, inner: list[Block]) -> None:
        """`x IN (SELECT y ...)`: rows with y = x matter; where the IN is used as a value, NULLs on either side too."""
        must_hold = any(predicate is conjunct for conjunct in required(block.select))
        members = list(member.expressions) if isinstance(member, exp.Tuple) else [member]
        if len(members) > 1 and not must_hold:
            return
        for candidate in inner:
            for position, each in enumerate(members):
                outer, output = block.resolve(each), candidate.let_out(position)
                if outer is None or output is None:
                    continue
                equal: exp.Expr = exp.EQ(this=exp.Paren(this=output.copy()), expression=exp.Paren(this=outer.copy()))
                if not must_hold:
                    sides = (exp.Paren(this=side.copy()) for side in (output, outer))
                    equal = exp.or_(equal, *(exp.Is(this=side, expression=exp.Null()) for side in sides))
                self._record_step(equal, (node.alias for node in candidate.inner_nodes()))
