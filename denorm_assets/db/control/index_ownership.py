"""Whose an index is that has the name of a declared one: nobody else's is ever dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import NameTaken
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.index import Index
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import views

_COMMENT = "denorm_assets "


def require_own_indexes(session: Session, target: TableName, wanted: Sequence[Index]) -> None:
    """Raises NameTaken where a name of the `wanted` indexes of `target` is another table's or the application's."""
    for index in wanted:
        name = TableName(index.name_for(target.name), target.schema)
        found = _holder(session, name)
        if found is not None and not (found["of"] == [target.schema, target.name] and _is_ours(session, name, found)):
            raise NameTaken(f"the index {name.name} of {target}", str(name))


def require_own_key_index(session: Session, described: DescribedModel) -> None:
    """Raises NameTaken where another table's index, or no index, has the name of the one on the key of a view."""
    name = TableName(views.key_index_name(described.model.name), described.schema)
    found = _holder(session, name)
    if found is not None and found["of"] != [described.schema, described.model.name]:
        raise NameTaken(described.full_name, str(name))


def _holder(session: Session, name: TableName) -> Mapping[str, Any] | None:
    return session.row(query("catalog", "index_holder", schema=name.schema, name=name.name))


def _is_ours(session: Session, name: TableName, found: Mapping[str, Any]) -> bool:
    """Whether the COMMENT says so, or a note that we began to build it."""
    if _has_our_comment(found):
        return True
    noted = query("builds", "noted", schema=name.schema, index=name.name)
    if control_schema.installed(session) and session.row(noted) is not None:
        return True
    # Its build may have ended between the two looks.
    again = _holder(session, name)
    return again is None or _has_our_comment(again)


def _has_our_comment(found: Mapping[str, Any]) -> bool:
    return (found["comment"] or "").startswith(_COMMENT)
