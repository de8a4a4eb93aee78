"""Commands of the pages are ones that the shell takes, and those of a page run in the order in which they are read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from denorm_assets.cli import shell
from tests.integration.docs.pages import PAGES, README, Page, words
from tests.support.shell import Shell
from tests.support.shipped import SHIPPED_SYSTEMS

_PROGRAMS = {"denorm-assets", "dagster", "dg", "make", "export", "apt-get", "pip"}
_OF_WALK = {"mkdir", "cd", "python3", ".", "psql", "cat"}
"""Programs on the page whose every line is run."""
_ASSIGNMENTS = re.compile(r"^(?:[A-Z_]+=\S+ )+")
_FROM_NOTHING = {"docs/reference/commands.md", "docs/guides/own-database.md"}
"""Pages that begin with a database in which nothing of ours is; on others, `topics` is live, as after `make dev`."""
_WALKED = {"docs/guides/fifteen-minutes.md"}
"""Pages that `test_fifteen_minutes.py` follows line by line."""
_TESTED_ELSEWHERE = {"docs/guides/migrating.md", *_WALKED}
"""Those, and the one whose sections each begin with a database of their own."""
_LONG_RUNNING = {"worker", "dev", "load"}
_ABSENT = {reference.rpartition(":")[0].rpartition(".")[2] for reference in SHIPPED_SYSTEMS} - {"topics"}
"""Systems that are not in the database that pages are run against; `test_shipped_systems.py` has them all."""


def _parse(command: str) -> None:
    """Read a call as the shell does, without running it. Raises click.UsageError, or click.exceptions.Exit."""
    name, *arguments = words(command)
    if name.startswith("-"):
        shell.make_context("denorm-assets", [name, *arguments], resilient_parsing=True)
        return
    found = shell.get_command(click.Context(shell), name)
    if found is None:
        raise click.UsageError(f"there is no command {name}")
    found.make_context(name, arguments)


def _can_run(command: str) -> bool:
    name, *arguments = words(command)
    return name not in _LONG_RUNNING and _ABSENT.isdisjoint(word.partition("/")[0] for word in arguments)


def _runnable(page: Page) -> list[str]:
    if page.name in _TESTED_ELSEWHERE:
        return []
    return [command for command in page.shell_commands if _can_run(command)]


_RUNNABLE_PAGES = [page for page in PAGES if page != README and _runnable(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_commands_are_accepted_by_shell(page: Page) -> None:
    faults: list[str] = []
    for command in (*page.shell_commands, *page.inline_commands):
        try:
            _parse(command)
        except click.MissingParameter as error:
            # A text may name a command without calling it.
            if command in page.shell_commands:
                faults.append(f"{command}: {error.format_message()}")
        except click.UsageError as error:
            faults.append(f"{command}: {error.format_message()}")
    assert faults == []


@pytest.mark.parametrize("command", ["denorm-assets grow", "denorm-assets plan --nope", "denorm-assets purge"])
def test_docs_command_parser_faulty_command_is_noticed(command: str) -> None:
    with pytest.raises(click.UsageError):
        _parse(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_shell_blocks_use_only_tested_programs(page: Page) -> None:
    programs = {
        next(word for word in line.split() if "=" not in word or word == line.split()[-1]) for line in page.shell_lines
    }
    assert programs <= (_PROGRAMS | _OF_WALK if page.name in _WALKED else _PROGRAMS)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != README and _runnable(page)], ids=lambda page: page.name
)
def test_docs_commands_of_page_run_in_order(page: Page, request: pytest.FixtureRequest) -> None:
    # Asked for by name, so that `tests/support/sampling.py` leaves no page out.
    opened: Shell = request.getfixturevalue("shell" if page.name in _FROM_NOTHING else "loaded")
    for command in _runnable(page):
        opened.fine(*words(command))


def test_docs_dagster_commands_run(environment: dict[str, str], tmp_path: Path) -> None:
    [page] = [page for page in PAGES if page.name == "docs/guides/dagster.md"]
    lines = [line for line in page.shell_lines if line.startswith(("dagster ", "dg "))]
    assert len(lines) >= 3
    for command in lines:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
