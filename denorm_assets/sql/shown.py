"""Rows written out for people."""

from __future__ import annotations

from denorm_assets.sql.statement import Listing, Literal, Statement, name


def shown(names: tuple[str, ...]) -> Statement:
    """`column=value` pairs as one text, NULL spelled out."""
    # An array, because a function takes no more than 100 arguments.
    return Statement(
        "array_to_string(ARRAY[{pairs}], ', ')",
        {
            "pairs": Listing(
                tuple(
                    Statement(
                        "{label} || coalesce({column}::text, 'NULL')", {"label": Literal(f"{n}="), "column": name(n)}
                    )
                    for n in names
                )
            )
        },
    )
