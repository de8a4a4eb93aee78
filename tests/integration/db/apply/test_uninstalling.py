"""Uninstalling: all that we made goes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest

from denorm_assets.db.apply.uninstall import plan_uninstall, uninstall
from denorm_assets.db.control.feature_flags import set_flag
from denorm_assets.db.postgres import lock_retry
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.errors import LockHeld, StillInUse
from denorm_assets.model.system import System
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.support.live import bring_up, wrong_rows
from tests.support.log_lines import LogLines
from tests.support.programs import dumped

SCALE = 60


def execute(url: str, statement: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def live(database: Database, database_url: str) -> Callable[[System], list[str]]:
    """Bring a system to life; returns what the database was before."""

    def make(system: System) -> list[str]:
        load_sample(database, system, SCALE)
        before = dumped(database_url)
        bring_up(database, system)
        return before

    return make


@pytest.mark.parametrize("system", [TOPICS, SOCIAL, GALLERY], ids=lambda system: system.name)
def test_uninstall_system_restores_same_dump(
    database: Database, database_url: str, live: Callable[[System], list[str]], system: System
) -> None:
    before = live(system)
    assert dumped(database_url) != before
    planned = plan_uninstall(database, system)
    said = LogLines()
    assert uninstall(database, system) == planned
    assert said == [f"{step.kind} {step.name}: dropped" for step in planned]
    assert dumped(database_url) == before
    assert plan_uninstall(database, system) == uninstall(database, system) == []


def test_uninstall_one_system_keeps_other_working(
    database: Database, database_url: str, live: Callable[[System], list[str]]
) -> None:
    live(TOPICS)
    live(GALLERY)
    assert plan_uninstall(database, GALLERY)[-1].name == "gallery"
    uninstall(database, GALLERY)
    # In the transaction of the writer.
    execute(database_url, "UPDATE topics.entries SET tags = 'Horacio Cartes'")
    assert wrong_rows(database_url, TOPICS) == {"topics/entry_topics": 0, "topics/entry_title_topics": 0}
    assert plan_uninstall(database, TOPICS)[-1].name == "denorm"


def test_uninstall_several_systems_leaves_nothing(
    database: Database, database_url: str, live: Callable[[System], list[str]]
) -> None:
    live(TOPICS)
    live(GALLERY)
    together = [*plan_uninstall(database, TOPICS), *plan_uninstall(database, GALLERY, [TOPICS])]
    assert [*uninstall(database, TOPICS), *uninstall(database, GALLERY)] == together
    assert together[-1].name == "denorm"
    assert "denorm" not in "\n".join(dumped(database_url))


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE VIEW topics.mine AS SELECT * FROM topics.entry_topics", "view topics.mine"),
        ("CREATE VIEW topics.mine AS SELECT * FROM denorm.mv_refresh_log", "view topics.mine"),
        (
            "CREATE VIEW topics.mine AS SELECT denorm.flag_enabled('topics_read_models', 'someone')",
            "view topics.mine",
        ),
        (
            "CREATE TABLE topics.mine (on_ boolean DEFAULT denorm.flag_enabled('topics_read_models', 'someone'))",
            "default value for topics.mine.on_",
        ),
        ("CREATE PUBLICATION mine FOR TABLE topics.entry_topics", "publication mine"),
    ],
)
def test_uninstall_used_by_object_of_application_is_refused(
    database: Database, database_url: str, live: Callable[[System], list[str]], made: LiteralString, named: str
) -> None:
    live(TOPICS)
    execute(database_url, made)
    before = dumped(database_url)
    with pytest.raises(StillInUse) as refused:
        uninstall(database, TOPICS)
    assert str(refused.value) == (
        f"topics was not uninstalled: what is not ours depends on it: {named}. Nothing was changed; drop that first, "
        "and try again"
    )
    assert dumped(database_url) == before


def test_uninstall_feature_flag_on_is_refused(database: Database, live: Callable[[System], list[str]]) -> None:
    live(TOPICS)
    with database.session("topics") as session:
        set_flag(session, TOPICS, 25, "first users")
    with pytest.raises(StillInUse, match=r"topics_read_models is on for 25 % .* `denorm-assets flag topics --perc"):
        plan_uninstall(database, TOPICS)


def test_uninstall_table_locked_names_holder_and_next_run_completes(
    database: Database, database_url: str, live: Callable[[System], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live(TOPICS)
    monkeypatch.setattr(lock_retry, "_ATTEMPTS", 2)
    with psycopg.connect(database_url) as application:
        application.execute("SELECT count(*) FROM topics.entries")
        pid = application.info.backend_pid
        with pytest.raises(LockHeld) as refused:
            uninstall(database, TOPICS)
    assert f"Process {pid} of postgres has held locks on tables for 0 s" in str(refused.value)
    assert "(idle in transaction; its statement: SELECT count(*) FROM topics.entries)" in str(refused.value)
    uninstall(database, TOPICS)
    assert dumped(database_url) == before
