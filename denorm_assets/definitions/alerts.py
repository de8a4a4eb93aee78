"""Sensors that tell people of failed runs and failed checks, where the settings name a command or a web address."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import json
import time
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord
from dagster._core.storage.tags import WILL_RETRY_TAG

from denorm_assets.db.alerting import ALERT_SECONDS, send_alert
from denorm_assets.errors import AlertNotSent
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings

_INTERVAL_SECONDS = 30
# Dagster breaks a tick off after 60 s and forgets whom it told. A tick for checks begins no alert after ALERT_SECONDS,
# and so ends within about twice that; one for runs has up to five, and ends at the first that took over its fifth.
_RUN_SECONDS = ALERT_SECONDS / 5
# Five minutes, in which a receiver restarts. What is refused for good is then given up, or it would hold up the rest.
_TICKS = 10


def alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Both sensors, running; none where the settings name nobody to tell."""
    if not settings.alert_command and settings.alert_webhook is None:
        return []
    return [_failed_runs(settings), _failed_checks(settings)]


def _failed_runs(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="denorm_alert_failed_runs",
        description="Tells of each run that failed and is not tried again.",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        run = context.dagster_run
        if run.tags.get(WILL_RETRY_TAG) == "true":
            return None
        alert = Alert(
            event="run_failed",
            what=run.job_name,
            why=_first_failure(context),
            severity="ERROR",
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
        # A reason ends the tick, its cursor after this run; the next tick goes on with the following one.
        return dg.SkipReason(f"told of {run.run_id}") if time.monotonic() - began > _RUN_SECONDS else None

    return tell


def _first_failure(context: dg.RunFailureSensorContext) -> str:
    for event in context.get_step_failure_events():
        found = event.step_failure_data.user_failure_data
        if found is not None and found.description:
            return found.description
    return context.failure_event.message or "see the run"


def _failed_checks(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="denorm_alert_failed_checks",
        description="Tells of each check when it begins to fail, once; again only after it has passed.",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        assert context.repository_def is not None, "sensors are evaluated within their repository"
        left = _ticks_left(context.cursor)
        until = time.monotonic() + ALERT_SECONDS
        keys = context.repository_def.asset_graph.asset_check_keys
        records = context.instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
        sent: list[str] = []
        refused = ""
        for key in sorted(keys, key=lambda key: key.to_user_string()):
            record = records.get(key)
            # What is being evaluated keeps its last outcome until that is known.
            if record is None or record.evaluation is None:
                continue
            name = key.to_user_string()
            if record.evaluation.passed:
                left.pop(name, None)
            elif left.get(name, _TICKS) and not refused and time.monotonic() < until:
                try:
                    send_alert(settings, _of_check(record.evaluation, record))
                except AlertNotSent as error:
                    # What may have been told is not told twice. Nobody waits for more of the same in this tick.
                    left[name] = left.get(name, _TICKS) - 1 if error.nobody else 0
                    refused = f"{error}; {'it is tried again' if left[name] else 'it is not tried again'}"
                    context.log.error(refused)
                else:
                    left[name] = 0
                    sent.append(name)
        said = refused or (f"told of {', '.join(sent)}" if sent else "no check began to fail")
        return dg.SensorResult(skip_reason=said, cursor=json.dumps(left, sort_keys=True))

    return tell


def _ticks_left(cursor: str | None) -> dict[str, int]:
    """Of each failed check the ticks in which it may still be tried; 0 once it was told or given up."""
    read: dict[str, int] | list[str] = json.loads(cursor) if cursor else {}
    # Once it was a list of those told.
    return dict.fromkeys(read, 0) if isinstance(read, list) else read


def _of_check(evaluation: dg.AssetCheckEvaluation, record: AssetCheckExecutionRecord) -> Alert:
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
