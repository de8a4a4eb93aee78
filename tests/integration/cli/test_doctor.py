"""`denorm-assets doctor` as a person calls it."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.shell import Shell


def test_doctor_before_and_after_apply_finds_no_trouble(shell: Shell, loaded: Shell) -> None:
    assert "No trouble found." in loaded.fine("doctor").out
    before = loaded.contents()
    assert loaded.fine("doctor", "topics", "--json").json["troubles"] == []
    assert loaded.contents() == before


def test_doctor_database_without_anything_of_ours_has_no_trouble(shell: Shell) -> None:
    assert "No trouble found." in shell.fine("doctor").out


def test_doctor_trouble_is_printed_with_fix_and_exits_1(loaded: Shell) -> None:
    [(name,)] = loaded.rows("SELECT current_database()")
    loaded.run(f"ALTER DATABASE {name} SET track_counts = off")
    done = loaded("doctor")
    assert done.status == 1
    assert "1 trouble to fix." in done.out
    assert f"ALTER DATABASE {name} RESET track_counts;" in " ".join(done.out.split())
    done = loaded("doctor", "--json")
    assert done.status == 1
    assert done.json == {
        "healthy": False,
        "troubles": [
            {
                "name": "track_counts_off",
                "trouble": "changed rows are not counted, so autovacuum does not know which tables need it",
                "where": f"ALTER DATABASE {name} SET track_counts = off",
                "fix": [{"by": "sql", "text": f"ALTER DATABASE {name} RESET track_counts;"}],
                "needs_doing": True,
            }
        ],
        "unseen": [],
    }


def test_doctor_unreachable_server_or_unknown_system_is_refused(
    shell_on: Callable[[str], Shell], loaded: Shell
) -> None:
    assert "no_such_system" in loaded.refused("doctor", "no_such_system")
    away = shell_on("postgresql://nobody@127.0.0.1:1/nothing")
    done = away("doctor")
    assert done.status == 1
    assert "cannot be reached" in done.error
