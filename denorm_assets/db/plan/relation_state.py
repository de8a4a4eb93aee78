"""Read models' relations in the catalog, compared with what is declared: table or view, key, indexes, foreign keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from denorm_assets.db.control.registry import Registration, require_own
from denorm_assets.db.plan.objects import has_key
from denorm_assets.db.plan.table_diff import require_table
from denorm_assets.db.postgres.replica_identity import missing_identities
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import CommentLost, NameTaken, NeedsRebuild, NotInPlace
from denorm_assets.model.catalog.catalog_object import CatalogObject, State
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.index import Index, Reference
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import indexes
from denorm_assets.sql.ddl.tables import comment_text

_OURS = "denorm_assets "


def relation_objects(
    session: Session, described: DescribedModel, registered: Registration | None, *, apply: str
) -> list[CatalogObject]:
    """The read model's table or view, and its key; `apply` says how to have it made."""
    kind, name = "materialized view" if described.model.is_view else "table", str(described.table)
    found = session.row(query("catalog", "relation", schema=described.schema, table=described.model.name))
    if found is None:
        return [CatalogObject(kind, name, "missing", needed=True, remedy=f"{apply}, then backfill")]
    try:
        if registered is not None:
            require_own(session, described, registered)
    except (NotInPlace, CommentLost) as error:
        return [CatalogObject(kind, name, "edited", needed=True, remedy=str(error))]
    if (found["kind"] == "m") != described.model.is_view or found["comment"] != comment_text(described):
        state: State = "edited" if registered is None else "outdated"
        return [CatalogObject(kind, name, state, needed=True, remedy=apply)]
    key = ", ".join(described.model.key)
    if not has_key(session, described):
        remedy = f"ALTER TABLE {name} ADD PRIMARY KEY ({key}), or drop the table; then {apply}"
        return [
            CatalogObject(kind, name, "installed", needed=True),
            CatalogObject("key", f"{name} ({key})", "missing", needed=True, remedy=remedy),
        ]
    try:
        if registered is not None:
            require_table(session, described, registered)
    except (NeedsRebuild, NameTaken) as error:
        return [CatalogObject(kind, name, "edited", needed=True, remedy=str(error))]
    without = () if described.model.is_view else missing_identities(session, described.schema, described.tables)
    return [
        CatalogObject(kind, name, "installed", needed=True),
        CatalogObject("key", f"{name} ({key})", "installed", needed=True),
        *(
            CatalogObject("replica identity", str(relation), "missing", needed=True, remedy=apply)
            for relation, _ in without
        ),
    ]


def index_objects(session: Session, target: TableName, wanted: Sequence[Index], *, apply: str) -> list[CatalogObject]:
    """The declared secondary indexes of `target`, which carries its schema."""
    rows = session.rows(query("objects", "indexes", schema=target.schema, table=target.name))
    held = {row["name"]: row for row in rows}
    found: list[CatalogObject] = []
    for index in wanted:
        name = index.name_for(target.name)
        state = _index_state(target, index, held.get(name))
        remedy = apply
        if state == "edited":
            remedy = f"DROP INDEX {target.schema}.{name}, then {apply}"
        found.append(
            CatalogObject(
                "index", f"{target.schema}.{name}", state, index.unique, remedy if state != "installed" else ""
            )
        )
    return found


def _index_state(target: TableName, index: Index, held: Mapping[str, Any] | None) -> State:
    """An invalid index, such as an interrupted build leaves, is as good as switched off."""
    if held is None:
        return "missing"
    if not held["valid"]:
        return "disabled"
    comment: str = held["comment"] or ""
    if indexes.index_hash(target, index) not in comment:
        return "outdated" if comment.startswith(_OURS) else "edited"
    terms = [
        ("" if term.is_expression else term.column.strip('"')) + (" DESC" if term.order.startswith("DESC") else "")
        for term in index.terms
    ]
    wanted = (index.using, index.unique, bool(index.where), terms)
    same = (held["method"], held["is_unique"], held["partial"], held["terms"]) == wanted
    return "installed" if same else "edited"


def foreign_key_objects(session: Session, described: DescribedModel, *, apply: str) -> list[CatalogObject]:
    """The foreign keys that the declaration opts in to."""
    found: list[CatalogObject] = []
    for reference in described.model.references:
        if not reference.foreign_key:
            continue
        for referring in indexes.referring_tables(described, reference):
            rows = session.rows(query("objects", "foreign_keys", schema=referring.schema, table=referring.name))
            name = reference.constraint_name(referring.name)
            held = next((row for row in rows if row["name"] == name), None)
            state = _foreign_key_state(described, reference, held)
            remedy = apply
            if state == "edited":
                remedy = f"ALTER TABLE {referring} DROP CONSTRAINT {name}, then {apply}"
            found.append(
                CatalogObject(
                    "foreign key", f"{referring}.{name}", state, remedy=remedy if state != "installed" else ""
                )
            )
    return found


def _foreign_key_state(described: DescribedModel, reference: Reference, held: Mapping[str, Any] | None) -> State:
    """One that is not validated says nothing of the rows that were there before it."""
    if held is None:
        return "missing"
    to = reference.to.within(described.schema)
    refers = (held["columns"], held["to_schema"], held["to_table"], held["to_columns"], held["cascades"])
    if refers != ([reference.column], to.schema, to.name, [reference.to_column], True):
        return "edited"
    return "installed" if held["validated"] else "disabled"
