"""Where a parsed query makes text of values that look otherwise in another session: regclass, timestamptz."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from denorm_assets.sql.parsed.parsed_query import Node

_RECORD = 2249
_ARGUMENTS = {"FUNCEXPR": ("funcid", "args"), "OPEXPR": ("opfuncid", "args"), "AGGREF": ("aggfnoid", "args")} | {
    "WINDOWFUNC": ("winfnoid", "args"),
}


def functions_of_values(tree: Sequence[Node], types: Collection[int]) -> list[int]:
    """OIDs of the functions that are given a value of one of `types`."""
    return [
        function
        for node in _all(tree)
        if (function := node.number(_ARGUMENTS.get(node.kind, ("", ""))[0])) is not None
        and any(_is_of(each, types) for each in node.nodes(_ARGUMENTS[node.kind][1]))
    ]


def written_out(tree: Sequence[Node], types: Collection[int], printing: Mapping[int, str], such_as: str) -> str | None:
    """The first place where a value of `types` becomes text, or comes from it, in words; None without one.

    `printing` are those of `functions_of_values` that write values out; `such_as` is one of `types`, for people.
    """
    for function in functions_of_values(tree, types):
        if function in printing:
            return printing[function]
    for node in _all(tree):
        if node.kind == "COERCEVIAIO" and (
            node.number("resulttype") in types or any(_is_of(each, types) for each in node.nodes("arg"))
        ):
            return f"a cast between text and {such_as}"
        if node.kind == "JSONCONSTRUCTOREXPR" and any(_is_of(each, types) for each in node.nodes("args")):
            return "a JSON constructor"
    return None


def _all(tree: Sequence[Node]) -> list[Node]:
    return [node for root in tree for node in root.walk()]


def _is_of(node: Node, types: Collection[int]) -> bool:
    if node.kind == "TARGETENTRY":
        return any(_is_of(each, types) for each in node.nodes("expr"))
    if node.kind == "ROWEXPR":
        return any(_is_of(each, types) for each in node.nodes("args"))
    # What is in a record is not known.
    return node.type_id in types or (node.kind == "VAR" and node.type_id == _RECORD)
