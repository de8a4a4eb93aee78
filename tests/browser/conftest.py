"""The Dagster UI of a running product in headless Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.product import Product, running_product

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_MILLISECONDS = 30_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; without one the test is skipped, but fails where CI=true."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    missing = f"no Chromium: none of {', '.join(_NAMES)} is on PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{missing}, and CI=true")
    pytest.skip(missing)


@pytest.fixture(scope="session")
def product(chromium: str) -> Generator[Product]:
    with running_product() as product:
        yield product


@pytest.fixture
def page(chromium: str, product: Product) -> Generator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        page = browser.new_page(base_url=product.url, viewport={"width": 1400, "height": 860}, reduced_motion="reduce")
        # Ours is not the only work on the machine.
        page.set_default_timeout(_MILLISECONDS)
        expect.set_options(timeout=_MILLISECONDS)
        yield page
        browser.close()
