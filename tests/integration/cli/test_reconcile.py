"""`reconcile` and `audit`: what a person sees in a terminal, and the exit status."""

from __future__ import annotations

from tests.support.shell import Shell

DRIFT = """
SET session_replication_role = replica;
DELETE FROM topics.entry_topics WHERE entry_id IN (SELECT entry_id FROM topics.entry_topics ORDER BY 1 LIMIT 1);
UPDATE topics.entry_topics SET published_at = now()
WHERE (entry_id, topic_id) IN (SELECT entry_id, topic_id FROM topics.entry_topics ORDER BY 1 DESC LIMIT 1);
"""


def test_reconcile_sound_system_passes_and_audit_is_empty(loaded: Shell) -> None:
    out = loaded.fine("reconcile").out
    assert out.count("passed") == 2
    assert "rows equal the definition" in out
    assert "nothing was repaired within 7 days" in loaded.fine("audit").out


def test_reconcile_drift_is_reported_repaired_and_audited(loaded: Shell) -> None:
    loaded.run(DRIFT)
    found = loaded("reconcile", "topics/entry_topics")
    assert found.status == 1
    assert "FAILED" in found.out
    [shown] = loaded("reconcile", "topics/entry_topics", "--json").json
    assert (shown["passed"], shown["altered"], shown["repaired"]) == (False, 1, 0)
    assert "`denorm-assets reconcile topics/entry_topics --repair` makes them right" in shown["summary"]

    repaired = loaded.fine("reconcile", "topics", "--repair", "--json").json
    assert [each["passed"] for each in repaired] == [True, True]
    [links] = [each for each in repaired if each["model"] == "topics/entry_topics"]
    assert links["repaired"] == shown["missing"] + 1
    rows = loaded.fine("audit", "topics/entry_topics", "--json").json
    assert len(rows) == links["repaired"]
    assert sum(row["before"] is None for row in rows) == shown["missing"]
    assert all(row["cause"] for row in rows)
    told = loaded.fine("audit", "topics").out
    assert 'published_at="' in told
    assert told.count("topics/entry_topics. Likely cause: ") == 1, "once for all rows that share it"
    assert loaded.fine("check", "topics/entry_topics", "--json").json[0]["passed"]


def test_reconcile_id_range_and_budget_options_are_accepted(loaded: Shell) -> None:
    [part] = loaded.fine("reconcile", "topics/entry_topics", "--from-id", "1", "--to-id", "10", "--json").json
    assert part["segments"] == 1
    everything = ("--minutes", "5", "--max-active", "50", "--max-rows", "3", "--max-share", "0.5")
    loaded.fine("reconcile", "topics/entry_topics", "--repair", *everything)


def test_reconcile_invalid_options_say_what_to_give(loaded: Shell) -> None:
    outside = loaded("reconcile", "topics/entry_topics", "--from-id", "999999999")
    assert outside.status == 2
    assert "entries has IDs from 1 to" in outside.err
    assert loaded("reconcile", "--minutes", "0").status == 2
    assert "topics/entry_topics" in loaded("reconcile", "topics/nothing").err
