"""What the control schema consists of once all migrations have run: read from its files, so that it is said once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from denorm_assets.sql.control import functions, migrations

_FUNCTION = re.compile(
    r"^CREATE OR REPLACE FUNCTION denorm\.(?P<name>\w+)\((?P<arguments>.*?)\)(?P<head>.*?) AS \$\$(?P<body>.*)\$\$;",
    re.DOTALL | re.MULTILINE,
)
_SETTING = re.compile(r"SET (\w+) = ('[^']*'|[\w, ]+?)(?= SET |\s*$)", re.MULTILINE)
_CREATED = r"^(?P<verb>CREATE|CREATE OR REPLACE|DROP) (?:UNLOGGED )?(?:{0}) denorm\.(?P<name>\w+)"

FOR_EVERYBODY = ("flag_enabled",)
"""The functions that the application's roles may call."""

WITHOUT_KEY = ("change_log", "pending", "quarantine")
"""The tables that have no key: their replica identity is the whole row."""


@dataclass(frozen=True)
class ControlFunction:
    """A function of the control schema.

    Attributes:
        arguments: their names and types.
        body: what PostgreSQL keeps as its text.
        as_owner: whether it is SECURITY DEFINER.
        settings: what PostgreSQL keeps of its SET clauses, sorted.
        statement: creates or replaces it.
    """

    name: str
    arguments: str
    body: str
    as_owner: bool
    settings: tuple[str, ...]
    statement: str


@cache
def control_functions() -> tuple[ControlFunction, ...]:
    """The functions, each as its file makes it."""
    return tuple(_function(text) for text in functions())


def _function(text: str) -> ControlFunction:
    match = _FUNCTION.search(text)
    assert match is not None, "a file of functions/ makes one function"
    settings = sorted(f"{setting[1]}={setting[2].strip(chr(39))}" for setting in _SETTING.finditer(match["head"]))
    return ControlFunction(
        match["name"],
        " ".join(match["arguments"].split()),
        match["body"],
        "SECURITY DEFINER" in match["head"],
        tuple(settings),
        text[match.start() :],
    )


@cache
def control_relations() -> tuple[str, ...]:
    """Names of the tables and views."""
    return ("migration", *_created("TABLE|VIEW"))


@cache
def control_sequences() -> tuple[str, ...]:
    """Names of the sequences that belong to no column."""
    return _created("SEQUENCE")


def _created(kinds: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for _, _, text in migrations():
        for match in re.finditer(_CREATED.format(kinds), text, re.MULTILINE):
            found.pop(match["name"], None)
            if match["verb"] != "DROP":
                found[match["name"]] = None
    return tuple(found)
