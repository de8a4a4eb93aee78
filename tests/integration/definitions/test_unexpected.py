"""What nobody foresaw: one line in Dagster, a file with the stack of frames, and no password in either."""

# pytest leaves `syspath_prepend` partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets import definitions
from denorm_assets.definitions.dagster_failure import explained
from denorm_assets.errors import DeclarationError
from denorm_assets.unexpected import one_line
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph
from tests.support.sensors import evaluate

BROKEN = "ALTER TABLE denorm.read_model RENAME COLUMN state TO condition"
"""Every unforeseen exception looks like this one to Dagster."""
FAULT = "That is a fault of denorm-assets, not yours. Please report it with "


@pytest.fixture
def errors(tmp_path: Path) -> Path:
    return tmp_path / "home" / "errors"


def failures(run: Finished) -> Iterator[dg.DagsterEvent]:
    return (event for event in run.events() if event.is_step_failure)


def assert_explained(said: str, errors: Path) -> None:
    assert said.startswith("UndefinedColumn: column")
    assert "\n" not in said
    assert FAULT in said
    kept = Path(said.rpartition(FAULT)[2])
    assert kept.parent == errors
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in kept.read_text()


@pytest.mark.parametrize(
    ("job", "names"),
    [
        ("__ASSET_JOB", ("links",)),
        ("__ASSET_JOB", ("links_indexes",)),
        ("__ASSET_JOB", ("phase_1",)),
        ("shop_checks", ()),
        ("shop_refresh", ()),
        ("shop_reconcile", ()),
        ("shop_items_backfill", ()),
        ("shop_monitoring", ()),
    ],
)
def test_unexpected_error_in_step_is_one_line_with_report_file(
    loaded: Graph, application: Application, errors: Path, job: str, names: tuple[str, ...]
) -> None:
    application.run(BROKEN)
    run = loaded.materialize(*names, first=RANGES[0]) if names == ("links",) else loaded.run_job(job, names)
    assert not run.success
    found = [event.step_failure_data for event in failures(run)]
    assert found
    for data in found:
        assert data.user_failure_data is not None, data.error
        assert_explained(data.user_failure_data.description or "", errors)
        assert data.error is not None
        assert data.error.cause is None
        assert data.error.context is None
    assert len(list(errors.iterdir())) == len(found)


@pytest.mark.parametrize("sensor", ["denorm_ranges", "denorm_refresh"])
def test_unexpected_error_in_sensor_is_one_line_with_report_file(
    loaded: Graph, application: Application, errors: Path, sensor: str
) -> None:
    application.run(BROKEN)
    with pytest.raises(dg.Failure) as raised:
        evaluate(loaded.definitions, sensor, loaded.instance)
    assert_explained(raised.value.description or "", errors)
    assert raised.value.__cause__ is None


def test_expected_error_in_step_shows_no_stack(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 1")
    run = shop.materialize("links", first=RANGES[0])
    [data] = [event.step_failure_data for event in failures(run)]
    assert data.error is not None
    assert data.error.cause is not None
    assert data.error.cause.cls_name == "BatchFailed"
    assert (data.error.cause.stack, data.error.cause.cause) == ([], None)


def test_unexpected_error_in_code_location_is_one_line(
    clean_environment: None, errors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.py").write_text(
        "from denorm_assets.model.system import System\nODD = System('odd', 'app', ('x',))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DENORM_SYSTEMS", "odd:ODD")
    with pytest.raises(dg.Failure) as raised:
        definitions.defs()
    said = raised.value.description or ""
    assert FAULT in said
    assert Path(said.rpartition(FAULT)[2]).parent == errors


def test_explained_declaration_error_passes_without_cause() -> None:
    def declare() -> None:
        try:
            raise KeyError("name")
        except KeyError as error:
            raise DeclarationError(["a.py:1: one thing"]) from error

    with pytest.raises(DeclarationError) as raised, explained("a test"):
        declare()
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "said",
    [
        "cannot connect to postgresql://app:hush-hush@db.example:5432/shop",
        "redis://:hush-hush@cache.example:6379/0 is gone",
        "could not parse 'host=db password=hush-hush user=app'",
        "could not parse \"host=db password = 'hush-hush'\"",
        "postgresql://db.example/shop?user=app&password=hush-hush&sslmode=require",
        "the answer of https://alerts.example/hook/hush-hush is 500",
        "the password is hush-hush",
    ],
)
def test_unexpected_error_report_hides_secrets(
    clean_environment: None, errors: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("DENORM_ALERT_WEBHOOK", "https://alerts.example/hook/hush-hush")
    monkeypatch.setenv("DENORM_DATABASE_URL", "postgresql://app:hush%2Dhush@db.example:5432/shop")
    try:
        raise RuntimeError(said)
    except RuntimeError as error:
        shown = one_line(error, "a test")
    [kept] = errors.iterdir()
    assert "hush" not in shown + kept.read_text()


def test_unexpected_error_reports_are_kept_up_to_100(clean_environment: None, errors: Path) -> None:
    said = [one_line(RuntimeError(f"fault {number}"), "a test") for number in range(120)]
    kept = {path.read_text() for path in errors.iterdir()}
    assert len(kept) == 100
    assert Path(said[-1].rpartition(FAULT)[2]).exists()
