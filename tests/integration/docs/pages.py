"""The pages for people, and what they hold: shell blocks, commands within text, links, anchors."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
_LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([^"]+)">')
_COMMAND = "denorm-assets "
_PLACEHOLDER = re.compile(r"[<>|\[…]|\.\.\.|[A-Z]{3}")


@dataclass(frozen=True)
class Page:
    """A page in Markdown.

    Attributes:
        name: its path below the repository's root.
    """

    name: str
    text: str

    @property
    def path(self) -> Path:
        """Its file."""
        return ROOT / self.name

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _BLOCK.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The blocks of code in that language."""
        return [block for found, block in _BLOCK.findall(self.text) if found == language]

    @property
    def shell_lines(self) -> list[str]:
        """Lines of its shell blocks, each as words that a shell would be given; comments are left out."""
        lines = (line for block in self.blocks("sh") for line in block.splitlines())
        return [line for line in (line.partition(" #")[0].strip() for line in lines) if line]

    @property
    def shell_commands(self) -> list[str]:
        """The lines that call `denorm-assets`."""
        return [line for line in self.shell_lines if line.startswith(_COMMAND)]

    @property
    def inline_code(self) -> list[str]:
        """What its text shows as code, each on one line."""
        return [" ".join(code.split()) for code in _INLINE.findall(self.prose)]

    @property
    def inline_commands(self) -> list[str]:
        """Calls of `denorm-assets` within the text; without those that stand for several, or show a placeholder."""
        return [code for code in self.inline_code if code.startswith(_COMMAND) and not _PLACEHOLDER.search(code)]

    @property
    def links(self) -> list[str]:
        """Targets of its links and pictures."""
        return _LINK.findall(_INLINE.sub("", self.prose))

    @property
    def anchors(self) -> set[str]:
        """What a link to this page may name behind `#`."""
        return {*_slugs(_HEADING.findall(self.prose)), *_ANCHOR.findall(self.prose)}


def _slugs(headings: list[str]) -> Iterator[str]:
    """The anchors that GitHub makes of headings; one that occurs again is numbered."""
    seen: dict[str, int] = {}
    for heading in headings:
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug


def words(command: str) -> list[str]:
    """The words of a call of `denorm-assets`, without its name."""
    return shlex.split(command, comments=True)[1:]


def read(name: str) -> Page:
    """The page at that path below the root."""
    return Page(name, (ROOT / name).read_text(encoding="utf-8"))


README = read("README.md")
PAGES = tuple(
    read(str(path.relative_to(ROOT))) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
)
