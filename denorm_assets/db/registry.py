"""Read models as the control schema knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from denorm_assets.db import control_schema
from denorm_assets.db.session import Session
from denorm_assets.errors import NameTaken, NotApplied
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import range_set_name


@dataclass(frozen=True)
class Registration:
    """A row of `denorm.read_model`.

    Attributes:
        state: declared, loading, live or needs_rebuild.
        whole_version: the code version at which it was last loaded as a whole, at `whole_at`; None where it never was.
        columns: those of the registered version; None where a release that did not note them registered it.
    """

    model_id: int
    state: str
    code_version: str
    range_set: str
    paused_at: datetime | None
    live_at: datetime | None
    whole_version: str | None
    whole_rows: int | None
    whole_at: datetime | None
    columns: list[str] | None

    @property
    def served(self) -> bool:
        """Whether it holds content that people read."""
        return self.state in ("live", "needs_rebuild")


def register(session: Session, system: System, described: DescribedModel) -> None:
    """Write down that `described` exists at its code version; a new version has everything to be loaded again."""
    session.execute(
        query(
            "models",
            "declare",
            system=system.name,
            name=described.model.name,
            table_schema=described.schema,
            range_set=range_set_name(system, described.model),
            code_version=described.code_version,
            columns=list(described.column_names),
            definition=described.definition,
        )
    )


def registrations(session: Session, system: System) -> dict[str, Registration]:
    """What the control schema says of the read models of `system`, by name; those never applied are not in it."""
    if not control_schema.installed(session):
        return {}
    rows = session.rows(query("models", "of_system", system=system.name))
    return {row.pop("name"): Registration(**row) for row in rows}


def require_unclaimed(session: Session, described: DescribedModel) -> None:
    """Raises NameTaken where the read model of another system has the same table."""
    if not control_schema.installed(session):
        return
    named = {"schema": described.schema, "name": described.model.name, "system": described.system}
    other = session.row(query("models", "of_others", **named))
    if other is not None:
        raise NameTaken(described.full_name, str(described.table), other["full_name"])


def find_registration(session: Session, system: System, model: ReadModel) -> Registration | None:
    """What the control schema says of `model`, or None where it was never applied."""
    return registrations(session, system).get(model.name)


def registration(session: Session, system: System, model: ReadModel) -> Registration:
    """The same for a model that has to be there. Raises NotApplied."""
    found = find_registration(session, system, model)
    if found is None:
        raise NotApplied(f"{system.name}/{model.name}")
    return found


def current_registration(session: Session, system: System, described: DescribedModel) -> Registration:
    """The same for a model that has to be there as it is declared now. Raises NotApplied."""
    found = registration(session, system, described.model)
    if found.code_version != described.code_version:
        raise NotApplied(f"the present version of {described.full_name}")
    return found


def forget_progress(session: Session, system: System, model: ReadModel) -> None:
    """Have everything to be loaded again, because the table is a new one; whoever loads ranges now loses them."""
    model_id = registration(session, system, model).model_id
    session.execute(query("leases", "forget_ranges", model_id=model_id))
    set_state(session, model_id, "declared")


def set_state(session: Session, model_id: int, state: str) -> None:
    """Move the model to `state`."""
    session.execute(query("models", "set_state", model_id=model_id, state=state))
