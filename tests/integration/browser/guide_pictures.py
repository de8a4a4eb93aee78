"""Walks the guide of fifteen minutes in a browser, and takes its pictures."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.conftest import temporary_server
from tests.integration.browser.chromium import open_page
from tests.integration.docs.fifteen_minutes import MODEL, SYSTEM, following_guide

_INSTALLS = ("python3 -m venv", ". .venv", "pip install")
"""How lines begin that are left out: what is installed here is the checkout."""
_ASSET = f"/assets/{SYSTEM}/{MODEL}"
_FIRST_RANGE = "Customer:min-000001000"
_WIDTH = 1400
_HEIGHT = 860


def take_pictures(chromium: str, folder: Path) -> None:
    """Follow the guide on a server of its own, and take its pictures to `folder`."""
    with tempfile.TemporaryDirectory() as path, temporary_server() as server:
        programs = Path(sys.executable).parent
        following = following_guide(server.create(SYSTEM), Path(path), programs, without=_INSTALLS)
        with following as (_, url), open_page(chromium, url) as page:
            page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
            page.goto(f"/locations/{SYSTEM}.definitions/asset-groups/{SYSTEM}/lineage")
            page.get_by_text("Hide navigation").click()
            _graph(page, folder / "store_graph.png")
            _asset(page, folder / "store_asset.png")
            _partitions(page, folder / "store_partitions.png")
            _checks(page, folder / "store_checks.png")


def _graph(page: Page, picture: Path) -> None:
    # Anew, without the navigation, so that all of it fits.
    page.reload()
    expect(page.get_by_text(MODEL, exact=True).first).to_be_visible()
    expect(page.get_by_text("100% filled")).to_have_count(1)
    expect(page.get_by_text(re.compile(r"^(\d+) / \1 Passed$"))).to_have_count(4)
    page.screenshot(path=picture)


def _asset(page: Page, picture: Path) -> None:
    """Its last event is the refresh of what the guide sold at last."""
    page.goto(f"{_ASSET}?view=events")
    why = page.get_by_text("changes of public.InvoiceLine: 1 change is pending, the changes have been quiet")
    expect(why).to_be_visible()
    expect(page.get_by_text(_FIRST_RANGE, exact=True)).to_be_visible()
    _down_to(page, page.get_by_text("dagster/column_schema"), picture)


def _partitions(page: Page, picture: Path) -> None:
    page.goto(f"{_ASSET}?view=partitions")
    expect(page.get_by_text("Missing (0)")).to_be_visible()
    page.get_by_text(_FIRST_RANGE, exact=True).first.click()
    expect(page.get_by_text("rows_written", exact=True)).to_be_visible()
    _down_to(page, page.get_by_text("dagster/column_schema"), picture)


def _checks(page: Page, picture: Path) -> None:
    page.goto(f"{_ASSET}?view=checks&checkDetail=matches_definition")
    expect(page.get_by_text("5,000 rows in 6 ranges equal the definition")).to_be_visible()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(4)
    _down_to(page, page.get_by_text("found at", exact=True).first, picture)


def _down_to(page: Page, below: Locator, picture: Path) -> None:
    """Take what is above `below`, so that nothing is cut through."""
    page.mouse.move(0, 0)
    box = below.bounding_box()
    assert box is not None
    page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": _WIDTH, "height": box["y"] - 6})
