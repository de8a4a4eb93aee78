"""Sensors that tell people of failed runs and failed checks, where the settings name a command or a web address."""

# Dagster leaves these of its types partly open, and what a sensor evaluates private.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from denorm_assets.alerts.deliver import ALERT_SECONDS, send_alert
from denorm_assets.definitions.checks.combined import parts_of
from denorm_assets.definitions.dagster_failure import explained
from denorm_assets.definitions.events.outcomes import Outcome, last_outcomes
from denorm_assets.definitions.names import Names
from denorm_assets.errors import AlertNotSent, BadRange, ConfigurationError, NotConfirmed, UnknownName
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings

_INTERVAL_SECONDS = 30
# Dagster breaks a tick off after 60 s and forgets whom it told. A tick for checks begins no alert after ALERT_SECONDS,
# and so ends within about twice that; one for runs has up to five, and ends at the first that took over its fifth.
_RUN_SECONDS = ALERT_SECONDS / 5
# Five minutes, in which a receiver restarts. What is refused for good is then given up, or it would hold up the rest.
_TICKS = 10
_PASSED = -1
_KEPT_AS = "denorm_alert/{}"

WILL_RETRY_TAG = "dagster/will_retry"
"""Run tag: whether a failed run is launched again."""
STARTED_BY_ITSELF_TAGS = (
    "dagster/schedule_name",
    "dagster/sensor_name",
    "dagster/from_automation_condition",
)
"""Run tags: of these, a run has one that no person launched."""
_TYPED_WRONG = {
    error.__name__ for error in (BadRange, ConfigurationError, dg.DagsterInvalidConfigError, NotConfirmed, UnknownName)
}
"""What a run fails with whose config has a typo. Subclasses are not meant: most are faults of the environment."""


def alert_sensors(names: Names, jobs: Collection[str], settings: Settings) -> list[dg.SensorDefinition]:
    """Both sensors, running; none where the settings name nobody to tell. `jobs` are ours."""
    if not settings.alert_command and settings.alert_webhook is None:
        return []
    return [_failed_runs(names, jobs, settings), _failed_checks(names, settings)]


def _failed_runs(names: Names, jobs: Collection[str], settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name=names.of_location("denorm_alert_failed_runs"),
        description="Tells of each run that failed and is not tried again.",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @explained("the sensor denorm_alert_failed_runs")
    def tell(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        run = context.dagster_run
        if not _is_ours(names, jobs, run):
            return None
        if run.tags.get(WILL_RETRY_TAG) == "true":
            context.log.info(f"run {run.run_id} failed and is tried again: nobody is told")
            return None
        alert = Alert(
            event="run_failed",
            what=run.job_name,
            why=_first_failure(context),
            severity="WARN" if _typed_wrong(context) else "ERROR",
            run_id=run.run_id,
            path=f"/runs/{run.run_id}",
            at=datetime.now(UTC),
        )
        began = time.monotonic()
        try:
            send_alert(settings, alert)
        except AlertNotSent as error:
            context.log.error(str(error))
            return dg.SkipReason(str(error))
        context.log.info(f"told of {run.run_id}")
        # A reason ends the tick, its cursor after this run; the next tick goes on with the following one.
        return dg.SkipReason(f"told of {run.run_id}") if time.monotonic() - began > _RUN_SECONDS else None

    return _with_a_reason(tell)


def _is_ours(names: Names, jobs: Collection[str], run: dg.DagsterRun) -> bool:
    """Whether the run is one of our jobs, or materializes or checks an asset of ours."""
    checked = {key.asset_key for key in run.asset_check_selection or ()}
    return run.job_name in jobs or any(key in names.assets for key in {*(run.asset_selection or ()), *checked})


def _with_a_reason(sensor: dg.SensorDefinition) -> dg.SensorDefinition:
    """The sensor, whose ticks without a failed run say so: Dagster shows them without a word."""
    evaluate = sensor._evaluation_fn

    def evaluate_and_say(context: dg.SensorEvaluationContext) -> list[Any]:
        return [*evaluate(context)] or [dg.SkipReason("no run has failed since the last tick")]

    sensor._evaluation_fn = evaluate_and_say
    return sensor


def _first_failure(context: dg.RunFailureSensorContext) -> str:
    for event in context.get_step_failure_events():
        found = event.step_failure_data.user_failure_data
        if found is not None and found.description:
            return found.description
    return context.failure_event.message or "see the run"


def _typed_wrong(context: dg.RunFailureSensorContext) -> bool:
    """Whether it failed for what a person typed in the launchpad, who has seen it by now."""
    if any(tag in context.dagster_run.tags for tag in STARTED_BY_ITSELF_TAGS):
        return False
    errors = [event.step_failure_data.error for event in context.get_step_failure_events()]
    failed = errors or [context.failure_event.job_failure_data.error]
    return all(error is not None and _TYPED_WRONG & {error.cls_name, _cause(error)} for error in failed)


def _cause(error: SerializableErrorInfo) -> str | None:
    return error.cause.cls_name if error.cause else None


def _failed_checks(names: Names, settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name=names.of_location("denorm_alert_failed_checks"),
        description="Tells of each check when it begins to fail, once; again only after it has passed.",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @explained("the sensor denorm_alert_failed_checks")
    def tell(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        assert context.repository_def is not None, "sensors are evaluated within their repository"
        checks = context.repository_def.asset_graph.asset_check_keys
        looked = _looked_at(last_outcomes(context.instance, [key for key in checks if key.asset_key in names.assets]))
        kept = _ticks_left(context.cursor) | _kept(context.instance, looked)
        left = {name: ticks for name, ticks in kept.items() if ticks != _PASSED}
        until = time.monotonic() + ALERT_SECONDS
        sent: list[str] = []
        refused = ""
        for name, alert in sorted(looked.items()):
            if alert is None:
                if left.pop(name, None) is not None:
                    _keep(context.instance, name, _PASSED)
            elif left.get(name, _TICKS) and not refused and time.monotonic() < until:
                try:
                    send_alert(settings, alert)
                except AlertNotSent as error:
                    # What may have been told is not told twice. Nobody waits for more of the same in this tick.
                    left[name] = left.get(name, _TICKS) - 1 if error.nobody else 0
                    refused = f"{error}; {'it is tried again' if left[name] else 'it is not tried again'}"
                    context.log.error(refused)
                else:
                    left[name] = 0
                    sent.append(name)
                _keep(context.instance, name, left[name])
        said = refused or (f"told of {', '.join(sent)}" if sent else "no check began to fail")
        return dg.SensorResult(skip_reason=said, cursor=json.dumps(left, sort_keys=True))

    return tell


def _kept(instance: dg.DagsterInstance, names: Iterable[str]) -> dict[str, int]:
    """What was kept of each check: a tick that is killed, or whose code location gets another name, has no cursor."""
    kept = instance.daemon_cursor_storage.get_cursor_values({_KEPT_AS.format(name) for name in names})
    return {name: int(kept[_KEPT_AS.format(name)]) for name in names if _KEPT_AS.format(name) in kept}


def _keep(instance: dg.DagsterInstance, name: str, ticks: int) -> None:
    instance.daemon_cursor_storage.set_cursor_values({_KEPT_AS.format(name): str(ticks)})


def _ticks_left(cursor: str | None) -> dict[str, int]:
    """Of each failed check the ticks in which it may still be tried; 0 once it was told or given up."""
    read: dict[str, int] | list[str] = json.loads(cursor) if cursor else {}
    # Once it was a list of those told.
    return dict.fromkeys(read, 0) if isinstance(read, list) else read


def _looked_at(outcomes: Mapping[dg.AssetCheckKey, Outcome]) -> dict[str, Alert | None]:
    """Each check, or each that one combines, and what is to be told of it; None where it passed.

    Of those that are combined, another one may begin to fail while one of them fails.
    """
    looked: dict[str, Alert | None] = {}
    for key, found in outcomes.items():
        name, evaluation = key.to_user_string(), found.evaluation
        alert = _of_check(found)
        if parts := parts_of(evaluation):
            for part in parts:
                of_part = replace(alert, what=f"{alert.what}/{part.name}", why=part.says, severity=part.severity)
                looked[f"{name}/{part.name}"] = None if part.passed else of_part
        else:
            looked[name] = None if evaluation.passed else alert
    return looked


def _of_check(found: Outcome) -> Alert:
    evaluation, record = found.evaluation, found.record
    asset = evaluation.asset_key.to_user_string()
    return Alert(
        event="check_failed",
        what=f"{asset} {evaluation.check_name}",
        why=evaluation.description or "see the check",
        severity=evaluation.severity.value,
        # What the resident worker reports has no run.
        run_id=record.run_id or None,
        path=f"/assets/{asset}?view=checks&checkDetail={evaluation.check_name}",
        at=datetime.fromtimestamp(record.create_timestamp, UTC),
    )
