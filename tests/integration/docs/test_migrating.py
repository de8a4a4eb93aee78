"""The sections of the guide for what people have: its SQL, declarations and commands, in the order of reading."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.docs.pages import Page, read, words
from tests.support.shell import Shell

_BLOCK = re.compile(r"^```(sql|python|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ROWS = (
    "INSERT INTO shop.customers SELECT n, 'country ' || n % 3 FROM generate_series(1, 20) AS n",
    "INSERT INTO shop.orders SELECT n, n % 15 + 1, timestamptz '2026-01-01Z' + n * interval '9 h', now(), n % 7 + 0.5,"
    " CASE WHEN n % 4 > 0 THEN 'paid' ELSE 'open' END FROM generate_series(1, 200) AS n",
)
_MISSED_BY_TRIGGER = "UPDATE shop.orders SET customer_id = 1 WHERE id = 7"
_PAGE = read("docs/guides/migrating.md")


def _sections() -> dict[str, Page]:
    """Heading -> its section; what stands before the first one under an empty heading."""
    parts = re.split(r"^## (.*)\n", f"## \n{_PAGE.text}", flags=re.MULTILINE)[1:]
    return {name: replace(_PAGE, text=text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


_SECTIONS = _sections()


@pytest.fixture
def shop(
    shell_on: Callable[[str], Shell], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Shell]:
    """A shell over the tables of the page, in an empty folder whose modules are importable in this test alone."""
    made = shell_on(database_url)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for statement in (*_SECTIONS[""].blocks("sql"), *_ROWS):
        made.run(statement)
    yield made
    for name, module in [*sys.modules.items()]:
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def _follow(section: Page, shop: Shell, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[object]]:
    """Do what the section says; returns what its queries yielded."""
    found: dict[str, list[object]] = {}
    for language, text in _BLOCK.findall(section.text):
        if language == "python":
            Path(text.splitlines()[0].removeprefix("# ")).write_text(text, encoding="utf-8")
        elif language == "sql":
            for statement in re.split(r";\n(?!END)(?=[A-Z])", text):
                if statement.startswith(("TABLE", "SELECT")):
                    found[statement] = [*shop.rows(statement)]
                else:
                    shop.run(statement)
                    if "CREATE TRIGGER" in statement:
                        shop.run(_MISSED_BY_TRIGGER)
        else:
            for line in text.splitlines():
                if line.startswith("export "):
                    name, _, value = line.removeprefix("export ").partition("=")
                    monkeypatch.setenv(name, value)
                else:
                    shop.fine(*words(line))
    return found


@pytest.mark.parametrize("name", [name for name in _SECTIONS if name])
def test_migrating_section_runs_as_it_is_read(name: str, shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [*_follow(_SECTIONS[name], shop, monkeypatch).values()]
    if name == "From REFRESH by cron":
        assert found == [[], []]
    if name == "From triggers by hand":
        assert found == [[(1, 13, 14), (8, 13, 12)]]
    shop.fine("check")


def test_migrating_table_that_dbt_replaces_is_noticed_until_apply(shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    _follow(_SECTIONS["From dbt incremental"], shop, monkeypatch)
    shop.run("CREATE TABLE shop.orders__dbt_tmp AS SELECT * FROM shop.orders WHERE id > 100")
    shop.run("ALTER TABLE shop.orders RENAME TO orders__dbt_backup; ALTER TABLE shop.orders__dbt_tmp RENAME TO orders")
    shop.run("DROP TABLE shop.orders__dbt_backup CASCADE")
    noticed = shop("check", "shop/customer_spending")
    assert noticed.status == 1
    assert "another table took the place of shop.orders" in noticed.out
    shop.fine("apply")
    shop.fine("check", "shop/customer_spending")
