"""Values and rows written out as text."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.sql.statement import Listing, Literal, Part, Raw, Statement, name


def as_text(value: Part) -> Statement:
    """`value` as text, NULL where it is NULL, by its type's output function.

    A cast may be one that the type's owner wrote, and it would run with our rights. `IS NULL` would take a composite
    value of NULLs for NULL.
    """
    return Statement("CASE WHEN num_nonnulls({value}) = 1 THEN concat({value}) END", {"value": value})


def anchor_as_text(values: Sequence[Part]) -> Statement:
    """An anchor with these values as text: the only one, or the JSON array of several, which is never NULL."""
    if len(values) == 1:
        return as_text(values[0])
    return Statement("json_build_array({texts})::text", {"texts": Listing(tuple(as_text(value) for value in values))})


def value_of_anchor(text: Part, position: int) -> Statement:
    """The value at `position` of an anchor of several, given as `text`."""
    return Statement("({text}::json ->> {position})", {"text": text, "position": Raw(str(position))})


def shown(names: tuple[str, ...]) -> Statement:
    """`column=value` pairs as one text, NULL spelled out."""
    # An array, because a function takes no more than 100 arguments.
    return Statement(
        "array_to_string(ARRAY[{pairs}], ', ')",
        {
            "pairs": Listing(
                tuple(
                    Statement(
                        "{label} || coalesce({text}, 'NULL')", {"label": Literal(f"{n}="), "text": as_text(name(n))}
                    )
                    for n in names
                )
            )
        },
    )
