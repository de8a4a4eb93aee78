"""While an index is built, the log says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from denorm_assets.db.plan import index_progress
from denorm_assets.errors import ServerUnreachable
from denorm_assets.model.index import Index
from tests.support.case import Case, wait_for
from tests.support.log_lines import each_line


@pytest.fixture
def case(items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(index_progress, "LOOK_SECONDS", 0.02)
    made = items(3_000, indexes=[Index("body")])
    made.load()
    made.finish()
    made.run("DROP INDEX links_body_idx")
    return made


def test_index_progress_build_waiting_for_writer_names_it(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_progress, "WORTH_WATCHING", 0.0)
    work: ContextVar[str] = ContextVar("work", default="nobody's")
    said_in: dict[str, str] = {}

    def build() -> None:
        work.set("the build's")
        case.finish()

    noting = each_line(lambda line: said_in.update({line: work.get()}))
    with noting, case.connect() as writer, writer.transaction():
        writer.execute("UPDATE links SET body = 'x' WHERE id = 1")
        thread = threading.Thread(target=build)
        thread.start()
        said = (
            "index links_body_idx: waiting for writers before build, 0 %, for process "
            f"{writer.info.backend_pid} of postgres (idle in transaction)"
        )
        wait_for(lambda: said in case.lines, f"the log to say {said}; it says {case.lines}")
    thread.join()
    assert case.lines.count(said) == 1
    assert said_in[said] == "the build's"
    assert case.checks()["indexes_valid"].passed


def test_index_progress_short_build_is_not_watched(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it is watched")

    monkeypatch.setattr(index_progress, "_watch", refuse)
    case.finish()
    assert case.checks()["indexes_valid"].passed


def test_index_progress_watcher_fails_build_still_completes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> object:
        raise ServerUnreachable("here", "no more connections")

    monkeypatch.setattr(index_progress, "WORTH_WATCHING", 0.0)
    monkeypatch.setattr(index_progress, "query", fail)
    case.finish()
    assert case.checks()["indexes_valid"].passed
