"""The project of the testing guide: its files are written as the page shows them, and its tests run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.integration.docs.pages import read
from tests.integration.testing.test_plugin import run_pytest

_GUIDE = read("docs/guides/testing.md")
_NAMED = re.compile(r"(?:#|--) (\S+\.(?:py|sql))\n")


@pytest.mark.long
def test_testing_guide_project_passes(tmp_path: Path, server: Server) -> None:
    blocks = [block for language in ("python", "sql") for block in _GUIDE.blocks(language)]
    files = {found[1]: block for block in blocks if (found := _NAMED.match(block))}
    assert sorted(files) == ["schema.sql", "shop.py", "test_examples.py", "test_shop.py"]
    done = run_pytest(tmp_path, files, DENORM_TEST_URL=server.postgres.url("postgres"))
    assert "3 passed" in done.stdout, f"{done.stdout}\n{done.stderr}"


def test_testing_guide_test_has_ten_lines_and_is_that_of_other_guide() -> None:
    [test] = [block for block in _GUIDE.blocks("python") if block.startswith("# test_shop.py")]
    lines = [line for line in test.splitlines()[1:] if line]
    assert len(lines) <= 10
    [other] = [block for block in read("docs/guides/adding-a-read-model.md").blocks("python") if "system_live" in block]
    assert "\n".join(lines).endswith(other.rstrip())
