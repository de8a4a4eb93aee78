"""How old a read model's last report may become before Dagster shows it as stale.

Dagster counts from the last materialization; observations do not count. A read model whose sources do not change is not
refreshed, and is fresh all the same. So the bound is not its debounce (the checks `kept_fresh` and `queue` judge that)
but the night: each night its rows are compared, and where nothing differs that is reported as a materialization.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg

from denorm_assets.definitions.events.range_events import provenance
from denorm_assets.definitions.names import Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.versions import code_version

# A night may begin later or take two hours longer than the one before; the second one missed is no delay any more.
_WARN = timedelta(hours=26)
_FAIL = timedelta(hours=50)
# What time alone refreshes reports each time. A restart of its driver is no alarm, nor is a busy quarter of an hour.
_TIMED_WARN = timedelta(minutes=15)
_TIMED_FAIL = timedelta(hours=1)


def freshness_policy(model: ReadModel) -> dg.FreshnessPolicy:
    """After how long without a report the read model counts as stale."""
    if model.every is None:
        return dg.FreshnessPolicy.time_window(fail_window=_FAIL, warn_window=_WARN)
    every = timedelta(seconds=model.every)
    return dg.FreshnessPolicy.time_window(
        fail_window=max(_TIMED_FAIL, 10 * every), warn_window=max(_TIMED_WARN, 3 * every)
    )


def confirmed(
    names: Names,
    instance: dg.DagsterInstance,
    system: System,
    model: ReadModel,
    found: str,
    more_tags: Mapping[str, str] | None = None,
) -> dg.AssetMaterialization:
    """The event that says that a read model is right as it stands, by its present definition; `found` says by what.

    For `context.log_event` in a run, or `instance.report_runless_asset_event`. The read model's checks have to be
    reported after it (`refresh_events.report_checks`): Dagster shows earlier results as not evaluated.
    """
    tags = provenance(names, instance, system, model, code_version(system, model))
    return dg.AssetMaterialization(
        names.model_key(system, model), description=found, tags={**tags, **(more_tags or {})}
    )
