"""The worker's metrics: what Prometheus scrapes, and that the page and the dashboard name what there is."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.errors import ConfigurationError
from denorm_assets.extras import PROMETHEUS_CLIENT
from denorm_assets.metrics.exporter import Metrics
from denorm_assets.model.debounce import Decision
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.cli.test_process import COMMAND
from tests.integration.docs.pages import ROOT, read
from tests.support.case import wait_for
from tests.support.hidden import hide
from tests.support.shell import Shell

_NAME = re.compile(r"\bdenorm_[a-z_]+\b")
_DERIVED = ("_bucket", "_sum", "_count", "_created")
"""What a histogram or a counter has besides."""


def scraped(port: int) -> dict[str, float]:
    """Sample -> value, as Prometheus reads it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


def exported(samples: dict[str, float]) -> set[str]:
    """The names of the metrics, as people write them."""
    names = {sample.partition("{")[0] for sample in samples}
    histograms = {name.removesuffix("_bucket") for name in names if name.endswith("_bucket")}
    return {name for name in names if not name.endswith(_DERIVED)} | histograms


@pytest.fixture
def metrics(loaded: Shell) -> Generator[Metrics]:
    database = Database(loaded.url)
    yield Metrics(database, [TOPICS])
    database.close()


def _refreshed(**outcome: Any) -> Refreshed:
    return Refreshed(TOPICS, TOPICS.read_models[0], Decision(True, None, "due"), **outcome)


def test_metrics_show_what_waits_and_what_was_done(metrics: Metrics, loaded: Shell) -> None:
    name = f'{{read_model="{TOPICS.name}/{TOPICS.read_models[0].name}"}}'
    with metrics.served(0, "127.0.0.1") as port:
        before = scraped(port)
        assert (before[f"denorm_refreshes_total{name}"], before[f"denorm_pending_changes{name}"]) == (0, 0)
        assert (before["denorm_database_up"], before[f"denorm_read_model_live{name}"]) == (1, 1)
        loaded.run("DELETE FROM topics.entries WHERE id = (SELECT max(id) FROM topics.entries)")
        metrics.add([_refreshed(drained=Drained(3, 2, 1), seconds=0.2), _refreshed(error="no luck"), _refreshed()])
        after = scraped(port)
    assert after[f"denorm_pending_changes{name}"] >= 1
    assert after[f"denorm_staleness_seconds{name}"] > 0
    counted = ("refreshes", "refresh_failures", "anchors_recomputed", "rows_written", "rows_removed")
    assert [after[f"denorm_{each}_total{name}"] for each in counted] == [1, 1, 3, 2, 1]
    assert after[f"denorm_refresh_duration_seconds_count{name}"] == 1


def test_worker_serves_metrics_of_its_refreshes(loaded: Shell, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    environment = {**os.environ, "DENORM_DATABASE_URL": loaded.url, "DENORM_HOME": str(tmp_path / "home")}
    with log.open("w") as output:
        worker = subprocess.Popen([str(COMMAND), "worker", "--metrics-port", "0"], env=environment, stderr=output)
        wait_for(lambda: _served(log) is not None, "the worker to serve metrics")
        port = _served(log)
        assert port is not None
        loaded.run("DELETE FROM topics.entries WHERE id = (SELECT max(id) FROM topics.entries)")
        wait_for(lambda: _sum(scraped(port), "denorm_refreshes_total") > 0, "a refresh to be counted")
        worker.send_signal(signal.SIGTERM)
        ended = worker.wait(timeout=30)
    assert ended == 0, log.read_text()


def _served(log: Path) -> int | None:
    """The port that the log names."""
    found = re.search(r"event=metrics .*http://127\.0\.0\.1:(\d+)/metrics", log.read_text(encoding="utf-8"))
    return int(found[1]) if found else None


def _sum(samples: dict[str, float], name: str) -> float:
    return sum(value for sample, value in samples.items() if sample.startswith(name))


def test_metrics_server_that_is_gone_is_not_up(loaded: Shell) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with Metrics(database, [TOPICS]).served(0, "127.0.0.1") as port:
        found = scraped(port)
    assert found["denorm_database_up"] == 0
    assert not any(sample.startswith("denorm_pending_changes") for sample in found)


def test_metrics_names_are_those_of_page_and_dashboard(metrics: Metrics) -> None:
    with metrics.served(0, "127.0.0.1") as port:
        names = exported(scraped(port))
    section = re.search(r"^## Metrics\n(.*?)^## ", read("docs/operations.md").text, re.DOTALL | re.MULTILINE)
    assert section is not None
    assert set(_NAME.findall(section[1])) == names
    board = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    used = {name.removesuffix("_bucket") for name in _NAME.findall(asked)}
    assert names - used == {"denorm_info"}
    assert used <= names


def test_metrics_port_that_is_taken_is_refused(metrics: Metrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="--metrics-port"), metrics.served(port, "127.0.0.1"):
            pass


def test_worker_without_prometheus_client_names_extra(loaded: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, PROMETHEUS_CLIENT)
    assert "denorm-assets[metrics]" in loaded.refused("worker", "--metrics-port", "0")
