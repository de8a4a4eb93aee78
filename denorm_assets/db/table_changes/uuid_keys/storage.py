"""What identifiers take up as text and as `uuid`: the bytes of each index on either."""

from __future__ import annotations

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import table_indexes
from denorm_assets.db.table_changes.uuid_keys.columns import Tables
from denorm_assets.db.table_changes.uuid_keys.twin_indexes import on_uuid
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.control import query


def index_bytes(session: Session, full_name: str, tables: Tables) -> CheckResult:
    """Each index on text identifiers beside the same on `uuid`, while both are there.

    Both hold the same rows. The one on text may have been written to for years, and that on `uuid` is new: a part of
    the difference is bloat, which REINDEX would take away too.
    """
    rows: list[Row] = []
    for table, columns in tables.items():
        held = {index.shape: index.name for index in table_indexes(session, table) if index.valid}
        for shape, text_name in held.items():
            uuid_name = held.get(on_uuid(shape, columns), text_name)
            if uuid_name == text_name:
                continue
            named = {"schema": table.schema, "names": [text_name, uuid_name]}
            found = {row["name"]: row["bytes"] for row in session.rows(query("identifiers", "index_bytes", **named))}
            rows.append(
                {
                    "index": f"{table.schema}.{text_name}",
                    "on uuid": uuid_name,
                    "text bytes": found[text_name],
                    "uuid bytes": found[uuid_name],
                    "times smaller": round(found[text_name] / found[uuid_name], 2),
                }
            )
    text, uuid = (sum(int(row[side] or 0) for row in rows) for side in ("text bytes", "uuid bytes"))
    summary = (
        f"{len(rows)} indexes take {text / 1024**2:,.1f} MB on text and {uuid / 1024**2:,.1f} MB on uuid, "
        f"{text / uuid:.1f} times less"
        if rows
        else "there are no two of an index to compare, one on text and one on uuid"
    )
    figures: dict[str, int | float | str] = {"text bytes": text, "uuid bytes": uuid}
    return CheckResult("index_bytes", full_name, True, summary, tuple(rows), figures)
