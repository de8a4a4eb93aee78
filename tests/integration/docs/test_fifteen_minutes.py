"""The guide of fifteen minutes, from the wheel: its files and commands, as the page has them, in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pytest

from tests.integration.docs.fifteen_minutes import MODEL, SYSTEM, following_guide
from tests.support.walk import first_missing
from tests.support.wheel import build_wheel, locked_versions


@pytest.mark.long
@pytest.mark.timeout(900)
def test_fifteen_minutes_guide_goes_from_wheel_to_green(database_url: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    wheel, constraints = build_wheel(notes), locked_versions(notes)
    constraints.write_text(f"{constraints.read_text()}\ndenorm-assets=={wheel.name.split('-')[1]}\n")
    pip = {"FIND_LINKS": notes, "CONSTRAINT": constraints, "QUIET": 1, "DISABLE_PIP_VERSION_CHECK": 1}
    variables = {f"PIP_{name}": str(value) for name, value in pip.items()}
    with following_guide(database_url, tmp_path, Path(sys.base_prefix) / "bin", **variables) as (walk, _):
        installed = walk.folder / ".venv"
        assert list(installed.glob("lib/*/site-packages/denorm_assets/__init__.py")), "the wheel is what runs"
        assert list((walk.folder / ".dagster").rglob("*.db")), "Dagster's tables are in SQLite, as init wrote"
        definition = (walk.folder / SYSTEM / "sql" / f"{MODEL}.sql").read_text(encoding="utf-8")
    wrong = f"(TABLE {MODEL} EXCEPT ALL ({definition})) UNION ALL (({definition}) EXCEPT ALL TABLE {MODEL})"
    with psycopg.connect(database_url) as connection:
        assert connection.execute(wrong.encode()).fetchall() == []


def test_walk_output_that_page_does_not_have_is_noticed() -> None:
    printed = "x\na b\nc d e\n"
    assert first_missing("a  b\n\n…\nc … e\n", printed) is None
    assert first_missing("c … e\na b\n", printed) == "a b"
    assert first_missing("a\n", printed) == "a"
