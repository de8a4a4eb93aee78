"""The corpus: schema, data, changes and definitions of each application, read from its folder.

A folder holds `schema.sql`, `data.sql`, `changes.sql` (transactions, divided by lines `-- then --`), and its
definitions as `definitions/NAME.sql`:

    -- key: account_id, day             the columns that identify a row
    -- seen: https://github.com/...     where such a definition was seen
    -- large: statuses, follows         the tables that grow in real life
    -- time: yes                        if it depends on the clock
    -- undeterministic: why             if it must be refused
    SELECT ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
_HEADER = re.compile(r"^-- (\w+): (.+)$")
_KNOWN = frozenset({"key", "seen", "large", "time", "undeterministic"})
_DIVIDER = re.compile(r"^-- then --$", re.MULTILINE)


@dataclass(frozen=True)
class Defined:
    """A definition with what its header says of it.

    Attributes:
        key: the columns that identify a row.
        seen: addresses at which such a definition was seen.
        large: the sources that grow in real life.
        time: whether it depends on the clock.
        undeterministic: why it must be refused; empty where it must not.
    """

    name: str
    path: Path
    text: str
    key: tuple[str, ...]
    seen: tuple[str, ...]
    large: tuple[str, ...]
    time: bool = False
    undeterministic: str = ""


@dataclass(frozen=True)
class Application:
    """A public application, as far as its definitions need it.

    Attributes:
        changes: blocks of SQL, each of which is one transaction.
    """

    name: str
    schema: str
    data: str
    changes: tuple[str, ...]
    definitions: tuple[Defined, ...]


def applications(only: str = "", folder: Path = CORPUS) -> list[Application]:
    """All applications, or what `only` names: `application` or `application/definition`."""
    application, _, definition = only.partition("/")
    found = [
        read_application(each, definition)
        for each in sorted(folder.iterdir())
        if each.is_dir() and application in ("", each.name)
    ]
    return [each for each in found if each.definitions]


def read_application(folder: Path, definition: str = "") -> Application:
    """The application in `folder`, with all of its definitions or only the one called `definition`."""
    blocks = _DIVIDER.split((folder / "changes.sql").read_text(encoding="utf-8"))
    return Application(
        folder.name,
        (folder / "schema.sql").read_text(encoding="utf-8"),
        (folder / "data.sql").read_text(encoding="utf-8"),
        tuple(blocks),
        tuple(
            read_definition(path)
            for path in sorted((folder / "definitions").glob("*.sql"))
            if definition in ("", path.stem)
        ),
    )


def read_definition(path: Path) -> Defined:
    """The definition in `path`. Raises ValueError where its header is incomplete or says what nothing reads."""
    text = path.read_text(encoding="utf-8")
    header: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = _HEADER.match(line)
        if not found:
            break
        header.setdefault(found[1], []).append(found[2].strip())
    if missing := {"key", "seen", "large"} - header.keys():
        raise ValueError(f"{path}: its header lacks {', '.join(sorted(missing))}")
    if unknown := header.keys() - _KNOWN:
        raise ValueError(f"{path}: its header has {', '.join(sorted(unknown))}, which nothing reads")
    return Defined(
        path.stem,
        path,
        text,
        _names(header["key"]),
        tuple(header["seen"]),
        _names(header["large"]),
        header.get("time") == ["yes"],
        " ".join(header.get("undeterministic", [])),
    )


def _names(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for line in lines for name in line.split(","))
