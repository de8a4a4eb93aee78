"""A column that was renamed under one read model: each command says so, and does the rest."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.support.shell import Shell

DECLARED = """
from pathlib import Path
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System

HERE = Path(__file__).parent
MODELS = tuple(
    ReadModel(name, SqlFile(HERE / f"{name}.sql"), (key,), driving and IdRanges(driving))
    for name, key, driving in [
        ("tags", "tag", None), ("amounts", "id", "items.id"), ("copies", "id", "items.id"), ("totals", "amount", None)
    ]
)
SYSTEM = System("shop", "app", (Phase("phase_1", MODELS),))
"""
DEFINITIONS = {
    "tags": "SELECT tag, count(*) AS items FROM items GROUP BY tag",
    "amounts": "SELECT i.id, i.amount FROM items AS i",
    "copies": "SELECT i.id, i.amount, i.amount * 2 AS twice FROM items AS i",
    "totals": "SELECT amount, count(*) AS items FROM items GROUP BY amount",
}
OTHERS = sorted({*DEFINITIONS} - {"tags"})


_numbers = itertools.count()


def declare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the declaration and its definitions to `folder`, and select them."""
    module = f"broken_{os.getpid()}_{next(_numbers)}"
    (folder / f"{module}.py").write_text(DECLARED)
    for name, text in DEFINITIONS.items():
        (folder / f"{name}.sql").write_text(text)
    monkeypatch.setenv("DENORM_SYSTEMS", f"{module}:SYSTEM")
    monkeypatch.setattr("sys.dont_write_bytecode", True)


@pytest.fixture
def broken(items_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Four live read models, of which `tags` alone uses a column that somebody renamed."""
    declare(tmp_path, monkeypatch)
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop")
    items_shell.run("ALTER TABLE app.items RENAME COLUMN tag TO label")
    items_shell.run("UPDATE app.items SET amount = 5 WHERE id < 100")
    return items_shell


def test_plan_one_broken_model_shows_others(broken: Shell) -> None:
    outcome = broken("plan")
    assert outcome.status == 1
    assert "shop: app.tags: " in outcome.err
    assert 'column "tag" does not exist' in outcome.err
    assert "Traceback" not in outcome.err
    for name in OTHERS:
        assert name in outcome.out
    planned = broken("plan", "--sql")
    assert planned.status == 1
    assert planned.out
    assert broken("plan", "--json").json["refused"]


def test_apply_one_broken_model_applies_others(broken: Shell) -> None:
    outcome = broken("apply")
    assert outcome.status == 1
    assert "shop/tags: " in outcome.err
    assert 'column "tag" does not exist' in outcome.err
    assert "shop/tags: " in broken("apply").err
    broken.fine("refresh", "shop/amounts")
    assert broken.rows("SELECT count(*) FROM app.amounts WHERE amount = 5") == [(99,)]


@pytest.mark.parametrize("command", [("check",), ("check", "shop"), ("reconcile",), ("refresh",), ("backfill", "shop")])
def test_commands_one_broken_model_report_it_and_do_others(broken: Shell, command: tuple[str, ...]) -> None:
    outcome = broken(*command)
    assert outcome.status in (1, 2)
    assert "Traceback" not in outcome.err
    said = outcome.out + outcome.err
    assert "shop/tags" in said or "tags.sql" in said
    for name in OTHERS if command[0] != "backfill" else ("amounts", "copies"):
        assert f"shop/{name}" in outcome.out
    failed = [line for line in outcome.out.splitlines() if "FAILED" in line]
    assert [line for line in failed if "shop/tags" not in line] == []


def test_commands_before_apply_report_error_once(
    items_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(tmp_path, monkeypatch)
    for command in (("check",), ("reconcile",), ("refresh",), ("backfill", "shop")):
        outcome = items_shell(*command)
        assert outcome.status == 2
        assert outcome.err.count("Error: ") == 1
        assert "has not been created in this database" in outcome.err


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_plan_and_apply_several_broken_definitions_are_all_named(
    items_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    declare(tmp_path, monkeypatch)
    (tmp_path / "tags.sql").write_text("SELECT labell AS tag, count(*) AS items FROM items GROUP BY labell")
    (tmp_path / "copies.sql").write_text("SELECT i.id, i.amountt, 2 AS twice FROM items AS i")
    outcome = items_shell(command)
    assert outcome.status == 2
    assert "2 definitions cannot be used, and nothing was changed" in outcome.err
    for missing in ("labell", "amountt"):
        assert f'"{missing}" does not exist' in outcome.err or f".{missing} does not exist" in outcome.err
    assert not items_shell.rows("SELECT FROM pg_tables WHERE tablename = 'totals'")
