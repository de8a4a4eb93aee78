"""What to click: where a badge shows, and where a check fails, beside what its own words say of the shell."""

from denorm_assets.db.health.range_figures import RANGE_SET, RANGES_TO_LOAD
from denorm_assets.definitions.job_names import backfill_job_name
from denorm_assets.definitions.names import REFRESH_SENSOR, Names
from denorm_assets.model.check_result import CheckResult

CODE_VERSION_ADVICE = (
    "\n\nAn *Unsynced* badge, here or on a partition, that names a code version change means that the definition or "
    "the declaration changed since this was materialized. Materialize the system's phase: it rebuilds what people "
    "read, who see the old rows until the new ones are compared. Then materialize this asset (all of its partitions, "
    "where it has some), and the badge goes: rows that are right are not written again."
)

_MATERIALIZE = "click *Materialize* on this asset"
_MISSING = f"{_MATERIALIZE}, with *Missing* as its partitions, or for everything if it has none"
_RECONCILE = (
    "launch the job `{system}_reconcile` with `mode: repair` (where more rows differ than one run may touch, raise "
    "`max_rows` and `max_share` there)"
)
_REFRESH = "launch the job `{system}_refresh`, and see under *Automation* that the sensor `{refresh_sensor}` runs"
_LOOK_AGAIN = "once that is done, launch the job `{system}_monitoring`, which looks again"
_TIME_AGAIN = "once that is done, launch the job `{system}_cutover`, which reads the pages again"

CLICKS = {
    "matches_definition": _RECONCILE,
    "no_orphans": f"{_MATERIALIZE}, for all of its partitions",
    "backfill_complete": _MISSING,
    "kept_fresh": "click *Materialize* on the phase before this asset, or launch the job `{system}_setup` for all "
    "phases; then launch the job `{system}_refresh`",
    "reconciled": _RECONCILE,
    "catalog": f"{_MATERIALIZE}, or launch the job `{{system}}_setup`",
    "queue": _REFRESH,
    "refreshes": _REFRESH,
    "change_log": _REFRESH,
    **dict.fromkeys(("cache_hits", "unused_indexes", "duplicate_indexes", "dead_rows"), _LOOK_AGAIN),
    "matches_source": _RECONCILE,
    "hit_ratio": "launch the job `{system}_caches`, which loads what is not held",
    "memory": "once that is done, launch the job `{system}_cache_checks`, which looks again",
    **dict.fromkeys(("same_rows", "fast_enough", "within_limits"), _TIME_AGAIN),
}
"""By check. Where one is not named, its asset makes what it looks at."""


def with_clicks(names: Names, result: CheckResult) -> str:
    """The summary of a check, and where it failed, which job to launch or what to click in Dagster."""
    if result.passed:
        return result.summary
    system, refresh_sensor = result.model.partition("/")[0], names.of_location(REFRESH_SENSOR)
    clicks = CLICKS.get(result.name, _MATERIALIZE).format(system=system, refresh_sensor=refresh_sensor)
    if RANGES_TO_LOAD in result.figures:
        # The dialog of *Materialize* takes such partitions one by one.
        job = backfill_job_name(str(result.figures[RANGE_SET]))
        clicks += f"; or launch the job `{job}` and paste `{RANGES_TO_LOAD}`, from the details below, as `partitions`"
    return f"{result.summary.rstrip('.')}. In Dagster: {clicks}"
