"""Dollar quotes around the text of a function: the tag is one that the text does not contain.

A column may be called `x$capture$y`, which would end a text that is quoted with `$capture$`.
"""

from __future__ import annotations

from itertools import count


def dollar_quoted(text: str, tag: str) -> str:
    """`text` in dollar quotes: `$tag$` where it can be, otherwise the first of `$tag_1$`, `$tag_2$`, ... that can."""
    for number in count():
        delimiter = f"${tag}_{number}$" if number else f"${tag}$"
        # The dollars on both sides count: `... $tag` would end too early.
        if delimiter not in f"${text}$":
            return f"{delimiter}{text}{delimiter}"
    raise AssertionError("a text is finite")


def quoted_text(statement: str) -> str:
    """What stands in the dollar quotes that `statement` ends with, which is what PostgreSQL keeps of a function."""
    closing = statement[statement.rindex("$", 0, -1) :]
    return statement.removesuffix(closing).rpartition(closing)[2]
