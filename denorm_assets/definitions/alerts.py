"""Sensors that tell people of failed runs and failed checks, where the settings name a command or a web address."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import json
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord
from dagster._core.storage.tags import WILL_RETRY_TAG

from denorm_assets.db.alerting import send_alert
from denorm_assets.errors import AlertNotSent
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings

_INTERVAL_SECONDS = 30


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
    def tell(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if run.tags.get(WILL_RETRY_TAG) == "true":
            return
        alert = Alert(
            event="run_failed",
            what=run.job_name,
            why=_first_failure(context),
            severity="ERROR",
            run_id=run.run_id,
            path=f"/runs/{run.run_id}",
            at=datetime.now(UTC),
        )
        try:
            send_alert(settings, alert)
        except AlertNotSent as error:
            context.log.error(str(error))

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
        told = set[str](json.loads(context.cursor) if context.cursor else ())
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
                told.discard(name)
            elif name not in told and not refused:
                try:
                    send_alert(settings, _of_check(record.evaluation, record))
                except AlertNotSent as error:
                    # Nobody waits for more of the same; the next tick tells of this one and of those after it.
                    refused = str(error)
                    context.log.error(refused)
                else:
                    told.add(name)
                    sent.append(name)
        said = refused or (f"told of {', '.join(sent)}" if sent else "no check began to fail")
        return dg.SensorResult(skip_reason=said, cursor=json.dumps(sorted(told)))

    return tell


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
