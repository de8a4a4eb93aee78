"""The reference leaves nothing out: each command with its options, each setting, each check."""

from __future__ import annotations

import re

import click
import pytest

from denorm_assets.cli import shell
from denorm_assets.definitions.build import build_definitions
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.docs.pages import ROOT, read

_COMMANDS = read("docs/reference/commands.md").text
_COMMON = {"--json", "--systems", "--help"}
_SYSTEMS = (TOPICS, SOCIAL, GALLERY, NOTEBOOKS)


def _section(name: str) -> str:
    """The section whose heading names the command."""
    found = re.search(rf"^### [^\n]*`[^\n]*\b{name}\b[^\n]*\n(.*?)(?=^##|\Z)", _COMMANDS, re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/reference/commands.md has no section for {name}"
    return found[1]


@pytest.mark.parametrize("name", shell.list_commands(click.Context(shell)))
def test_reference_describes_every_option_of_command(name: str) -> None:
    command = shell.get_command(click.Context(shell), name)
    assert command is not None
    options = {word for option in command.params if isinstance(option, click.Option) for word in option.opts} - _COMMON
    section = _section(name)
    assert [option for option in sorted(options) if f"`{option}" not in section] == []


def test_reference_options_exist() -> None:
    context = click.Context(shell)
    known = {
        word
        for name in shell.list_commands(context)
        if (command := shell.get_command(context, name)) is not None
        for option in command.params
        for word in (*option.opts, *option.secondary_opts)
    }
    known |= {word for option in shell.params for word in option.opts} | {"--help", "--version"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _COMMANDS)) - known == {"--topic"}, "--topic is a column's"


def test_reference_describes_every_setting() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "denorm_assets").rglob("*.py"))
    rows = re.findall(r"^\| `(DENORM_\w+)`", read("docs/reference/settings.md").text, re.MULTILINE)
    assert sorted(rows) == sorted(set(rows))
    assert set(re.findall(r"\"(DENORM_[A-Z_]+)\"", sources)) == set(rows)


def test_reference_describes_every_check() -> None:
    page = read("docs/reference/checks.md").text
    described = set(re.findall(r"`([a-z_]+)`", page))
    indexes = {index.name for system in _SYSTEMS for phase in system.phases for index in phase.indexes}
    graph = build_definitions(_SYSTEMS).get_repository_def().asset_graph
    names = {key.name for key in graph.asset_check_keys}
    assert names
    assert names - indexes - described == set()
