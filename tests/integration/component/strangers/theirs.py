"""What the stranger has without us: dlt and dbt assets, `database`, an executor, jobs, a schedule and sensors."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import dagster as dg
import psycopg

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-08")
TOTALS, COUNTRIES = dg.AssetKey(["analytics", "shop", "order_totals"]), dg.AssetKey(["crm", "customers_by_country"])


class Warehouse(dg.ConfigurableResource[None]):
    """What this project calls its database: of another class than ours."""

    url: str

    def number(self, query: str) -> int:
        """The one number that `query` yields."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


class NoFiles(dg.IOManager):
    """Their own default I/O manager, which nothing of ours may be handed to."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse it."""
        raise AssertionError(f"{context.get_identifier()} is stored")

    def load_input(self, context: dg.InputContext) -> Any:
        """Refuse it."""
        raise AssertionError("an input is loaded")


@dg.asset(key=["dlt", "shop", "orders"], group_name="ingestion", kinds={"dlt"})
def load_orders(database: Warehouse) -> None:
    """Loads the table `orders`."""
    database.number("SELECT count(*) FROM shop.orders")


@dg.asset(
    key=["dbt", "shop", "order_lines"], deps=[load_orders], group_name="ingestion", kinds={"dbt"}, partitions_def=DAYS
)
def order_lines() -> None:
    """A dbt model, built day by day."""


@dg.asset(key=["dbt", "crm", "customers"], group_name="ingestion", kinds={"dbt"})
def customers() -> None:
    """A dbt model of the other database."""


@dg.asset(deps=[TOTALS], group_name="reports", automation_condition=dg.AutomationCondition.any_deps_updated())
def revenue_report(database: Warehouse) -> dg.MaterializeResult[Any]:
    """Reads a read model, after each of its refreshes."""
    return dg.MaterializeResult(
        metadata={"revenue": database.number("SELECT coalesce(sum(revenue), 0) FROM shop.order_totals")}
    )


@dg.asset(deps=[COUNTRIES], group_name="reports", automation_condition=dg.AutomationCondition.any_deps_updated())
def country_report() -> None:
    """Reads a read model of the other database."""


@dg.asset(
    deps=[dg.AssetDep(TOTALS, partition_mapping=dg.AllPartitionMapping())], group_name="reports", partitions_def=DAYS
)
def report_of_day() -> None:
    """Reads a read model, day by day."""


@dg.asset_check(asset=TOTALS, description="Theirs, of an asset of ours.")
def revenue_is_positive(database: Warehouse) -> dg.AssetCheckResult:
    """Their own check of a read model."""
    return dg.AssetCheckResult(passed=database.number("SELECT min(revenue) FROM shop.order_totals") > 0)


@dg.op
def prune_events() -> int:
    """Has a name that many would choose."""
    return 3


@dg.op
def refresh_shop(deleted: int) -> None:
    """What refreshed materialized views until now."""
    assert deleted == 3


@dg.job(tags={"team": "data"}, resource_defs={"io_manager": dg.mem_io_manager}, executor_def=dg.in_process_executor)
def nightly() -> None:
    """A job of ops with an executor of its own."""
    refresh_shop(prune_events())


@dg.op(out=dg.Out(dagster_type=dg.Nothing))
def extract() -> None:
    """The first step."""


@dg.op(ins={"extracted": dg.In(dg.Nothing)}, out=dg.Out(dagster_type=dg.Nothing))
def publish() -> None:
    """The second one."""


@dg.job
def hourly() -> None:
    """A job of ops with the executor of the project."""
    publish(extract())


crm_ingestion = dg.define_asset_job("crm_ingestion", dg.AssetSelection.assets(customers))


@dg.sensor(job=hourly, minimum_interval_seconds=3_600)
def new_files() -> dg.SkipReason:
    """Finds nothing."""
    return dg.SkipReason("no new files")


defs = dg.Definitions(
    assets=[load_orders, order_lines, customers, revenue_report, country_report, report_of_day],
    asset_checks=[revenue_is_positive],
    jobs=[nightly, hourly, crm_ingestion],
    schedules=[dg.ScheduleDefinition(job=nightly, cron_schedule="0 4 * * *")],
    sensors=[
        new_files,
        dg.AutomationConditionSensorDefinition(
            "automation",
            target=dg.AssetSelection.groups("reports"),
            default_status=dg.DefaultSensorStatus.RUNNING,
        ),
    ],
    resources={"database": Warehouse(url=dg.EnvVar("WAREHOUSE_URL")), "io_manager": NoFiles()},
    executor=dg.multiprocess_executor.configured({"max_concurrent": 2}),
)
