"""A person's way through the Dagster UI: look around, materialize ranges by clicking, read the checks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from denorm_assets.definitions.build import build_definitions
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.browser.product import Product
from tests.support.dagster_tree import wait_for
from tests.support.reports import REPORTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MODEL = TOPICS.read_model("entry_topics")
_ASSET = f"/assets/{TOPICS.name}/{MODEL.name}"
_RUN_SECONDS = 90.0
_BACKFILL_SECONDS = 180.0  # the daemon looks for launched backfills every 30 s


@pytest.mark.long
def test_dagster_ui_materializing_by_clicks_fills_ranges(product: Product, page: Page) -> None:
    _graph_is_green(page, product.url)
    _automations_are_running(page)
    _launchpad_shows_what_can_be_set(page)
    # It would compare what the table grows by before a person can click.
    _switch_off(page, "denorm_ranges")

    missing = _grow_by_clicking(product, page)
    first, *others = missing
    total = len(product.done_ranges(MODEL)) + len(missing)
    within = _within(first)
    assert product.defined_rows(MODEL, within) > 0

    page.goto(f"{_ASSET}?view=partitions")
    _expect_counts(page, total - len(missing), len(missing), _RUN_SECONDS)
    # What is selected in the list is what the dialog offers.
    page.get_by_text(first, exact=True).first.click()
    _launch(page, "Launch 1 run")
    _expect_counts(page, total - len(others), len(others), _RUN_SECONDS)
    assert product.done_ranges(MODEL).isdisjoint(others)
    assert first in product.done_ranges(MODEL)
    assert product.difference(MODEL, within) == []

    page.goto(f"{_ASSET}?view=partitions")
    _show(page, first, "partitions_half")
    _launch(page, "Launch backfill", select="Missing")
    _expect_counts(page, total, 0, _BACKFILL_SECONDS)
    assert product.done_ranges(MODEL).issuperset(missing)
    assert product.difference(MODEL) == []
    page.goto(f"{_ASSET}?view=partitions")
    _show(page, first, "partitions_whole")

    _checks_pass_anew(page, total, product.defined_rows(MODEL))


def _graph_is_green(page: Page, base_url: str) -> None:
    # Small enough for the pages of docs at a size at which Dagster shows what it knows of each asset.
    assert page.context.browser is not None
    page = page.context.browser.new_page(
        base_url=base_url, viewport={"width": 2000, "height": 920}, device_scale_factor=0.75
    )
    page.goto(f"/locations/denorm_assets/asset-groups/{TOPICS.name}/lineage")
    page.get_by_text("Hide navigation").click()
    for name in (MODEL.name, f"{MODEL.name}_indexes", "entries_ranges", "cutover", TOPICS.phases[0].name):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    # Checks belong to a read model, to its indexes, to the phase, to the benchmark, and to the system's health.
    try:
        expect(page.get_by_text(re.compile(r"^(\d+) / \1 Passed$"))).to_have_count(2 * len(TOPICS.read_models) + 3)
        expect(page.get_by_text("100% filled")).to_have_count(len(TOPICS.read_models))
    except AssertionError as error:
        _screenshot(page, "lineage_not_green")
        raise AssertionError(page.locator("body").inner_text()) from error
    _screenshot(page, "lineage")
    page.close()


def _automations_are_running(page: Page) -> None:
    repository = build_definitions([TOPICS]).get_repository_def()
    names = [automation.name for automation in (*repository.sensor_defs, *repository.schedule_defs)]
    assert names
    page.goto("/automation")
    for name in names:
        row = page.locator("[data-index]").filter(has=page.locator(f"a[href$='/{name}']"))
        expect(row.locator("input[type=checkbox]").last, f"{name} is switched on").to_be_checked()


def _switch_off(page: Page, automation: str) -> None:
    page.goto("/automation")
    row = page.locator("[data-index]").filter(has=page.locator(f"a[href$='/{automation}']"))
    switch = row.locator("input[type=checkbox]").last
    expect(switch).to_be_checked()
    expect(switch).to_be_enabled()
    # The box itself is out of sight; a picture of a switch stands for it.
    switch.evaluate("box => box.click()")
    expect(switch).not_to_be_checked()


def _launchpad_shows_what_can_be_set(page: Page) -> None:
    page.goto(f"/locations/denorm_assets/jobs/{TOPICS.name}_entries_backfill/playground")
    editor = page.locator(".CodeMirror-code").first
    for field in ("from_id: null", "to_id: null", "batch_size: null", "pause: 0.05"):
        expect(editor).to_contain_text(field)
    # A person writes IDs as numbers.
    editor.get_by_text("from_id").last.click()
    page.keyboard.press("End")
    for _ in "null":
        page.keyboard.press("Backspace")
    page.keyboard.type("7")
    expect(editor).to_contain_text("from_id: 7")
    expect(page.get_by_text("No errors")).to_be_visible()
    expect(page.get_by_text("First ID of the driving table.").first).to_be_visible()
    expect(page.get_by_role("button", name="Launch Run")).to_be_enabled()


def _grow_by_clicking(product: Product, page: Page) -> list[str]:
    """Double the application's table and materialize its ranges; returns the keys of the new ones."""
    product.rows(
        "INSERT INTO entries (title, tags, title_tags, published_at, enabled)"
        " SELECT title, tags, title_tags, published_at, enabled FROM entries ORDER BY id RETURNING id"
    )

    def new() -> list[str]:
        found = product.rows("SELECT key FROM denorm.id_range WHERE position > 0 ORDER BY position")
        return [key for (key,) in found if key not in done]

    done = product.done_ranges(MODEL)
    page.goto(f"/assets/{TOPICS.name}/entries_ranges?view=overview")
    page.get_by_role("button", name=re.compile(r"Materialize$")).click()
    wait_for(lambda: len(new()) > len(done) // 2, _RUN_SECONDS, "materializing the ranges adds those of the growth")
    return new()


def _within(key: str) -> str:
    """The predicate of a range `source:lo-hi`."""
    lo, hi = key.partition(":")[2].split("-")
    return f"entry_id BETWEEN {int(lo)} AND {int(hi)}"


def _launch(page: Page, button: str, select: str | None = None) -> None:
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog")
    if select is not None:
        dialog.get_by_role("button", name=select, exact=True).click()
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden()


def _expect_counts(page: Page, materialized: int, missing: int, seconds: float) -> None:
    """The partitions tab brings itself up to date."""
    expect(page.get_by_text(f"Materialized ({materialized})")).to_be_visible(timeout=seconds * 1000)
    expect(page.get_by_text(f"Missing ({missing})")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()


def _show(page: Page, key: str, screenshot: str) -> None:
    """Select a partition in the list, in the middle of those around it."""
    item = page.get_by_text(key, exact=True).first
    item.click()
    item.evaluate("element => element.scrollIntoView({block: 'center'})")
    expect(page.get_by_text("rows_written", exact=True)).to_be_visible()
    _screenshot(page, screenshot)


def _checks_pass_anew(page: Page, ranges: int, rows: int) -> None:
    page.goto(f"{_ASSET}?view=checks&checkDetail=matches_definition")
    heading = page.get_by_text(re.compile(r"^Checks \(\d+\)$"))
    expect(heading).to_be_visible()
    number = re.sub(r"\D", "", heading.inner_text())
    page.get_by_role("button", name="Execute all").click()
    compared = page.get_by_text(f"{rows:,} rows in {ranges} ranges equal the definition")
    expect(compared).to_be_visible(timeout=_RUN_SECONDS * 1000)
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(int(number), timeout=_RUN_SECONDS * 1000)
    _screenshot(page, "checks")


def _screenshot(page: Page, name: str) -> None:
    """Keep a picture to look at; `make pictures` copies some of them to docs/pictures."""
    page.screenshot(path=REPORTS / "ui" / f"{name}.png")
