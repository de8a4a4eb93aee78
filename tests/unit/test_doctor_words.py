"""What the doctor says in words and reads in words: fixes within advice, timeouts, and names that the page lists."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from denorm_assets.db.doctor import settings
from denorm_assets.db.doctor.finding import Step, TroubleName, advised, by_shell, by_sql, statement
from denorm_assets.sql.statement import Literal, name
from tests.stress.doctor import __main__ as bar
from tests.stress.doctor.plant import PLANTS

_NOT_PLANTED = {
    "bloat",
    "clock",
    "edited_object",
    "missing_object",
    "not_live",
    "old_client",
    "queue",
    "standby",
    "transaction_pooling",
    "transaction_timeout",
    "untested_server",
}
"""Troubles that take another server, another clock or hours, or that come beside others."""


@pytest.mark.parametrize(
    ("advice", "steps"),
    [
        ("run `denorm-assets apply`, or materialize its phase", [Step("shell", "denorm-assets apply")]),
        ("undo that by `ALTER TABLE a RENAME TO b`, and", [Step("sql", "ALTER TABLE a RENAME TO b;")]),
        ("see `kept_fresh`, then `denorm-assets plan`", [Step("shell", "denorm-assets plan")]),
        ("fix the row", [Step("hand", "fix the row")]),
    ],
)
def test_advised_command_or_statement_is_the_fix(advice: str, steps: list[Step]) -> None:
    assert list(advised(advice).steps) == steps


def test_statement_quotes_names_and_values() -> None:
    text = statement("ALTER ROLE {role} SET a = {value}", role=name('O"Neil'), value=Literal("it's"))
    assert text == """ALTER ROLE "O""Neil" SET a = 'it''s';"""


def test_fixes_are_done_one_after_the_other() -> None:
    assert str(by_sql("SELECT 1;") + by_shell("denorm-assets apply")) == "SELECT 1;\ndenorm-assets apply"


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("100", 100), ("100ms", 100), ("2s", 2_000), ("1min", 60_000), ("0", 0), ("never", 0)]
)
def test_timeout_is_read_in_its_unit(text: str, milliseconds: float) -> None:
    assert settings.milliseconds(text) == milliseconds


def test_every_trouble_is_on_the_page_and_planted() -> None:
    names = set(get_args(TroubleName))
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [each for each in sorted(names) if f"`{each}`" not in page] == []
    assert len(bar.THEMES) == 3
    assert names - {each.trouble for each in PLANTS.values()} == _NOT_PLANTED
