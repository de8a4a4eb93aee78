"""What the shell shows of the library's log: plain lines on standard error; of `worker`, fields in each line."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from denorm_assets.cli.shared.log_lines import FieldFormatter, log_lines

LOG = logging.getLogger("denorm_assets.db.some_module")


def record(message: str, *args: object, exception: Exception | None = None, **extra: object) -> logging.LogRecord:
    info = None if exception is None else (type(exception), exception, None)
    made = LOG.makeRecord(LOG.name, logging.INFO, __file__, 1, message, args, info, extra=extra)
    made.created = 1_780_000_000.25
    return made


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


@pytest.mark.parametrize("command", ["apply", None])
def test_log_lines_of_command_are_plain_on_stderr(capsys: pytest.CaptureFixture[str], command: str | None) -> None:
    with log_lines(command):
        LOG.info("control schema: applied %s", "001")
        LOG.warning("100 % of it")
    assert capsys.readouterr() == ("", "control schema: applied 001\n100 % of it\n")
    LOG.error("after the command")
    assert capsys.readouterr() == ("", "")


def test_log_lines_of_worker_have_time_level_event_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines("worker"):
        LOG.info("done", extra={"event": "refreshed", "read_model": "shop/links", "duration_ms": 12.4})
    out, err = capsys.readouterr()
    assert out == ""
    time, rest = err.split(" ", 1)
    assert time.startswith("time=20")
    assert rest == "level=info event=refreshed read_model=shop/links duration_ms=12 msg=done\n"


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (record("a line"), 'event=message msg="a line"'),
        (record("x", event="failed", read_model=None, rows=0), "event=failed rows=0 msg=x"),
        (record('two\nlines = "quoted" \\'), r'event=message msg="two\nlines = \"quoted\" \\"'),
        (record("%s", "größer\x1b[31m\t"), r'event=message msg="größer\u001b[31m\t"'),
        (record(""), 'event=message msg=""'),
        (record("x", exception=ValueError("a\nb")), r'event=message msg=x exception="ValueError: a\nb"'),
    ],
)
def test_field_formatter_any_record_is_one_line(made: logging.LogRecord, line: str) -> None:
    assert FieldFormatter().format(made) == f"time=2026-05-28T20:26:40.250Z level=info {line}"


def test_log_lines_other_library_warnings_are_shown_unchanged() -> None:
    shown = python(
        "import logging\nfrom denorm_assets.cli.shared.log_lines import log_lines\n"
        "with log_lines('apply'):\n"
        "    logging.getLogger('another.library').warning('theirs')\n"
        "    logging.getLogger('another.library').info('for developers')\n"
        "    logging.getLogger('denorm_assets.db').warning('ours')\n"
    )
    assert (shown.stdout, shown.stderr) == ("", "theirs\nours\n")


def test_log_lines_of_dev_show_processes_but_not_runs() -> None:
    shown = python(
        "import logging\nfrom denorm_assets.cli.shared.log_lines import log_lines\n"
        "logging.getLogger('denorm_assets').setLevel('INFO')\n"
        "logging.getLogger('denorm_assets').addHandler(logging.NullHandler())\n"
        "with log_lines('dev'):\n"
        "    logging.getLogger('denorm_assets.cli.dev_servers').warning('the worker ended')\n"
        "    logging.getLogger('denorm_assets.db').info('of a run')\n"
    )
    assert (shown.stdout, shown.stderr) == ("", "the worker ended\n")


def test_import_of_library_configures_no_logging() -> None:
    shown = python(
        "import logging, denorm_assets.db.apply.apply, denorm_assets.db.refresh.worker, denorm_assets.cli\n"
        "import denorm_assets.db.cache.client.sync_client\n"
        "found = [logging.getLogger()] + [logging.getLogger(n) for n in logging.root.manager.loggerDict"
        " if n.startswith('denorm')]\n"
        "print([(l.name, l.handlers, l.level) for l in found if l.handlers or l.level not in (0, 30)])\n"
    )
    assert shown.stdout == "[]\n"
