"""The mutants of a file: each differs in one place, as a slip of the hand would."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

T = TypeVar("T")
_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
}
_OTHER_CALL = {"any": "all", "all": "any", "min": "max", "max": "min"}
_ONE_OF_TWO = (ast.BitOr, ast.BitAnd, ast.Sub, ast.Add)
_LONGEST = 160


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        name: function, what stands there and what stands there instead; the same while nobody edits the function.
        lines: the first and the last line of what is replaced.
        top: whether it is outside of functions, so that it counts when the module is imported.
        holder: the node that is changed; `at` is its field and the place there.
        by: what is put there; None takes it out.
    """

    name: str
    lines: tuple[int, int]
    top: bool
    holder: ast.AST
    at: tuple[str, int | None]
    by: ast.AST | None


def mutants_of(path: Path) -> tuple[ast.Module, list[Mutant]]:
    """The tree of a file with all of its mutants, which change that tree."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    counted: Counter[str] = Counter()
    found: list[Mutant] = []
    for mutant in _within(tree, "", top=True):
        counted[mutant.name] += 1
        number = counted[mutant.name]
        name = mutant.name if number == 1 else f"{mutant.name} ({number})"
        found.append(Mutant(name, mutant.lines, mutant.top, mutant.holder, mutant.at, mutant.by))
    return tree, found


def names_of(
    files: Sequence[Path], parts: Sequence[str] = (), sample: int | None = None, seed: int = 0
) -> set[tuple[Path, str]]:
    """The files and names of mutants: those with one of `parts` in the name, or a `sample` of so many of them."""
    names = [(file, mutant.name) for file in files for mutant in mutants_of(file)[1]]
    found = [each for each in names if not parts or any(part in each[1] for part in parts)]
    return {*(found if sample is None else random.Random(seed).sample(found, min(sample, len(found))))}


def put_in(tree: ast.Module, mutant: Mutant) -> ast.Module:
    """`tree` with the mutant in it, once and for all."""
    name, place = mutant.at
    if place is None:
        setattr(mutant.holder, name, mutant.by)
    else:
        parts = getattr(mutant.holder, name)
        parts[place : place + 1] = [] if mutant.by is None else [mutant.by]
    return ast.fix_missing_locations(tree)


def _within(node: ast.AST, function: str, *, top: bool) -> Iterator[Mutant]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment", "bases"):
            continue
        if isinstance(node, ast.Subscript) and name == "slice" and top:
            # A name for a type.
            continue
        parts: Sequence[tuple[int | None, object]] = [(None, value)]
        if isinstance(value, list):
            parts = list(enumerate(cast(list[object], value)))
        for place, part in parts:
            if not isinstance(part, ast.AST) or (isinstance(part, ast.keyword) and part.arg == "strict"):
                continue
            if isinstance(part, ast.expr | ast.stmt):
                for by, shown in _instead(part, node, name):
                    yield Mutant(
                        f"{function or '(module)'}: {_text(part)} -> {shown}",
                        (part.lineno, part.end_lineno or part.lineno),
                        top,
                        node,
                        (name, place),
                        by,
                    )
            # The defaults of a function count when the module is imported.
            inner, inner_top = function, top
            if isinstance(part, ast.FunctionDef | ast.ClassDef):
                inner = f"{function}.{part.name}" if function else part.name
            if isinstance(node, ast.FunctionDef) and name == "body":
                inner_top = False
            yield from _within(part, inner, top=inner_top)


def _instead(node: ast.expr | ast.stmt, parent: ast.AST, name: str) -> Iterator[tuple[ast.AST | None, str]]:
    """What may stand in place of `node`, each with its text."""
    if isinstance(node, ast.stmt):
        yield from _instead_of_statement(node, parent)
        return
    for by in _instead_of_expression(node):
        yield by, _text(by)
    if name == "test" or (name == "ifs" and isinstance(parent, ast.comprehension)):
        if not isinstance(node, ast.BoolOp | ast.Compare) and not _is_not(node):
            negated = ast.UnaryOp(ast.Not(), node)
            yield negated, _text(negated)
        if name == "ifs":
            yield ast.Constant(True), "True"


def _instead_of_statement(node: ast.stmt, parent: ast.AST) -> Iterator[tuple[ast.AST | None, str]]:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Expr) and not is_docstring and not isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield ast.Pass(), "pass"
    elif isinstance(node, ast.Raise | ast.AugAssign | ast.Continue | ast.Break):
        yield ast.Pass(), "pass"
        if isinstance(node, ast.AugAssign):
            assigned = ast.Assign([node.target], node.value)
            yield assigned, _text(assigned)
        if isinstance(node, ast.Continue):
            yield ast.Break(), "break"
    elif isinstance(node, ast.Assign) and not all(isinstance(target, ast.Name) for target in node.targets):
        if not any(isinstance(target, ast.Tuple) for target in node.targets):
            yield ast.Pass(), "pass"
    elif isinstance(node, ast.Return) and node.value is not None and isinstance(parent, ast.If | ast.For):
        # An early way out that is not taken.
        yield ast.Pass(), "pass"


def _instead_of_expression(node: ast.expr) -> Iterator[ast.expr]:
    for kind, others in _OTHERS.items():
        if isinstance(node, kind):
            yield from others(node)


def _other_comparisons(node: ast.Compare) -> Iterator[ast.expr]:
    for place, op in enumerate(node.ops):
        yield ast.Compare(node.left, _with(node.ops, place, _SWAPPED[type(op)]()), node.comparators)
        if isinstance(op, ast.LtE | ast.GtE | ast.Lt | ast.Gt):
            other = ast.Gt() if isinstance(op, ast.LtE | ast.Lt) else ast.Lt()
            yield ast.Compare(node.left, _with(node.ops, place, other), node.comparators)


def _other_conditions(node: ast.BoolOp) -> Iterator[ast.expr]:
    yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
    for rest in _each_left_out(node.values):
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _without_sign(node: ast.UnaryOp) -> Iterator[ast.expr]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _other_operations(node: ast.BinOp) -> Iterator[ast.expr]:
    if type(node.op) in _SWAPPED:
        swapped = _SWAPPED[type(node.op)]()
        assert isinstance(swapped, ast.operator)
        yield ast.BinOp(node.left, swapped, node.right)
    if isinstance(node.op, _ONE_OF_TWO):
        yield node.left
        if not isinstance(node.op, ast.Sub):
            yield node.right


def _one_way(node: ast.IfExp) -> Iterator[ast.expr]:
    yield node.body
    yield node.orelse


def _other_constants(node: ast.Constant) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    # What people read is compared as a whole elsewhere.
    elif isinstance(value, str) and value and " " not in value:
        yield ast.Constant(f"{value}XX")


def _other_calls(node: ast.Call) -> Iterator[ast.expr]:
    if isinstance(node.func, ast.Name) and node.func.id in _OTHER_CALL and not node.keywords:
        yield ast.Call(ast.Name(_OTHER_CALL[node.func.id], ast.Load()), node.args, [])
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords and node.func.attr.islower():
        # `x.unnest()`, `x.lower()`: as if it were not called.
        yield node.func.value
    for place, keyword in enumerate(node.keywords):
        # What is certain already is no behaviour.
        if keyword.arg not in (None, "strict"):
            yield ast.Call(node.func, node.args, [*node.keywords[:place], *node.keywords[place + 1 :]])
    if len(node.args) > 1 and isinstance(node.args[-1], ast.Starred):
        yield ast.Call(node.func, node.args[:-1], node.keywords)


def _fewer(node: ast.Tuple | ast.List | ast.Set) -> Iterator[ast.expr]:
    if isinstance(node, ast.Set):
        yield from (ast.Set(rest) for rest in _each_left_out(node.elts))
    elif isinstance(node.ctx, ast.Load):
        yield from (type(node)(rest, ast.Load()) for rest in _each_left_out(node.elts))


def _fewer_entries(node: ast.Dict) -> Iterator[ast.expr]:
    yield from map(ast.Dict, _each_left_out(node.keys), _each_left_out(node.values))


def _whole(node: ast.Subscript) -> Iterator[ast.expr]:
    if isinstance(node.slice, ast.Slice):
        yield node.value


_OTHERS: dict[type[ast.expr], Callable[[Any], Iterator[ast.expr]]] = {
    ast.Compare: _other_comparisons,
    ast.BoolOp: _other_conditions,
    ast.UnaryOp: _without_sign,
    ast.BinOp: _other_operations,
    ast.IfExp: _one_way,
    ast.Constant: _other_constants,
    ast.Call: _other_calls,
    ast.Tuple: _fewer,
    ast.List: _fewer,
    ast.Set: _fewer,
    ast.Dict: _fewer_entries,
    ast.Subscript: _whole,
}


def _each_left_out(parts: Sequence[T]) -> Iterator[list[T]]:
    """The lists without one of the parts, where there are several."""
    for place in range(len(parts) if len(parts) > 1 else 0):
        yield [*parts[:place], *parts[place + 1 :]]


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _with(ops: Sequence[ast.cmpop], place: int, op: ast.AST) -> list[ast.cmpop]:
    assert isinstance(op, ast.cmpop)
    return [*ops[:place], op, *ops[place + 1 :]]


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
