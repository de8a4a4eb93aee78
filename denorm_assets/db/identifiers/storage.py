"""What identifiers take up as text and as `uuid`: the average bytes of a value, and the bytes of each key's index."""

from __future__ import annotations

from denorm_assets.db.identifiers.columns import Tables, to_text, to_uuid
from denorm_assets.db.identifiers.keys import unique_indexes
from denorm_assets.db.session import Session
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.control import query


def index_bytes(session: Session, full_name: str, tables: Tables) -> CheckResult:
    """Each unique index over `uuid` columns beside the one over the same text columns, while both are there.

    Both hold the same keys. The one on text may have been written to for years, and that on `uuid` is new: a part of
    the difference is bloat, which REINDEX would take away too.
    """
    rows: list[Row] = []
    for table, columns in tables.items():
        held = {index.shape.columns: index.name for index in unique_indexes(session, table) if index.valid}
        for key, name in held.items():
            on_text = held.get(to_text(columns, key))
            if on_text is None or on_text == name or to_uuid(columns, key) != key:
                continue
            named = {"schema": table.schema, "names": [on_text, name]}
            found = {row["name"]: row["bytes"] for row in session.rows(query("identifiers", "index_bytes", **named))}
            rows.append(
                {
                    "key": f"{table} ({', '.join(key)})",
                    "text bytes": found[on_text],
                    "uuid bytes": found[name],
                    "times smaller": round(found[on_text] / found[name], 2),
                }
            )
    text, uuid = (sum(int(row[side] or 0) for row in rows) for side in ("text bytes", "uuid bytes"))
    summary = (
        f"indexes of {len(rows)} keys take {text / 1024**2:,.1f} MB on text and {uuid / 1024**2:,.1f} MB on uuid, "
        f"{text / uuid:.1f} times less"
        if rows
        else "there are no two indexes of a key to compare, one on text and one on uuid"
    )
    figures: dict[str, int | float | str] = {"text bytes": text, "uuid bytes": uuid}
    return CheckResult("index_bytes", full_name, True, summary, tuple(rows), figures)
