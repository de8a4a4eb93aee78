"""What the control schema consists of once all migrations have run: read from their text, so that it is said once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from denorm_assets.sql.control import migrations

_FUNCTION = re.compile(
    r"^(?P<verb>CREATE|CREATE OR REPLACE|DROP) FUNCTION denorm\.(?P<name>\w+)\([^;$]*(?:\$\$(?P<body>.*?)\$\$[^;$]*)?;",
    re.DOTALL | re.MULTILINE,
)
_RELATION = re.compile(r"^(?P<verb>CREATE|CREATE OR REPLACE|DROP) (?:TABLE|VIEW) denorm\.(?P<name>\w+)", re.MULTILINE)


@dataclass(frozen=True)
class ControlFunction:
    """A function of the control schema.

    Attributes:
        body: what PostgreSQL keeps as its text; None where it keeps none (`RETURN ...`).
        statement: makes it, whether it is there or not, with the rights that it had.
    """

    name: str
    body: str | None
    statement: str


@cache
def control_functions() -> tuple[ControlFunction, ...]:
    """The functions, each as the last migration that speaks of it makes it."""
    found: dict[str, ControlFunction] = {}
    for match in (match for _, _, text in migrations() for match in _FUNCTION.finditer(text)):
        name = match["name"]
        found.pop(name, None)
        if match["verb"] != "DROP":
            statement = match[0].replace(match["verb"], "CREATE OR REPLACE", 1)
            if not any(f"GRANT EXECUTE ON FUNCTION denorm.{name}(" in text for _, _, text in migrations()):
                statement += f"\nREVOKE EXECUTE ON FUNCTION denorm.{name} FROM PUBLIC;"
            found[name] = ControlFunction(name, match["body"], statement)
    return tuple(found.values())


@cache
def control_relations() -> tuple[str, ...]:
    """Names of the tables and views."""
    found: dict[str, None] = {"migration": None}
    for match in (match for _, _, text in migrations() for match in _RELATION.finditer(text)):
        found.pop(match["name"], None)
        if match["verb"] != "DROP":
            found[match["name"]] = None
    return tuple(found)
