"""Which declarations of a system were applied: a process with an earlier one knows that it is superseded.

While one release replaces another, processes of both run. Those of the earlier one must neither refresh by it, nor keep
others from refreshing, nor tell people to apply it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import Superseded
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import declaration_version, whole_version


def note_applied(session: Session, system: System) -> None:
    """Write down that this declaration of `system` is the last one that was applied."""
    # Phases of indexes alone need no control schema.
    if control_schema.installed(session):
        versions = {"version": declaration_version(system), "whole_version": whole_version(system)}
        session.execute(query("declarations", "note", system=system.name, **versions))


def superseded(session: Session, systems: Sequence[System], *, whole: bool = False) -> dict[str, Superseded]:
    """Those of `systems` of which another declaration was applied after the one that this process has.

    With `whole`, indexes and phases count, too; else what refreshes depend on.
    """
    asked = {
        "systems": [system.name for system in systems],
        "versions": [declaration_version(system) for system in systems],
        "whole_versions": [whole_version(system) for system in systems],
        "whole": whole,
    }
    rows = session.rows(query("declarations", "superseded", **asked))
    return {row["system"]: Superseded(row["system"], row["applied_at"]) for row in rows}


def require_not_superseded(session: Session, system: System, *, whole: bool = True) -> None:
    """Raises Superseded where applying `system` would take back a later declaration."""
    # An older control schema knows of no declarations.
    if control_schema.installed(session):
        for error in superseded(session, [system], whole=whole).values():
            raise error
