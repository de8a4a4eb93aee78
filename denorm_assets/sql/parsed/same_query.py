"""Whether two parsed queries mean the same.

What PostgreSQL's own comparison of trees ignores does not count, nor do names, which PostgreSQL has resolved.
"""

from __future__ import annotations

import re

_UNIMPORTANT = re.compile(
    r" :(?:location|stmt_location|stmt_len|list_start|list_end|rexpr_list_start|rexpr_list_end) -?\d+"
    # How PostgreSQL prints it: as a call, as a cast, or by words of SQL.
    r"| :(?:funcformat|relabelformat|coerceformat|convertformat|coercionformat|row_format) \d+"
    r"| :(?:alias|eref) (?:<>|\{ALIAS :aliasname (?:\\.|\S)+ :colnames (?:<>|\((?:\\.|[^\\)])*\))\})"
    r"| :(?:aliascolnames|ctecolnames) (?:<>|\((?:\\.|[^\\)])*\))"
    # The columns by which it joins are there.
    r"| :isNatural (?:true|false)"
    # PostgreSQL 15 names the view itself among what the query reads.
    r"| :relid \d+ :relkind v"
    r"| :resname (?:\\.|\S)+"
)


def same_query(one: str, other: str) -> bool:
    """Whether the trees that PostgreSQL keeps of two queries (`pg_rewrite.ev_action`) are equal."""
    return _UNIMPORTANT.sub("", one) == _UNIMPORTANT.sub("", other)
