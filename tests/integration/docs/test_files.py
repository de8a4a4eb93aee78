"""Files of the repository that the pages name exist."""

from __future__ import annotations

import re

import pytest

from tests.integration.docs.pages import PAGES, ROOT, Page

_FILE = re.compile(r"\w[\w./-]*/[\w.-]+\.(?:py|sql)|(?:\w[\w.-]*/)+")


_FILES = [
    f"/{path.relative_to(ROOT)}"
    for folder in ("denorm_assets", "docs", "tests")
    for path in (ROOT / folder).rglob("*.*")
    if path.is_file()
]


def _exists(path: str) -> bool:
    """Whether a file, or a folder written with a slash at its end, is called so; folders above it may be left out."""
    return any(f"/{path}" in name if path.endswith("/") else name.endswith(f"/{path}") for name in _FILES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_named_files_exist(page: Page) -> None:
    named = {code for code in page.inline_code if _FILE.fullmatch(code)}
    assert [path for path in sorted(named) if not _exists(path)] == []


def test_docs_file_lookup_missing_file_is_noticed() -> None:
    assert _exists("sql/control/")
    assert _exists("docs/test_files.py")
    assert not _exists("docs/test_filez.py")
