"""Make targets that the pages name exist."""

from __future__ import annotations

import re

import pytest

from tests.integration.docs.pages import PAGES, README, ROOT, Page

_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _named(page: Page) -> set[str]:
    """Targets within code; "make" is a word of the language too."""
    code = (*page.shell_lines, *page.inline_code)
    return {name for line in code for name in re.findall(r"(?:^|\s)make ([a-z-]+)", line)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_named_make_targets_exist(page: Page) -> None:
    assert [name for name in sorted(_named(page)) if not re.search(rf"^{name}:", _MAKEFILE, re.MULTILINE)] == []


def test_readme_names_make_dev_and_make_test() -> None:
    assert {"dev", "test"} <= _named(README)
