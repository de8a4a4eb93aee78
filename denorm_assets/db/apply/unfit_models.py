"""Definitions that were applied, and that fit the database no more, because somebody changed its tables since."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from denorm_assets.db.control.registry import registrations
from denorm_assets.db.introspection.changed_sources import why_unfit
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.function_paths import require_names_found
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, NoLongerFits
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.reading_order import models_in_order, read_by
from denorm_assets.sql.automatic import is_registered
from denorm_assets.sql.control import query


def unfit_models(session: Session, system: System, models: Collection[ReadModel]) -> dict[ReadModel, str]:
    """Those of `models` that were applied in their present version and can be read no more, and why.

    What became of their sources is said first: the definition is what it was.

    They are left as they are while the rest goes on. A version that was never applied is an error in the declaration:
    then nothing is changed.
    """
    registered, found = registrations(session, system), dict[ReadModel, str]()
    reading, changing = read_by((system, model) for model in system.read_models), set[str]()
    for model in (model for model in models_in_order(system) if model in models):
        name, held = f"{system.name}/{model.name}", registered.get(model.name)
        stands = session.row(query("catalog", "relation", schema=system.schema, table=model.name)) is not None
        if held is None or not is_registered(system, model, held.code_version) or not stands:
            changing.add(name)
        if held is None or not is_registered(system, model, held.code_version):
            continue
        try:
            described = describe(session, system, model)
            model_sources(session, described)
            require_names_found(session, described)
        except DefinitionError as error:
            # What it reads may be what `apply` makes first.
            if changing.isdisjoint(reading[name]):
                found[model] = "; ".join(why_unfit(session, held.model_id, error))
            else:
                changing.add(name)
    return found


def tell_unfit(system: System, unfit: Mapping[ReadModel, str]) -> None:
    """Raises NoLongerFits if there are any, once everything else is done."""
    if unfit:
        raise NoLongerFits({f"{system.name}/{model.name}": why for model, why in unfit.items()})
