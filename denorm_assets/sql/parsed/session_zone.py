"""Where a parsed query's value depends on the session's time zone: `at::date`, `to_char(at, ...)`, `to_jsonb(at)`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from denorm_assets.sql.parsed.parsed_query import Node

ZONE_REMEDY = (
    "Write the zone: (at AT TIME ZONE 'Europe/Berlin')::date, to_jsonb(at AT TIME ZONE 'UTC'), "
    "(at AT TIME ZONE 'Europe/Berlin' + interval '1 day') AT TIME ZONE 'Europe/Berlin', timestamptz '2026-01-31 00:00Z'"
)
_FUNCTIONS = {
    "FUNCEXPR": ("funcid",),
    "OPEXPR": ("opfuncid",),
    "SCALARARRAYOPEXPR": ("opfuncid",),
    "DISTINCTEXPR": ("opfuncid",),
    "NULLIFEXPR": ("opfuncid",),
    "AGGREF": ("aggfnoid",),
    "WINDOWFUNC": ("winfnoid",),
    "WINDOWCLAUSE": ("startInRangeFunc", "endInRangeFunc"),
}
_OF_PARTS = ("extract", "date_part")
_PATTERNS_WITH_ZONE = ("TZH", "OF")


def zone_dependent(tree: Sequence[Node], functions: Mapping[int, str]) -> str | None:
    """The first of `functions`, which depend on the zone as a rule, whose call does; None where no call does."""
    for root in tree:
        for node in root.walk():
            for name in _FUNCTIONS.get(node.kind, ()):
                called = functions.get(node.number(name) or 0)
                if called is not None and not _is_fixed(node, called):
                    return called
    return None


def _is_fixed(call: Node, function: str) -> bool:
    """Whether constants in the call make its value the same in every zone."""
    constants = [_bytes(each) for each in call.nodes("args") if each.kind == "CONST"]
    if function in _OF_PARTS:
        return any(_text(value) == "epoch" for value in constants)
    if function == "to_timestamp":
        return any(part.lower() in _text(value) for value in constants for part in _PATTERNS_WITH_ZONE)
    # A day has 23, 24 or 25 hours; an interval of hours and less is the same everywhere.
    return "interval" in function and any(len(value) == 16 and not any(value[8:]) for value in constants)


def _bytes(constant: Node) -> bytes:
    numbers = [part for part in constant.fields.get("constvalue", ()) if isinstance(part, str) and part not in "[]"]
    return bytes(int(part) % 256 for part in numbers[1:] if part.lstrip("-").isdigit())


def _text(value: bytes) -> str:
    return value[4:].decode(errors="replace").lower()


def has_constants(tree: Sequence[Node], types: Collection[int]) -> bool:
    """Whether there is a constant of one of `types`."""
    return any(node.kind == "CONST" and node.type_id in types for root in tree for node in root.walk())


def zone_sentences(zoned: str | None) -> tuple[str, ...]:
    """What people should know of a definition that depends on the time zone, at `zoned`; nothing where that is None."""
    if zoned is None:
        return ()
    return (f"Because of {zoned} its values depend on the time zone, and are those of UTC. {ZONE_REMEDY}.",)
