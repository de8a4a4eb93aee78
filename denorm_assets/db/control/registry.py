"""Read models as the control schema knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.declarations import require_not_superseded
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import CommentLost, NameTaken, NotApplied, NotInPlace
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import tables, views
from denorm_assets.sql.versions import range_set_name

_OWNED_RELATIONS = 16
"""The migration since which OIDs are registered."""
_OLDEST_READ = 14
"""The version of the last release: what it registered is known before `apply` migrates the control schema."""


@dataclass(frozen=True)
class Registration:
    """A row of `denorm.read_model`.

    Attributes:
        state: declared, loading, live or needs_rebuild.
        whole_version: the code version at which it was last loaded as a whole, at `whole_at`; None where it never was.
        columns: those of the registered version; None where a release that did not note them registered it.
        relation: the OID of its table or view, as it was registered.
        table: this under the name that it has now; None where it is gone.
        commented: whether the COMMENT of that says so, too.
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
    relation: int | None
    table: TableName | None
    commented: bool

    @property
    def forgotten(self) -> bool:
        """Whether what it holds is of the declared version, but by a definition that meant something else."""
        return not self.code_version

    @property
    def served(self) -> bool:
        """Whether it holds content that people read."""
        return self.state in ("live", "needs_rebuild")


def register(session: Session, system: System, described: DescribedModel) -> None:
    """Write down that `described` exists at its code version, as the relation that has its name now.

    A new version has everything to be loaded again.
    """
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
            anchor=list(described.anchored_by) or None,
            blocks=[[each.alias, each.column, str(each.bits)] for each in described.blocks] or None,
            auto_reason=described.auto,
            timed=described.at_clock is not None,
        )
    )


def registrations(session: Session, system: System) -> dict[str, Registration]:
    """What the control schema says of the read models of `system`, by name; those never applied are not in it."""
    version = control_schema.version(session)
    if version is None or version < _OLDEST_READ:
        return {}
    asked = "of_system" if version >= _OWNED_RELATIONS else "of_system_before_016"
    return {row.pop("name"): _registration(row) for row in session.rows(query("models", asked, system=system.name))}


def _registration(row: dict[str, Any]) -> Registration:
    schema, name = row.pop("held_as")
    return Registration(**row, table=None if name is None else TableName(name, schema))


def require_in_place(session: Session, full_name: str, table: TableName, registered: Registration) -> None:
    """Raises NotInPlace where another relation than the registered one has the name of the read model's table."""
    if registered.table == table:
        return
    if session.row(query("catalog", "relation", schema=table.schema, table=table.name)) is not None:
        raise NotInPlace(full_name, str(table), None if registered.table is None else str(registered.table))


def require_own(session: Session, described: DescribedModel, registered: Registration) -> None:
    """Raises NotInPlace as `require_in_place`, or CommentLost where only the registry says whose the table is."""
    require_in_place(session, described.full_name, described.table, registered)
    if registered.table == described.table and not registered.commented:
        comment = views.comment_on_view if described.model.is_view else tables.comment_on_table
        raise CommentLost(described.full_name, str(described.table), show(comment(described)))


def require_unclaimed(session: Session, described: DescribedModel) -> None:
    """Raises NameTaken where the read model of another system has the same table."""
    version = control_schema.version(session)
    if version is None or version < _OLDEST_READ:
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
    """The same for a model that has to be there as it is declared now. Raises Superseded, NotApplied or NotInPlace."""
    found = registration(session, system, described.model)
    if found.code_version != described.code_version:
        require_not_superseded(session, system, whole=False)
        raise NotApplied(f"the present version of {described.full_name}")
    require_in_place(session, described.full_name, described.table, found)
    return found


def forget_progress(session: Session, system: System, model: ReadModel) -> None:
    """Have everything to be loaded again, because the table is a new one; whoever loads ranges now loses them."""
    session.execute(query("models", "forget_loaded", model_ids=[registration(session, system, model).model_id]))


def set_state(session: Session, model_id: int, state: Literal["declared", "loading", "needs_rebuild"]) -> None:
    """Move the model to `state`. `declared_capture.go_live` makes it live."""
    session.execute(query("models", "set_state", model_id=model_id, state=state))
