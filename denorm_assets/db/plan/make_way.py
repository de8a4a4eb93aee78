"""Making way for what takes a read model's place, while materialized views of other read models still read the old one.

PostgreSQL drops no relation that a materialized view reads, and a materialized view cannot be told to read another one.
So the old one stays under another name until these views are replaced too, which `apply` does next. Views of the
application read the new one at once: each is replaced by its own text, whose names mean it then.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.plan.dependents import dependents
from denorm_assets.db.plan.partitioned_indexes import partitions_of
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DependedOn
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import replacing
from denorm_assets.sql.ddl.tables import of_earlier_version, set_aside_text
from denorm_assets.sql.statement import Statement


def making_way(session: Session, described: DescribedModel, model_id: int) -> list[Statement]:
    """Statements that drop the relation with the read model's name, or set it aside where views of ours read it.

    These then need a rebuild: until then people read what they hold. Raises DependedOn where what is not ours depends
    on it, and a rename would not be refused for that.
    """
    relation = described.table
    kind = session.one(query("catalog", "relation", schema=relation.schema, table=relation.name))["kind"]
    views = session.rows(query("replacing", "views_on", schema=relation.schema, table=relation.name))
    if views or _views_over(session, described):
        # A rename, unlike a DROP, is not refused by PostgreSQL: they would go on reading the old one.
        others = dependents_left(session, described)
        if others:
            raise DependedOn(described.full_name, str(relation), others)
        statements = _setting_aside(session, described, model_id, kind)
        for view in (view for view in views if view["commented"] and not view["beside"]):
            named, text = TableName(view["table"], view["schema"]), of_earlier_version(view["full_name"])
            statements.append(replacing.comment_on_relation(named, "m", text))
            statements.append(query("replacing", "needs_rebuild", model_id=view["model_id"]))
        return statements
    return [replacing.drop_relation(relation, kind)]


def views_following(session: Session, described: DescribedModel) -> list[Statement]:
    """Statements by which views of the application read what has the read model's name, once another relation has.

    To be asked for before `making_way` runs.
    """
    return [
        replacing.read_anew(TableName(row["view"], row["schema"]), row["options"], row["text"].rstrip(";"))
        for row in _views_over(session, described)
    ]


def dependents_left(session: Session, described: DescribedModel) -> list[str]:
    """What is not ours, depends on the read model's relation, and cannot read another one in its place."""
    following = {row["object"] for row in _views_over(session, described)}
    found = dependents(session, described.system, described.model.name)
    return [each for each in found if each not in following]


def _views_over(session: Session, described: DescribedModel) -> Sequence[Mapping[str, Any]]:
    columns = {"fields": described.column_names, "types": [column.type for column in described.columns]}
    named = {"schema": described.schema, "table": described.model.name}
    return session.rows(query("replacing", "views_over", **named, **{key: list(of) for key, of in columns.items()}))


@contextmanager
def depended_on(described: DescribedModel) -> Generator[None]:
    """Raises DependedOn where the block drops what something depends on that is not ours."""
    try:
        yield
    except (pg.DependentObjectsStillExist, pg.InvalidTableDefinition, pg.GroupingError) as error:
        # The others: a view that reads whole rows, or one row for each key, cannot read another relation so.
        raise DependedOn(described.full_name, str(described.table), [error_reason(error)]) from error


def _setting_aside(session: Session, described: DescribedModel, model_id: int, kind: str) -> list[Statement]:
    statements: list[Statement] = []
    relation, schema = described.table, described.schema
    oid = session.one(query("replacing", "oid", schema=schema, table=relation.name))["oid"]
    aside = f"denorm_last_{oid}"
    members = [(relation, aside), *((each, f"{aside}_{n}") for n, each in enumerate(partitions_of(session, relation)))]
    for member, new_name in members:
        for n, row in enumerate(session.rows(query("catalog", "indexes", schema=schema, table=member.name))):
            statements.append(replacing.rename_index(schema, row["name"], f"{new_name}_i{n}"))
        statements.append(replacing.rename_relation(member, kind, new_name))
    text = set_aside_text(described.system, aside)
    statements.append(replacing.comment_on_relation(TableName(aside, schema), kind, text))
    return [*statements, query("replacing", "set_aside", model_id=model_id, table=aside)]
