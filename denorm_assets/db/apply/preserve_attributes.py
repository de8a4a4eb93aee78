"""What the application did to a read model's table or view: said again of what takes its place, or in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from denorm_assets.db.control.index_builds import begun
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DependedOn
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import alterations, replacing, tables, views
from denorm_assets.sql.ddl.replacing import Right
from denorm_assets.sql.statement import Statement


@dataclass(frozen=True)
class PreservedAttributes:
    """What is said again.

    Attributes:
        options: storage parameters, each as the catalog has it.
        by_whole_row: whether logical replication is told whole rows (REPLICA IDENTITY FULL).
        comments: of columns, none of them ours.
    """

    owner: str
    options: tuple[str, ...]
    by_whole_row: bool
    rights: frozenset[Right]
    comments: Mapping[str, str]


def attached(session: Session, described: DescribedModel) -> list[str]:
    """What cannot be said again, because only the application knows how: policies, triggers, indexes of its own."""
    declared = (index.name_for(described.model.name) for index in described.model.indexes)
    key_index = views.key_index_name(described.model.name)
    own = [key_index, *declared, *(row["name"] for row in begun(session, described.system))]
    named = {"schema": described.schema, "table": described.model.name}
    found = query("replacing", "attached", **named, own=own, key=sorted(described.model.key))
    return [row["object"] for row in session.rows(found)]


def require_unattached(session: Session, described: DescribedModel) -> None:
    """Raises DependedOn where there is any of that."""
    found = attached(session, described)
    if found:
        raise DependedOn(described.full_name, str(described.table), found)


def preserved_attributes(session: Session, relation: TableName) -> PreservedAttributes | None:
    """What a table, a partition or a view has of it; None where it is not there."""
    named = {"schema": relation.schema, "table": relation.name}
    settings = session.row(query("replacing", "settings", **named))
    if settings is None:
        return None
    columns = session.rows(query("catalog", "table_columns", **named))
    commented = {row["name"]: row["comment"] for row in columns if row["comment"] is not None}
    comments = {column: comment for column, comment in commented.items() if comment != alterations.OUR_COLUMN}
    return PreservedAttributes(
        settings["owner"], tuple(settings["options"]), settings["by_whole_row"], _rights(session, relation), comments
    )


def preserving_statements(
    session: Session, relation: TableName, kind: str, before: PreservedAttributes, standing: TableName
) -> list[Statement]:
    """What says it again of the new `relation`, as far as it has the columns; it still has the name `standing`.

    What ALTER DEFAULT PRIVILEGES gave it, and its predecessor had not, is taken away.
    """
    now = preserved_attributes(session, standing)
    assert now is not None, "it was created"
    statements: list[Statement] = []
    if before.owner != now.owner:
        statements.append(replacing.give_to(relation, kind, before.owner))
    if before.options:
        statements.append(replacing.set_options(relation, kind, before.options))
    if before.by_whole_row and kind != "m":
        statements.append(tables.identify_by_whole_row(relation))
    named = {"schema": standing.schema, "table": standing.name}
    columns = {row["name"] for row in session.rows(query("catalog", "table_columns", **named))}
    wanted = {right for right in before.rights if right.column is None or right.column in columns}
    # With its owner, the owner's own rights change hands.
    held = {
        replace(right, grantee=before.owner) if right.grantee == now.owner else right
        for right in _rights(session, standing)
    }
    too_much = {right.grantee for right in held - wanted}
    statements += [replacing.revoke_all(relation, role) for role in sorted(too_much)]
    statements += [
        replacing.grant(relation, right)
        for right in sorted(wanted, key=str)
        if right not in held or right.grantee in too_much
    ]
    statements += [
        alterations.comment_on_column(relation, column, comment)
        for column, comment in before.comments.items()
        if column in columns
    ]
    return statements


def _rights(session: Session, relation: TableName) -> frozenset[Right]:
    rows = session.rows(query("replacing", "rights", schema=relation.schema, table=relation.name))
    return frozenset(Right(**row) for row in rows)
