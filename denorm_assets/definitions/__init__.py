"""Dagster's entry point: `defs` is built when Dagster loads the code location."""

import dagster as dg

from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.dagster_failure import explained
from denorm_assets.settings import load_settings
from denorm_assets.systems.selection import load_systems


@dg.definitions
def defs() -> dg.Definitions:
    """The graph of the systems that DENORM_SYSTEMS selects. Raises NoSystems where it selects none."""
    with explained("loading the code location"):
        # The work is PostgreSQL's; a process per step would add two seconds to each.
        ours = dg.Definitions(executor=dg.in_process_executor)
        return dg.Definitions.merge(ours, build_definitions(load_systems(load_settings().systems)))
