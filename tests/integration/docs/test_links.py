"""Links and pictures of the pages lead somewhere."""

from __future__ import annotations

import os

import pytest

from tests.integration.docs.pages import PAGES, ROOT, Page, read

_ELSEWHERE = ("https://", "http://", "mailto:")


def _fault(page: Page, link: str) -> str | None:
    """What is wrong with a link of `page`; None where it leads somewhere."""
    target, _, anchor = link.partition("#")
    path = (page.path.parent / target).resolve() if target else page.path
    if not path.exists():
        return f"{link}: no such file"
    if ROOT not in path.parents:
        return f"{link}: leads out of the repository"
    if not anchor:
        return None
    if path.suffix != ".md":
        return f"{link}: an anchor in a file that is no page"
    if anchor not in read(os.path.relpath(path, ROOT)).anchors:
        return f"{link}: no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_relative_links_and_anchors_resolve(page: Page) -> None:
    relative = [link for link in page.links if not link.startswith(_ELSEWHERE)]
    assert [fault for link in relative if (fault := _fault(page, link))] == []


def test_docs_link_fault_missing_target_is_noticed() -> None:
    page = read("docs/README.md")
    assert _fault(page, "nowhere.md") == "nowhere.md: no such file"
    assert _fault(page, "faq.md#nowhere") == "faq.md#nowhere: no such heading"
    assert _fault(page, "../../") == "../../: leads out of the repository"
    assert _fault(page, "glossary.md#anchor") is None
    assert _fault(page, "#guides") is None


def test_docs_every_page_and_picture_is_linked() -> None:
    linked = {
        (page.path.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in page.links
        if not link.startswith(_ELSEWHERE)
    }
    files = [path for path in (ROOT / "docs").rglob("*") if path.is_file()]
    assert [str(path.relative_to(ROOT)) for path in files if path.resolve() not in linked] == []
