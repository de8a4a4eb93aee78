"""Values and rows written out as text."""

from __future__ import annotations

from denorm_assets.sql.statement import Listing, Literal, Part, Statement, name


def as_text(value: Part) -> Statement:
    """`value` as text, NULL where it is NULL, by its type's output function.

    A cast may be one that the type's owner wrote, and it would run with our rights. `IS NULL` would take a composite
    value of NULLs for NULL.
    """
    return Statement("CASE WHEN num_nonnulls({value}) = 1 THEN concat({value}) END", {"value": value})


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
