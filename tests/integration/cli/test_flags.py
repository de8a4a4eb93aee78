"""`flag`."""

from __future__ import annotations

from tests.support.shell import Shell


def test_flag_is_shown_set_and_turned_off(loaded: Shell) -> None:
    [shown] = loaded.fine("flag", "--json").json
    assert (shown["flag"], shown["percentage"], shown["reason"]) == ("topics_read_models", 0, "never turned on")
    [shown] = loaded.fine("flag", "topics", "--percentage", "25", "--reason", "first users", "--json").json
    assert (shown["percentage"], shown["reason"]) == (25, "first users")
    assert loaded.fine("flag", "topics", "--json").json == [shown]
    [shown] = loaded.fine("flag", "topics", "--percentage", "0", "--json").json
    assert (shown["percentage"], shown["reason"]) == (0, "set by hand")


def test_flag_failing_check_turns_it_off(loaded: Shell) -> None:
    loaded.fine("flag", "topics", "--percentage", "100")
    loaded.run("DELETE FROM topics.entry_topics WHERE topic_id = 2")
    outcome = loaded("check", "topics/entry_topics")
    assert outcome.status == 1
    assert "The flag topics_read_models was turned off" in outcome.out
    assert loaded.fine("flag", "topics", "--json").json[0]["percentage"] == 0


def test_flag_invalid_setting_is_refused(shell: Shell) -> None:
    assert "name the system whose flag is to be set" in shell("flag", "--percentage", "5").err
    assert "is not in the range 0<=x<=100" in shell("flag", "topics", "--percentage", "101").err
    assert "has not been created" in shell.refused("flag", "topics")
