"""The last assets of a system: its pages timed before and after, and the flag that turns the application to them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from denorm_assets.db.cutover.cutover import cut_over, run_benchmark
from denorm_assets.definitions.checks.checks import asset_check_result
from denorm_assets.definitions.checks.combined import combined_blocking_result
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.chart import Charts, bars, before_and_after, load_over_time
from denorm_assets.definitions.events.metadata import table_value
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.instance.target_database import database_resource, open_database
from denorm_assets.definitions.names import Names
from denorm_assets.load_test.run import LoadReport, run_load
from denorm_assets.model.system import Cutover, Load, Stages, System

QUERIES = "queries"


class CutoverConfig(dg.Config):
    """For whom the application reads the read models."""

    percentage: int | None = Field(
        default=None,
        description="Share of users, 0 to 100. The same users stay in as it grows; 0 turns the flag off. Empty: as it "
        "is, and 100 where it was never set.",
    )


class LoadTestConfig(dg.Config):
    """How many users for how long; the defaults are a short form."""

    users: int = Field(default=50, description="Virtual users at once.")
    ramp: float = Field(default=2, description="Seconds in which they come one after another.")
    steady: float = Field(default=4, description="Seconds in which all of them read, which are judged.")
    ramp_down: float = Field(default=1, description="Seconds in which they leave.")


def benchmark_asset(names: Names, system: System, cutover: Cutover) -> dg.AssetsDefinition:
    """The asset that times every query pair of the system."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.benchmark_key(system),
        group_name=system.name,
        description=(
            f"Times {len(system.queries)} queries before and after, side by side. Speed is judged from "
            f"{cutover.judged_from:,} rows of {cutover.table} on."
        ),
        deps=[names.indexes_key(system, model) for model in system.read_models],
        check_specs=names.included(
            dg.AssetCheckSpec(
                QUERIES,
                asset=names.benchmark_key(system),
                description="Before and after return the same rows in the same order, or nothing downstream starts; "
                "every query meets its speed-up target, or there is a warning.",
                blocking=True,
            ),
        ),
        kinds={"postgres", "benchmark"},
        owners=system.owners,
    )
    def benchmark(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        with as_dagster_failure(context), open_database(context, names) as target:
            found = run_benchmark(target, system)
            chart = before_and_after(found.timings)
        yield dg.MaterializeResult(
            metadata={"queries": table_value(found.rows()), **chart},
            check_results=names.included_results(
                names.benchmark_key(system),
                combined_blocking_result(names, context, QUERIES, [found.same_rows(), found.fast_enough()], **chart),
            ),
        )

    return benchmark


def cutover_asset(names: Names, system: System, cutover: Cutover) -> dg.AssetsDefinition:
    """The asset that turns the system's flag on, if everything is right."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.cutover_key(system),
        group_name=system.name,
        description=(
            f"Turns on the flag `{cutover.flag}`, once every check of every read model passes, the queries return the "
            f"same rows, and each is at least {cutover.speed_up:g} times as fast. The application asks "
            f"`denorm.flag_enabled('{cutover.flag}', user)`. A check that finds wrong rows turns it off, and so it "
            "stays until somebody gives a `percentage` in the launchpad (shift-click on *Materialize*). Without one, "
            "the flag keeps its percentage; a flag that was never set is turned on for all users."
        ),
        deps=[names.benchmark_key(system)],
        kinds={"postgres"},
        owners=system.owners,
    )
    def turn_on(context: dg.AssetExecutionContext, config: CutoverConfig) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            flag = cut_over(target, system, config.percentage)
        return dg.MaterializeResult(metadata={"flag": flag.name, "percentage": flag.percentage, "reason": flag.reason})

    return turn_on


def load_asset(names: Names, system: System, load: Load) -> dg.AssetsDefinition:
    """The asset that lets virtual users read the system's pages."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.load_key(system),
        group_name=system.name,
        description=(
            f"Virtual users read the pages, each thinking {load.think_seconds:g} s on average in between. In full it "
            f"is {load.users:,} users for {load.stages.total / 60:.2g} minutes: `denorm-assets load {system.name}`."
        ),
        deps=[names.benchmark_key(system)],
        check_specs=names.included(
            dg.AssetCheckSpec("within_limits", asset=names.load_key(system), description=_limits_in_words(load)),
        ),
        kinds={"postgres", "benchmark"},
        owners=system.owners,
    )
    def read_pages(context: dg.AssetExecutionContext, config: LoadTestConfig) -> Iterator[dg.MaterializeResult[Any]]:
        stages = Stages(config.ramp, config.steady, config.ramp_down)
        with as_dagster_failure(context):
            found = run_load(database_resource(context, names).settings().database_url, system, config.users, stages)
            chart = load_over_time(found.timeline, stages)
        yield dg.MaterializeResult(
            metadata={**chart, **_pages_chart(found)},
            check_results=names.included_results(
                names.load_key(system), asset_check_result(names, found.within_limits(), **chart)
            ),
        )

    return read_pages


def _limits_in_words(load: Load) -> str:
    limits = {"average": load.average_ms, "p95": load.p95_ms, "p99": load.p99_ms}
    times = ", ".join(f"{name} below {limit:g} ms" for name, limit in limits.items() if limit is not None)
    return f"While all users are there: {times}, fewer than {load.error_share:.0%} errors."


def _pages_chart(found: LoadReport) -> Charts:
    pages = sorted(found.pages.items())
    return bars(
        "pages",
        "milliseconds per page",
        [name for name, _ in pages],
        {"p50": [page.p50_ms for _, page in pages], "p95": [page.p95_ms for _, page in pages]},
    )
