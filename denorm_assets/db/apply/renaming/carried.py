"""What is registered of read models, carried over to their declarations under other names. No row is in doubt."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from denorm_assets.db.apply.renaming.scope import Affected
from denorm_assets.db.cache.admin.register import describe_cache
from denorm_assets.db.capture.install import name_again
from denorm_assets.db.control.registry import registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.name_resolution import Intruder, resolved
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.plan.tables import plan_table
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import RenameRefused
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import DrivingColumn
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.same_query import same_query
from denorm_assets.sql.statement import verbatim
from denorm_assets.sql.versions import range_set_name, range_set_of


def registered_tree(session: Session, each: Affected) -> str:
    """What PostgreSQL reads in the registered definition. Tables have numbers there: a rename changes nothing."""
    assert each.held.definition is not None, "it needs no rebuild"
    return _tree(session, each.held.definition)


def move_registration(session: Session, each: Affected) -> None:
    """Register a read model under its name, system and schema from now on."""
    named = {"system": each.system.name, "name": each.model.name, "schema": each.system.schema}
    session.execute(query("renaming", "move", model_id=each.held.model_id, **named))


def move_sources(session: Session, tables: Mapping[TableName, TableName]) -> None:
    """Have capture know renamed tables: the name of before -> the one of now."""
    session.execute(
        query(
            "renaming",
            "move_sources",
            schemas=[table.schema for table in tables],
            names=[table.name for table in tables],
            to_schemas=[table.schema for table in tables.values()],
            to_names=[table.name for table in tables.values()],
        )
    )


def carry_over(session: Session, each: Affected, tables: Mapping[TableName, TableName]) -> DescribedModel:
    """Register a read model, or a reader of one, by its declaration, and all that names its tables; it is described.

    `tables` are those with another name: before -> now. Raises RenameRefused where its ranges are others than before.
    """
    model_id = each.held.model_id
    with session.within(each.system.schema):
        definition = _resolved(session, each)
        _carry_ranges(session, each, tables)
        session.execute(
            query("renaming", "adopt", model_id=model_id, code_version=each.code_version, definition=definition)
        )
        described = _described(session, each)
        if described.blocks and described.partials is None:
            # They are noted by what the source is called in the definition.
            named = {now.name: to.name for now, to in tables.items()}
            blocks = [
                [named.get(found.alias, found.alias), found.column, str(found.bits)] for found in described.blocks
            ]
            session.execute(query("renaming", "set_blocks", model_id=model_id, blocks=blocks))
            described = _described(session, each)
        name_again(session, described, model_sources(session, described), model_id)
    return described


def _described(session: Session, each: Affected) -> DescribedModel:
    if each.cache is None:
        return describe(session, each.system, each.model)
    return describe_cache(session, each.system, each.cache)


def require_nothing_else(session: Session, each: Affected, described: DescribedModel, tree: str) -> None:
    """Raises RenameRefused where the declaration says something else than before, or `apply` would change the table.

    `tree` is what PostgreSQL read in the definition before.
    """
    if not same_query(_tree(session, described.definition), tree):
        raise _changed(each, "its definition says something else")
    if each.cache is not None:
        return
    with session.within(each.system.schema):
        steps = plan_table(session, described, registration(session, each.system, each.model))
    for step in steps:
        if step.action != "keep":
            raise _changed(each, f"of its declaration, `apply` would {step.action} the {step.kind} {step.name}")


def _changed(each: Affected, what: str) -> RenameRefused:
    return each.refused(
        f"{what}, beyond the names", "rename with everything else as before, and change the rest afterwards"
    )


def _resolved(session: Session, each: Affected) -> str:
    """The definition as it is declared, resolved. Raises DefinitionError, with the file."""
    try:
        with resolved(session, verbatim(each.model.definition.text)) as text:
            return text
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder):
        describe(session, each.system, each.model, again=True)
        raise


def _tree(session: Session, definition: str) -> str:
    with resolved(session, verbatim(definition), trusted=True):
        return str(session.one(query("definitions", "parsed"))["tree"])


def _carry_ranges(session: Session, each: Affected, tables: Mapping[TableName, TableName]) -> None:
    """Have it have the ranges of its declaration, with all that is done. Those that others have stay as they are."""
    held, schema = each.held, each.system.schema
    before = {now: old for old, now in tables.items()}
    driven_by = [
        DrivingColumn(before.get(driving.table.within(schema), driving.table), driving.column)
        for driving in each.model.driving
    ]
    to_set = range_set_name(each.system, each.model)
    if held.range_set != range_set_of(held.system, driven_by):
        raise _changed(each, "its `backfill` names other columns")
    if held.range_set == to_set:
        return
    names = {
        "sources": [driving.table.name for driving in driven_by],
        "to_sources": [driving.table.name for driving in each.model.driving],
    }
    sets, one = {"range_set": held.range_set, "to_set": to_set}, {"model_id": held.model_id}
    session.execute(query("renaming", "copy_ranges", **sets, **names))
    if session.one(query("renaming", "same_ranges", **sets, **names))["same"]:
        session.execute(query("renaming", "carry_progress", **one, **names))
    elif held.state == "live":
        version = held.code_version
        session.execute(query("renaming", "cover_ranges", to_set=to_set, code_version=version, **one))
    else:
        raise each.refused(
            f"it is not loaded, and {each.system.name} has other ranges of the same source already",
            "put the declaration of before back, finish its backfill, and rename afterwards",
        )
    session.execute(query("renaming", "take_range_set", **sets, **one))
