"""Sensors, asked as the daemon asks them."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

from typing import cast

import dagster as dg

from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.names import RESOURCE_KEY


def evaluate(
    definitions: dg.Definitions,
    name: str,
    instance: dg.DagsterInstance,
    resource_key: str = RESOURCE_KEY,
    database: DatabaseResource | None = None,
) -> dg.SensorResult | dg.SkipReason | list[dg.RunRequest]:
    """What the sensor `name` answers now, of the database that DENORM_DATABASE_URL names unless another is given."""
    sensor = definitions.resolve_sensor_def(name)
    resources = {resource_key: database or DatabaseResource()}
    with dg.build_sensor_context(instance, definitions=definitions, resources=resources) as context:
        # Called itself, a sensor is given its resources as arguments, too, which a tick does not do.
        return cast("dg.SensorResult | dg.SkipReason | list[dg.RunRequest]", sensor._raw_fn(context))
