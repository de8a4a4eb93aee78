"""`uninstall`."""

from __future__ import annotations

import io
import sys

from tests.support.shell import Shell


def test_uninstall_dry_run_shows_objects_and_drops_nothing(loaded: Shell) -> None:
    before = loaded.fine("status", "--json").json
    shown = loaded.fine("uninstall", "--dry-run", "--json").json
    assert [row["name"] for row in shown if row["kind"] == "table"] == [
        "topics.entry_title_topics",
        "topics.entry_topics",
    ]
    assert shown[-1] == {
        "system": "topics",
        "kind": "control schema",
        "name": "denorm",
        "locks": "",
        "sql": ["DROP SCHEMA denorm CASCADE;"],
    }
    assert "topics.entry_topics" in loaded.fine("uninstall", "topics", "--dry-run").out
    assert loaded.fine("status", "--json").json == before


def test_uninstall_without_yes_asks_then_drops(loaded: Shell) -> None:
    loaded.monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    asked = loaded("uninstall", "topics")
    assert asked.status == 1
    assert "Drop 9 objects created for topics?" in asked.err
    done = loaded.fine("uninstall", "topics", "--yes", "--json")
    assert {row["action"] for row in done.json} == {"dropped"}
    assert "table topics.entry_topics: dropped" in done.err
    assert {row["state"] for row in loaded.fine("status", "--json").json} == {"absent"}
    assert loaded.fine("uninstall", "topics", "--json").json == []
    assert loaded.fine("apply", "topics", "--json").json
