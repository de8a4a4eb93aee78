"""What people click in the Dagster UI, and what they read there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import Page, expect


def read_check(page: Page, asset: str, check: str, says: str) -> str:
    """What the page of a check says of its latest execution, once `says` is there: descriptions are drawn last."""
    page.goto(f"/assets/{asset}?view=checks&checkDetail={check}")
    expect(page.get_by_text("Latest execution", exact=True)).to_be_visible()
    expect(page.get_by_text("Evaluation result", exact=True)).to_be_visible()
    expect(page.locator("body")).to_contain_text(says)
    text = page.locator("body").inner_text()
    return text.partition("Latest execution")[2]


def check_statuses(page: Page, asset: str, checks: Sequence[str]) -> dict[str, str]:
    """The words below the names of checks in their list: Succeeded, Failed, Not evaluated ..."""
    page.goto(f"/assets/{asset}?view=checks")
    # The list is drawn after the details beside it; its names are cut to fit, and whole in their titles.
    names = [page.get_by_title(check, exact=True) for check in checks]
    for name in names:
        expect(name).to_be_visible()
    return {check: name.locator("..").inner_text().splitlines()[-1] for check, name in zip(checks, names, strict=True)}


def launch_job(page: Page, job: str, **changes: str) -> None:
    """Launch a job from its launchpad, with `changes` of the values that stand there."""
    page.goto(f"/locations/denorm_assets/jobs/{job}/playground")
    editor = page.locator(".CodeMirror-code").first
    for field, value in changes.items():
        line = editor.locator("pre.CodeMirror-line").filter(has_text=re.compile(rf"\b{field}:"))
        expect(line).to_be_visible()
        old = line.inner_text().partition(": ")[2].strip()
        if old == value:
            continue
        line.get_by_text(field).click()
        page.keyboard.press("End")
        for _ in old:
            page.keyboard.press("Backspace")
        page.keyboard.insert_text(value)
        expect(editor).to_contain_text(f"{field}: {value}")
    expect(page.get_by_text("No errors")).to_be_visible()
    page.get_by_role("button", name="Launch Run").click()
    expect(page).to_have_url(re.compile("/runs/"))


def materialize_all(page: Page, group: str) -> None:
    """*Materialize all* of a system's graph, all of its partitions."""
    page.goto(f"/locations/denorm_assets/asset-groups/{group}/lineage")
    page.get_by_role("button", name=re.compile("Materialize all")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="All", exact=True).click()
    launch = dialog.get_by_role("button", name=re.compile("^Launch"))
    expect(launch).to_be_enabled()
    launch.click()
    expect(dialog).to_be_hidden()


def materialize(page: Page, asset: str) -> None:
    """*Materialize* of an asset without partitions."""
    page.goto(f"/assets/{asset}?view=overview")
    page.get_by_role("button", name=re.compile("Materialize$")).click()


def materialize_new_partition(page: Page, asset: str, key: str) -> None:
    """*Add a partition* in the dialog of *Materialize*, and launch it."""
    page.goto(f"/assets/{asset}?view=overview")
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Add a partition").click()
    creating = page.get_by_role("dialog").last
    creating.get_by_role("textbox").fill(key)
    creating.get_by_role("button", name="Save").click()
    launch = dialog.first.get_by_role("button", name=re.compile("^Launch"))
    expect(launch).to_be_enabled()
    launch.click()
    expect(page.get_by_role("dialog")).to_be_hidden()
