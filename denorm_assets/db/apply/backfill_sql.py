"""The statements that backfill and compare a read model, written out for `plan --sql`."""

from __future__ import annotations

from denorm_assets.db.apply.foresee import foreseen_models
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.ids import IdKind
from denorm_assets.model.ranges import IdInterval
from denorm_assets.model.system import System
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.compare import digests
from denorm_assets.sql.rows.predicates import in_interval


def backfill_texts(database: Database, system: System) -> dict[str, str]:
    """`system/model` -> SQL with parameters as `%(name)s`; nothing is run but the description of the definitions."""
    with database.session(system.schema) as session, foreseen_models(session, system) as models:
        return {described.full_name: _backfill_text(described) for described in models}


def _backfill_text(described: DescribedModel) -> str:
    parts: list[str] = []
    for item in described.drivers:
        some_id = item.kind.parse("00000000-0000-0000-0000-000000000000" if item.kind is IdKind.UUID else "0")
        interval, driver = IdInterval(some_id, some_id), item.driver
        within = in_interval(driver, interval)
        statements = {
            "next batch": batch.batch_end(driver, interval, 1),
            "backfill where the table is empty": batch.insert(described, within),
            "backfill where it holds rows: stage": batch.stage(described, within),
            "backfill where it holds rows: remove": batch.remove_stale(described, within),
            "backfill where it holds rows: write": batch.upsert(described, within),
            "compare": digests(described, within),
        }
        for title, statement in statements.items():
            parts.append(f"-- {described.full_name} by {driver.table}.{driver.id_column}, {title}\n{show(statement)};")
    return "\n\n".join(parts)
