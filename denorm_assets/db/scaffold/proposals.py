"""The read models that are proposed, each of which passes `plan`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.introspection.name_resolution import Intruder
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.errors import TRANSIENT, error_reason
from denorm_assets.db.scaffold.ranges import ranges_of_large
from denorm_assets.db.scaffold.read_select import Select, read_select
from denorm_assets.errors import ConfigurationError, DefinitionError
from denorm_assets.model.index import Index
from denorm_assets.model.location import Location
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.model.validation import validate_systems
from denorm_assets.sql.control import query
from denorm_assets.sql.scaffold.names import safe_name

PHASE = "read_models"
AUTO = Auto()


class NoProposal(Exception):
    """Something cannot become a read model; says why.

    Attributes:
        remedy: what to do about it.
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True)
class _Unwritten(SqlFile):
    """A file that is not written yet."""

    content: str

    @property
    def text(self) -> str:
        """What it will hold."""
        return self.content


@dataclass(frozen=True)
class Proposal:
    """A read model.

    Attributes:
        origin: lines for people on where it comes from.
        active: whether it is part of its system; others are declared beside it.
    """

    schema: str
    model: ReadModel
    origin: Sequence[str]
    active: bool


@dataclass
class Proposals:
    """What is proposed so far for the package `package`.

    Attributes:
        rejected: what cannot become a read model, and why.
    """

    database: Database
    package: str
    found: list[Proposal] = field(default_factory=list[Proposal])
    rejected: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _names: set[str] = field(default_factory=set[str])

    def select(self, schema: str, text: str) -> Select:
        """What PostgreSQL reads in `text`. Raises NoProposal."""
        try:
            with self.database.session(schema) as session:
                return read_select(session, text)
        except TRANSIENT:
            raise
        except (psycopg.Error, Intruder) as error:
            raise NoProposal(error_reason(error), "Correct the SELECT") from error
        except ConfigurationError as error:
            raise NoProposal(str(error), "") from error

    def add(
        self,
        name: str,
        schema: str,
        text: str,
        key: Sequence[str],
        origin: Sequence[str],
        *,
        reads: Sequence[ReadModel] = (),
        indexes: Sequence[Index] = (),
        refresh: Refresh = AUTO,
        active: bool = True,
    ) -> Proposal:
        """Propose a read model; `reads` are those proposed before that it reads. Raises NoProposal."""
        safe = self._free_name(name, schema)
        file = _Unwritten(Path(self.package) / "sql" / f"{safe}.sql", text)
        location = Location(Path(self.package) / "systems.py", 1)
        model = ReadModel(safe, file, tuple(key), refresh=refresh, indexes=tuple(indexes), location=location)
        self._require_planned(schema, (*reads, model))
        # A read model that it reads does not exist yet, so nothing is known of its rows.
        model = model if reads else self._by_ranges(schema, model)
        self._names.add(safe)
        self.found.append(Proposal(schema, model, origin, active))
        return self.found[-1]

    def reject(self, what: str, refused: NoProposal) -> None:
        """Remember that something was not proposed, and what to do about it."""
        said = f"{refused}. {refused.remedy}" if refused.remedy else str(refused)
        self.rejected.append((what, said.rstrip(".")))

    def systems(self, default_schema: str) -> dict[str, System]:
        """Schema -> the system of what is active there; one without read models where nothing is proposed."""
        schemas = list(dict.fromkeys(each.schema for each in self.found)) or [default_schema]
        made: dict[str, System] = {}
        for schema in schemas:
            wanted = self.package if len(schemas) == 1 else f"{self.package}_{schema}"
            name = safe_name(wanted, [system.name for system in made.values()])
            models = tuple(each.model for each in self.found if each.schema == schema and each.active)
            made[schema] = System(name, schema, (Phase(PHASE, models),))
        return made

    def _by_ranges(self, schema: str, model: ReadModel) -> ReadModel:
        """The same, backfilled by ID ranges where that is worth it and `plan` takes them."""
        with self.database.session(schema) as session:
            found = list(ranges_of_large(session, System(self.package, schema, (Phase(PHASE, (model,)),)), model))
        for ranges in found:
            ranged = replace(model, backfill=ranges)
            try:
                self._require_planned(schema, (ranged,))
            except NoProposal:
                continue
            return ranged
        return model

    def _require_planned(self, schema: str, models: tuple[ReadModel, ...]) -> None:
        """Raises NoProposal where `plan` would refuse a system of these."""
        try:
            system = System(self.package, schema, (Phase(PHASE, models),))
            validate_systems([system])
            plan_system(self.database, system)
        except DefinitionError as error:
            raise NoProposal(error.problem, error.remedy) from error
        except ConfigurationError as error:
            raise NoProposal(str(error), "") from error

    def _free_name(self, name: str, schema: str) -> str:
        """A safe name that nothing in the schema has, and no other proposal."""
        taken = set(self._names)
        with self.database.session() as session:
            while True:
                safe = safe_name(name, taken)
                if not session.one(query("catalog", "name_taken", schema=schema, name=safe))["taken"]:
                    return safe
                taken.add(safe)
