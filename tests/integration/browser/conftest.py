"""The Dagster UI of a running product in headless Chromium."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from playwright.sync_api import Page

from tests.integration.browser.chromium import NAMES, chromium_path, open_page
from tests.integration.browser.product import Product, running_product


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; without one the test is skipped, but fails where CI=true."""
    if path := chromium_path():
        return path
    missing = f"no Chromium: none of {', '.join(NAMES)} is on PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{missing}, and CI=true")
    pytest.skip(missing)


@pytest.fixture(scope="session")
def product(chromium: str) -> Generator[Product]:
    with running_product() as product:
        yield product


@pytest.fixture
def page(chromium: str, product: Product) -> Generator[Page]:
    with open_page(chromium, product.url) as page:
        yield page
