"""What a person does, and whether anything told that person to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.integration.docs.pages import PAGES, read

_FIRST_PAGE = read("docs/guides/getting-started.md")
_MOST_LINKS = 2
"""A person follows a link of the first page, and one of the page behind it."""
_FRAMES = "Traceback (most recent call last)"
_REFUSALS = re.compile(r"^(?:No read model for .*|Error: .*)", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """Something that a person does.

    Attributes:
        did: the command, the SQL or the edit.
        told_by: what a page, or the output of an earlier step, has to say: who has read all of it can do the step.
        output: all that the person sees of it.
    """

    did: str
    told_by: tuple[str, ...]
    status: int = 0
    output: str = ""
    seconds: float = 0.0

    @property
    def frames(self) -> int:
        """How many stacks of frames the person sees."""
        return self.output.count(_FRAMES)

    @property
    def refused(self) -> list[str]:
        """What was refused, in the words of the output."""
        return _REFUSALS.findall(self.output)


def words_of(command: Sequence[str]) -> tuple[str, ...]:
    """What must be said somewhere before a person can write this command of `denorm-assets`."""
    options = [word.partition("=")[0] for word in command if word.startswith("--")]
    return (f"denorm-assets {command[0]}", *options)


def guide() -> str:
    """The first page, and the pages that a person reaches from it."""
    by_path = {page.path: page for page in PAGES}
    known = [_FIRST_PAGE]
    for _ in range(_MOST_LINKS):
        behind = [(page.path.parent / link.partition("#")[0]).resolve() for page in known for link in page.links]
        known = list(dict.fromkeys([*known, *(by_path[path] for path in behind if path in by_path)]))
    return "\n".join(page.text for page in known)


def untold(steps: Sequence[Step], pages: str) -> list[str]:
    """The steps of which neither the pages nor an earlier step tell."""
    told, found = _plain(pages), list[str]()
    for step in steps:
        missing = [text for text in step.told_by if _plain(text).strip() not in told]
        if missing:
            found.append(f"{step.did}: nothing says {', '.join(map(repr, missing))}")
        told += _plain(step.output)
    return found


def _plain(text: str) -> str:
    """`text` however its lines are broken."""
    return f"{' '.join(text.split())} "
