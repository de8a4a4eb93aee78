"""`purge` and `verify`: what they print, and their exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from denorm_assets.db.postgres.database import Database
from tests.support.shell import Shell
from tests.support.soft_deleting import SHOP, Marking

DECLARATION = """\
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName

TABLES = (TableName("owners"), TableName("items"), TableName("notes"))
SYSTEM = System("shop", "app", (Phase("phase_1_soft_deletes", work=SoftDeletes(TABLES)),))
"""


@pytest.fixture
def marking(database_url: str) -> Generator[Marking]:
    """Owners, items and notes with soft deletes; item 9 and its notes were deleted 40 days ago, item 2 yesterday."""
    database = Database(database_url)
    made = Marking(database, database_url)
    made.run(SHOP)
    made.apply()
    made.run(
        "UPDATE app.items SET deleted_at = now() - interval '40 days' WHERE id = 9;"
        " UPDATE app.items SET deleted_at = now() - interval '1 day' WHERE id = 2"
    )
    yield made
    database.close()


@pytest.fixture
def shop(shell_on: Callable[[str], Shell], marking: Marking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    (tmp_path / "marked_shop.py").write_text(DECLARATION)
    sys.modules.pop("marked_shop", None)
    shell = shell_on(marking.url)
    monkeypatch.setenv("DENORM_SYSTEMS", "marked_shop:SYSTEM")
    return shell


def test_purge_deletes_rows_older_than_declared(shop: Shell, marking: Marking) -> None:
    outcome = shop.fine("purge", "shop", "--json")
    assert outcome.json[1] == {
        "table": "app.items",
        "purged": 1,
        "kept_for_living": 0,
        "kept_for_kept": 0,
        "finished": True,
    }
    assert "app.items: 1 rows purged" in outcome.err
    assert marking.value("SELECT count(*) FROM app.items") == 9


def test_purge_dry_run_counts_and_deletes_nothing(shop: Shell, marking: Marking) -> None:
    outcome = shop.fine("purge", "shop", "--dry-run", "--older-than-days", "0", "--json")
    assert [row["would_purge"] for row in outcome.json] == [0, 1, 0]
    assert outcome.json[1]["kept_for_living"] == 1, "item 2 has notes that are not deleted"
    assert marking.value("SELECT count(*) FROM app.items") == 10


def test_purge_older_than_days_0_deletes_younger_rows(shop: Shell, marking: Marking) -> None:
    marking.run("DELETE FROM app.notes")
    assert shop.fine("purge", "shop", "--older-than-days", "0", "--minutes", "1", "--json").json[1]["purged"] == 2


def test_verify_sound_schema_passes_and_orphans_exit_1(shop: Shell, marking: Marking) -> None:
    results = shop.fine("verify", "shop", "--json").json
    assert [result["name"] for result in results] == ["types", "soft_deletes", "indexes", "foreign_keys", "orphans"]
    assert "nothing is wrong with 2 foreign keys" in shop.fine("verify", "shop").out
    marking.run("SET session_replication_role = replica; DELETE FROM app.items WHERE id = 3")
    outcome = shop("verify", "shop")
    assert outcome.status == 1
    assert "orphans" in outcome.out
    assert "FAILED" in outcome.out
    assert "app.notes (item_id)" in outcome.out
    failed = [result["name"] for result in shop("verify", "shop", "--json").json if not result["passed"]]
    assert failed == ["orphans"]


def test_purge_and_verify_system_without_such_work_are_refused(shell: Shell) -> None:
    assert shell.refused("purge", "topics") == (
        "the system topics declares no soft deletes, so there is nothing to purge"
    )
    assert shell.refused("verify", "topics") == (
        "the system topics changes no table of the application; see `denorm-assets check`"
    )
