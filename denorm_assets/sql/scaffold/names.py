"""Names of files, read models and Python constants, made from names in a database."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection

_LONGEST = 40
"""Names of indexes and constraints are longer, and PostgreSQL cuts at 63 bytes."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHERS = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"sql|benchmark|cutover|load_test|monitoring|read_models|(?:.*_)?(?:systems?|indexes)")
"""Names of Dagster assets and Python constants that a system has of its own."""


def safe_name(text: str, taken: Collection[str] = ()) -> str:
    """A name of ASCII letters, digits and underscores for `text`, none of `taken`: `InvoiceLine`, `invoice_line`.

    It is good for a file, a table, a Dagster asset and, in capitals, a Python constant.
    """
    plain = unicodedata.normalize("NFKD", _HUMP.sub("_", text).casefold()).encode("ascii", "ignore").decode()
    name = _OTHERS.sub("_", plain).strip("_")
    if not name or name[0].isdigit():
        name = f"n_{name}" if name else "read_model"
    name = name[:_LONGEST].strip("_")
    if _RESERVED.fullmatch(name) or keyword.iskeyword(name):
        name += "_model"
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
