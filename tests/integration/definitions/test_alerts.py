"""Alerts: a real command and a real web server are told of failed runs and checks, once, and never hold anything up."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from denorm_assets.alerts import deliver
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.sensors import alerts
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import Finished, Graph
from tests.integration.definitions.test_checks import make_linked

TELL = """
import pathlib, sys
pathlib.Path(sys.argv[1]).open("a").write(sys.stdin.read() + "\\n")
"""
HUSH = "hush-hush"


@dataclass
class Receiver:
    """A web server that keeps what is posted to it, thinks, and answers with the next of `answers`, at last 200."""

    posted: list[Any] = field(default_factory=list[Any])
    answers: list[int] = field(default_factory=list[int])
    thinks: float = 0
    url: str = ""


@dataclass
class Talker:
    """A server that says `says` to whoever asks, and then `drips` for ever."""

    says: bytes = b""
    drips: bytes = b""
    asked: int = 0
    url: str = ""


@pytest.fixture
def receiver() -> Generator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(received.thinks)
            self.send_response(received.answers.pop(0) if received.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}/{HUSH}"
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: None) -> Path:
    """The file to which the command of the settings appends what it is told."""
    program = tmp_path / "tell it.py"
    program.write_text(TELL, encoding="utf-8")
    monkeypatch.setenv("DENORM_ALERT_COMMAND", f"{sys.executable} '{program}' '{tmp_path / 'told'}'")
    return tmp_path / "told"


@pytest.fixture
def talker() -> Generator[Talker]:
    over = threading.Event()
    talks = Talker()
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(10_000)
            talks.asked += 1
            connection.sendall(talks.says)
            while talks.drips and not over.wait(0.05):
                connection.sendall(talks.drips)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],)).start()

    thread = threading.Thread(target=serve)
    thread.start()
    talks.url = f"http://127.0.0.1:{listening.getsockname()[1]}/{HUSH}"
    yield talks
    over.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def with_sensors(graph: Graph) -> Graph:
    """The same graph, loaded under the present settings."""
    return Graph.of(graph.system, graph.instance)


def tick_checks(graph: Graph, cursor: str | None = None) -> tuple[str, str]:
    """What the sensor of failed checks said, and its new cursor."""
    sensor = graph.definitions.resolve_sensor_def("denorm_alert_failed_checks")
    repository = graph.definitions.get_repository_def()
    with dg.build_sensor_context(graph.instance, cursor=cursor, repository_def=repository) as context:
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    skipped = result.skip_reason
    assert isinstance(skipped, dg.SkipReason)
    return skipped.skip_message or "", result.cursor or ""


def tick_runs(graph: Graph, run: Finished) -> str | None:
    """What the daemon does for a run that failed, and why its tick ended there, if it did."""
    sensor = graph.definitions.resolve_sensor_def("denorm_alert_failed_runs")
    [event] = [event for event in run.events() if event.event_type is dg.DagsterEventType.RUN_FAILURE]
    with dg.build_run_status_sensor_context(sensor.name, event, graph.instance, run.run) as context:
        result = sensor(context.for_run_failure())
    assert result is None or isinstance(result, dg.SkipReason)
    return None if result is None else result.skip_message


def test_alert_sensors_without_settings_are_absent(clean_environment: None, shop: Graph) -> None:
    names = {sensor.name for sensor in build_definitions([shop.system]).get_repository_def().sensor_defs}
    assert names == {"denorm_ranges", "denorm_refresh"}


def test_alert_sensors_with_setting_run(told: Path, shop: Graph) -> None:
    sensors = with_sensors(shop).definitions.get_repository_def().sensor_defs
    assert {s.name for s in sensors if s.default_status is dg.DefaultSensorStatus.RUNNING} == {
        *("denorm_ranges", "denorm_refresh", "denorm_alert_failed_runs", "denorm_alert_failed_checks")
    }


def test_check_alert_failed_check_is_sent_once_until_it_passes(
    told: Path, loaded: Graph, application: Application
) -> None:
    graph = with_sensors(loaded)
    graph.check()
    assert tick_checks(graph) == ("no check began to fail", "{}")
    application.run("DELETE FROM app.links WHERE id = 1200")
    graph.check()
    said, cursor = tick_checks(graph, "{}")
    assert said == "told of shop/links:matches_definition"
    [alert] = lines(told)
    run = graph.instance.get_runs(limit=1)[0]
    assert alert.pop("at")
    assert alert.pop("why").startswith("1 of 4 ranges differ from the definition; run `denorm-assets backfill")
    assert alert == {
        "event": "check_failed",
        "what": "shop/links matches_definition",
        "severity": "ERROR",
        "run_id": run.run_id,
        "path": "/assets/shop/links?view=checks&checkDetail=matches_definition",
    }
    graph.check()
    assert tick_checks(graph, cursor) == ("no check began to fail", cursor)
    application.run("INSERT INTO app.links VALUES (1200, 100)")
    graph.check()
    said, cursor = tick_checks(graph, cursor)
    assert (said, cursor) == ("no check began to fail", "{}")
    application.run("DELETE FROM app.links WHERE id = 1200")
    graph.check()
    tick_checks(graph, cursor)
    assert len(lines(told)) == 2


def test_check_alert_each_combined_part_is_sent_when_it_fails(
    told: Path, application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    graph = with_sensors(make_linked(make_shop, instance, application))
    application.run("CREATE INDEX links_again ON app.links (kind_id, id)")
    graph.run_job("shop_monitoring")
    said, cursor = tick_checks(graph)
    assert said == "told of shop/monitoring:storage/duplicate_indexes"
    application.run("UPDATE app.items SET amount = 2 WHERE id = 3")
    application.run("UPDATE denorm.change_log SET logged_at = now() - interval '2 hours'")
    graph.run_job("shop_monitoring")
    said, cursor = tick_checks(graph, cursor)
    assert said == "told of shop/monitoring:changes_arrive/change_log, shop/monitoring:changes_arrive/queue"
    assert [(alert["what"], alert["severity"]) for alert in lines(told)] == [
        ("shop/monitoring storage/duplicate_indexes", "WARN"),
        ("shop/monitoring changes_arrive/change_log", "WARN"),
        ("shop/monitoring changes_arrive/queue", "ERROR"),
    ]
    assert "checkDetail=changes_arrive" in lines(told)[-1]["path"]
    assert tick_checks(graph, cursor) == ("no check began to fail", cursor)
    application.run("DROP INDEX app.links_again")
    graph.run_job("shop_monitoring")
    assert "storage" not in tick_checks(graph, cursor)[1]


def test_run_alert_failed_run_tells_reason_and_path(
    receiver: Receiver, shop: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(shop)
    application.run("UPDATE app.items SET amount = 0 WHERE id = 7")
    run = graph.run_job("shop_items_backfill")
    assert not run.success
    tick_runs(graph, run)
    [alert] = receiver.posted
    assert (alert["event"], alert["what"], alert["severity"]) == ("run_failed", "shop_items_backfill", "ERROR")
    assert "division by zero" in alert["why"]
    assert (alert["run_id"], alert["path"]) == (run.run.run_id, f"/runs/{run.run.run_id}")


def test_run_alert_run_to_be_retried_is_not_sent(
    receiver: Receiver, shop: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(shop)
    application.run("UPDATE app.items SET amount = 0 WHERE id = 7")
    run = graph.run_job("shop_items_backfill", tags={"dagster/will_retry": "true"})
    tick_runs(graph, run)
    assert receiver.posted == []


def test_alert_webhook_server_error_is_retried(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(loaded)
    application.run("DELETE FROM app.links WHERE id = 1200")
    graph.check()
    receiver.answers = [500, 503]
    said, _ = tick_checks(graph)
    assert said == "told of shop/links:matches_definition"
    assert len(receiver.posted) == 3


def test_alert_not_delivered_hides_secrets_and_is_sent_next_tick(
    told: Path, receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_COMMAND", f"false --token {HUSH}")
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(loaded)
    application.run("DELETE FROM app.links WHERE id = 1200; DROP TRIGGER trg_denorm_insert ON app.items")
    graph.check()
    receiver.answers = [404, 404, 404]
    said, cursor = tick_checks(graph)
    assert json.loads(cursor) == {"shop/links:kept_fresh": 9}
    assert said.startswith(
        "nobody was told that shop/links kept_fresh failed: DENORM_ALERT_COMMAND: it ended with exit status 1; "
        "DENORM_ALERT_WEBHOOK: it answered 404. Correct or unset what is named"
    )
    assert HUSH not in said
    # One of them is enough trouble for a tick.
    assert {alert["what"] for alert in receiver.posted} == {"shop/links kept_fresh"}
    monkeypatch.setenv("DENORM_ALERT_COMMAND", "true")
    _, cursor = tick_checks(with_sensors(graph), cursor)
    assert json.loads(cursor) == dict.fromkeys(
        ["shop/links:kept_fresh", "shop/links:matches_definition", "shop/phase_1:catalog"], 0
    )


@pytest.mark.parametrize(
    ("command", "webhook", "said"),
    [
        (f"sh -c 'sleep 60' {HUSH}", None, "it did not end within 0.2 s, and was killed"),
        (f"/no/such/program {HUSH}", None, "it cannot be run (No such file or directory)"),
        (None, f"http://127.0.0.1:9/{HUSH}", "it cannot be reached (ConnectionRefusedError)"),
    ],
)
def test_alert_hanging_or_missing_target_does_not_block_tick(
    loaded: Graph,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    command: str | None,
    webhook: str | None,
    said: str,
) -> None:
    monkeypatch.setattr(deliver, "ALERT_SECONDS", 0.2)
    for variable, value in (("DENORM_ALERT_COMMAND", command), ("DENORM_ALERT_WEBHOOK", webhook)):
        if value is not None:
            monkeypatch.setenv(variable, value)
    graph = with_sensors(loaded)
    application.run("DELETE FROM app.links WHERE id = 1200")
    graph.check()
    began = time.monotonic()
    reason, _ = tick_checks(graph)
    assert time.monotonic() - began < 5
    assert said in reason
    assert HUSH not in reason


def three_fail(graph: Graph, application: Application) -> Graph:
    """The same graph under the present settings, three of its checks failed."""
    application.run("DELETE FROM app.links WHERE id = 1200; DROP TRIGGER trg_denorm_insert ON app.items")
    graph.check()
    return with_sensors(graph)


def test_alert_webhook_redirect_counts_as_not_delivered(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    receiver.answers = [301, 302, 307]
    said, cursor = tick_checks(three_fail(loaded, application))
    assert "DENORM_ALERT_WEBHOOK: it answered 307 (name the final address)" in said
    assert json.loads(cursor) == {"shop/links:kept_fresh": 9}


def test_alert_webhook_not_http_counts_as_not_delivered(
    talker: Talker, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", talker.url)
    talker.says = f"SSH-2.0-{HUSH}\r\n\r\n".encode()
    said, cursor = tick_checks(three_fail(loaded, application))
    assert "DENORM_ALERT_WEBHOOK: it gave no answer in HTTP (BadStatusLine)" in said
    assert HUSH not in said
    assert json.loads(cursor) == {"shop/links:kept_fresh": 9}


@pytest.mark.parametrize(("says", "drips"), [(b"HTTP/1.1 200 OK\r\nX: ", b"x"), (b"", b"H")])
def test_alert_webhook_slow_bytes_time_out_and_are_not_resent(
    talker: Talker, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch, says: bytes, drips: bytes
) -> None:
    monkeypatch.setattr(deliver, "ALERT_SECONDS", 0.3)
    monkeypatch.setattr(deliver, "_GRACE_SECONDS", 0.3)
    monkeypatch.setenv("DENORM_ALERT_COMMAND", "sleep 60")
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", talker.url)
    talker.says, talker.drips = says, drips
    graph = three_fail(loaded, application)
    began = time.monotonic()
    said, cursor = tick_checks(graph)
    # Both together, and once.
    assert time.monotonic() - began < 2
    assert "perhaps not everybody was told that shop/links kept_fresh failed" in said
    assert "it did not answer within 0.3 s" in said
    assert "it is not tried again" in said
    assert (json.loads(cursor), talker.asked) == ({"shop/links:kept_fresh": 0}, 1)


def test_alert_webhook_slow_answer_is_not_resent(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    receiver.thinks = 1
    graph = three_fail(loaded, application)
    with monkeypatch.context() as patched:
        patched.setattr(deliver, "ALERT_SECONDS", 0.3)
        _, cursor = tick_checks(graph)
    assert json.loads(cursor) == {"shop/links:kept_fresh": 0}
    receiver.thinks = 0
    tick_checks(graph, cursor)
    assert [alert["what"].split()[1] for alert in receiver.posted] == ["kept_fresh", "matches_definition", "catalog"]


def test_alert_sent_by_command_is_not_resent_for_failed_webhook(
    told: Path, receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    receiver.answers = [400, 400, 400]
    graph = three_fail(loaded, application)
    said, cursor = tick_checks(graph)
    assert "perhaps not everybody was told that shop/links kept_fresh failed: DENORM_ALERT_WEBHOOK" in said
    tick_checks(graph, cursor)
    assert [alert["what"].split()[1] for alert in lines(told)] == ["kept_fresh", "matches_definition", "catalog"]


def test_alert_refused_for_good_is_dropped_and_others_are_sent(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    monkeypatch.setattr(alerts, "_TICKS", 2)
    receiver.answers = [400] * 6
    graph = three_fail(loaded, application)
    said, cursor = tick_checks(graph)
    assert said.endswith("; it is tried again")
    said, cursor = tick_checks(graph, cursor)
    assert said.endswith("; it is not tried again")
    said, cursor = tick_checks(graph, cursor)
    assert said == "told of shop/links:matches_definition, shop/phase_1:catalog"
    assert tick_checks(graph, cursor)[0] == "no check began to fail"


def test_check_alert_slow_tick_stops_and_next_tick_resumes(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    monkeypatch.setattr(alerts, "ALERT_SECONDS", 0.6)
    receiver.thinks = 0.4
    graph = three_fail(loaded, application)
    said, cursor = tick_checks(graph)
    assert said == "told of shop/links:kept_fresh, shop/links:matches_definition"
    assert tick_checks(graph, cursor)[0] == "told of shop/phase_1:catalog"
    assert len(receiver.posted) == 3


def test_run_alert_slow_or_failed_delivery_ends_tick(
    receiver: Receiver, shop: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(shop)
    application.run("UPDATE app.items SET amount = 0 WHERE id = 7")
    run = graph.run_job("shop_items_backfill")
    assert tick_runs(graph, run) is None
    monkeypatch.setattr(alerts, "_RUN_SECONDS", 0.1)
    receiver.thinks = 0.2
    assert tick_runs(graph, run) == f"told of {run.run.run_id}"
    receiver.answers = [500, 500, 500]
    assert "nobody was told that shop_items_backfill failed" in (tick_runs(graph, run) or "")


def test_check_alert_cursor_of_older_release_is_read(told: Path, loaded: Graph, application: Application) -> None:
    _, cursor = tick_checks(three_fail(loaded, application), '["shop/links:kept_fresh", "shop/phase_1:catalog"]')
    assert [alert["what"] for alert in lines(told)] == ["shop/links matches_definition"]
    assert set(json.loads(cursor).values()) == {0}


def test_check_alert_check_of_worker_has_no_run_id(
    receiver: Receiver, loaded: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    graph = with_sensors(loaded)
    graph.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=graph.key("links"),
            check_name="kept_fresh",
            passed=False,
            metadata={},
            severity=dg.AssetCheckSeverity.WARN,
            description="a trigger is missing",
        )
    )
    tick_checks(graph)
    [alert] = receiver.posted
    assert (alert["run_id"], alert["severity"], alert["why"]) == (None, "WARN", "a trigger is missing")


def test_alert_sensors_several_systems_share_one_pair(told: Path, shop: Graph, clean_environment: None) -> None:
    other = System("other", "app", shop.system.phases)
    names = [sensor.name for sensor in build_definitions([shop.system, other]).get_repository_def().sensor_defs]
    assert len([name for name in names if name.startswith("denorm_alert")]) == 2


PLANNED = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED


def plan_checks(graph: Graph, *checks: str) -> dg.DagsterRun:
    """A run that plans to evaluate checks of `links`, and has not yet."""
    keys = [dg.AssetCheckKey(graph.key("links"), name) for name in checks]
    job = graph.definitions.resolve_job_def("shop_checks").get_subset(asset_check_selection=set(keys))
    run = graph.instance.create_run_for_job(job)
    assert len(list(graph.instance.all_logs(run.run_id, of_type=PLANNED))) == len(keys)
    return run


@pytest.mark.parametrize("ends", ["in progress", "cancelled", "failed", "deleted"])
def test_check_alert_planned_check_keeps_last_outcome(
    told: Path, loaded: Graph, application: Application, ends: str
) -> None:
    graph = three_fail(loaded, application)
    _, cursor = tick_checks(graph)
    told.unlink()
    run = plan_checks(graph, "matches_definition", "backfill_complete", "kept_fresh")
    if ends == "cancelled":
        graph.instance.report_run_canceled(run)
    elif ends == "failed":
        graph.instance.report_run_failed(run)
    elif ends == "deleted":
        graph.instance.delete_run(run.run_id)
    assert tick_checks(graph, cursor) == ("no check began to fail", cursor)
    graph.check()
    assert tick_checks(graph, cursor) == ("no check began to fail", cursor)
    assert lines(told) == []


def test_check_alert_check_never_evaluated_is_not_sent(told: Path, shop: Graph) -> None:
    graph = with_sensors(shop)
    plan_checks(graph, "kept_fresh", "backfill_complete")
    assert tick_checks(graph) == ("no check began to fail", "{}")


def test_check_alert_planned_check_does_not_hold_back_others(
    told: Path, loaded: Graph, application: Application
) -> None:
    graph = three_fail(loaded, application)
    plan_checks(graph, "backfill_complete", "matches_definition")
    assert tick_checks(graph)[0] == (
        "told of shop/links:kept_fresh, shop/links:matches_definition, shop/phase_1:catalog"
    )


def test_check_alert_tick_killed_after_sending_does_not_resend(
    told: Path, loaded: Graph, application: Application
) -> None:
    graph = three_fail(loaded, application)
    tick_checks(graph)
    # The daemon was killed, or the code location got another name: the cursor was not kept.
    assert tick_checks(graph, None)[0] == "no check began to fail"
    # As with a cursor of before.
    assert tick_checks(with_sensors(graph), "{}")[0] == "no check began to fail"
    assert len(lines(told)) == 3


def test_check_alert_passed_check_is_kept_when_tick_is_killed(
    told: Path, loaded: Graph, application: Application
) -> None:
    graph = three_fail(loaded, application)
    _, cursor = tick_checks(graph)
    application.run("INSERT INTO app.links VALUES (1200, 100)")
    graph.check()
    tick_checks(graph, cursor)
    application.run("DELETE FROM app.links WHERE id = 1200")
    graph.check()
    assert tick_checks(graph, cursor)[0] == "told of shop/links:matches_definition"


def test_check_alert_attempts_are_kept_when_tick_is_killed(
    receiver: Receiver, loaded: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", receiver.url)
    monkeypatch.setattr(alerts, "_TICKS", 2)
    receiver.answers = [400] * 6
    graph = three_fail(loaded, application)
    tick_checks(graph)
    assert tick_checks(graph)[0].endswith("; it is not tried again")
    assert tick_checks(graph)[0] == "told of shop/links:matches_definition, shop/phase_1:catalog"


@pytest.mark.parametrize(
    ("job", "config"),
    [
        ("shop_items_backfill", {"resources": {"what_to_load": {"config": {"batch_size": 0}}}}),
        ("shop_items_backfill", {"resources": {"what_to_load": {"config": {"from_id": "abc"}}}}),
        ("shop_reconcile", {"ops": {"reconcile": {"read_models": ["linsk"]}}}),
        ("shop_reconcile", {"ops": {"reconcile": {"max_share": 5.0}}}),
        ("shop_reconcile", {"ops": {"reconcile": {"from_id": "abc"}}}),
    ],
)
def test_run_alert_invalid_launchpad_value_is_only_warning(
    told: Path, loaded: Graph, job: str, config: dict[str, Any]
) -> None:
    graph = with_sensors(loaded)
    run = graph.run_job(job, **config)
    tick_runs(graph, run)
    # A schedule that is set up wrong is one.
    tick_runs(graph, graph.run_job(job, **config, tags={"dagster/schedule_name": "nightly"}))
    assert [alert["severity"] for alert in lines(told)] == ["WARN", "ERROR"]


def test_run_alert_missing_settings_are_error(told: Path, shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = with_sensors(shop)
    monkeypatch.delenv("DENORM_DATABASE_URL")
    tick_runs(graph, graph.run_job("shop_items_backfill"))
    assert [alert["severity"] for alert in lines(told)] == ["ERROR"]
