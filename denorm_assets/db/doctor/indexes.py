"""Indexes that are missing on the way from a change to its rows, as `plan` and `explain` find them."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.doctor.finding import Finding, Trouble, Unseen, by_shell, by_sql
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.errors import DenormError


def look_at_indexes(patient: Patient) -> Iterator[Finding]:
    """Missing indexes on sources so large that reading them as a whole takes time."""
    told: set[str] = set()
    for system in patient.systems:
        try:
            explained = explain_system(patient.database, system)
        except DenormError as error:
            yield Unseen(f"missing indexes of {system.name}", str(error), by_shell("denorm-assets plan"))
            continue
        with patient.looking() as session:
            for model in explained:
                for missing in model.missing_indexes:
                    # What is to be declared is no matter of the database, and `plan` says it.
                    rows = held_rows(session, missing.table) if missing.statement else 0
                    if missing.on in told or rows < patient.limits.rows_without_index:
                        continue
                    told.add(missing.on)
                    what = f"without an index, a refresh of {model.read_model} reads all of its {rows:,} rows"
                    yield Trouble("missing_index", what, missing.on, by_sql(missing.statement))
