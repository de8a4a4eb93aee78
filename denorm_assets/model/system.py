"""A system: the read models, phases and queries that belong to one application schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from denorm_assets.errors import UnknownName
from denorm_assets.model.cached_set import Cache, CachedCount
from denorm_assets.model.index import TableIndex
from denorm_assets.model.location import Location, declaring_location
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import Contract, Identifiers, IdentifierWork, SchemaWork, SoftDeletes
from denorm_assets.model.sql_file import Sql, SqlField, takes_text


@dataclass(frozen=True)
class Phase:
    """A named, ordered step of schema work; its read models' tables are created together.

    Attributes:
        indexes: indexes that queries need besides those of the read models, on these or on the application's tables.
        work: a change of the application's tables, done before the others.

    Example:
        Phase("order_tables", read_models=(ORDER_TOTALS,), description="Creates the tables of order pages.")
    """

    name: str
    read_models: tuple[ReadModel, ...] = ()
    description: str = ""
    indexes: tuple[TableIndex, ...] = ()
    work: SchemaWork | None = None

    @property
    def by_hand(self) -> bool:
        """Whether only a person starts it, because it cannot be undone."""
        return isinstance(self.work, Contract)


@takes_text("before", "after")
@dataclass(frozen=True)
class QueryPair:
    """One page's query before and after: both return the same rows, the second through read models.

    Attributes:
        parameters: the named parameters of both, with the values used where a person gives none.
        target: how many times faster the second has to be at the size at which the system is judged.

    Example:
        QueryPair(
            "largest_orders",
            before="SELECT order_id, count(*) AS lines FROM order_lines GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s",
            after="SELECT order_id, lines FROM order_totals ORDER BY lines DESC, order_id LIMIT %(limit)s",
            parameters={"limit": 50},
            target=10,
        )
    """

    name: str
    before: SqlField
    after: SqlField
    parameters: Mapping[str, int | str]
    target: float = 1.0


@dataclass(frozen=True)
class Cutover:
    """The flag that tells the application to read the read models, and what has to hold before it is turned on.

    Attributes:
        flag: its name, unique in the database.
        table: the table whose number of rows is the system's size; from `judged_from` rows on speed is judged.
        speed_up: how many times faster every query has to be there for the flag to be turned on; its own target, where
            that is less.

    Example:
        Cutover(flag="shop_read_models", table="orders", judged_from=100_000)
    """

    flag: str
    table: str
    judged_from: int
    speed_up: float = 1.5


@dataclass(frozen=True)
class Stages:
    """The stretches of a load test in seconds: users come one after another, all of them stay, they leave again.

    Example:
        Stages(ramp=10, steady=60)
    """

    ramp: float = 10
    steady: float = 60
    ramp_down: float = 0

    @property
    def total(self) -> float:
        """From the first user to the last."""
        return self.ramp + self.steady + self.ramp_down


@dataclass(frozen=True)
class Load:
    """Who reads the system's pages at once, and how long they may wait.

    Attributes:
        users: virtual users; each reads a page and then thinks for `think_seconds` on average.
        p95_ms: what 95 of 100 requests have to stay below.
        average_ms: what the average request has to stay below, p99_ms: what 99 of 100 have to; None for no limit.
        error_share: what the share of failed requests has to stay below, 0 to 1.
        stages: how long it takes in full. Limits hold for the steady stretch.
        draws: parameter of query pairs -> SELECT of one column with the values that users ask for; the pair's own value
            where a parameter has none.

    Example:
        Load(users=100, think_seconds=2, p95_ms=200, stages=Stages(ramp=10, steady=60))
    """

    users: int
    think_seconds: float
    p95_ms: float
    average_ms: float | None = None
    p99_ms: float | None = None
    error_share: float = 0.01
    stages: Stages = Stages()
    draws: Mapping[str, str] = field(default_factory=dict[str, str])


class ApplicationTable(Protocol):
    """A table of the application. SQLAlchemy's `Table` is one; a declaration can be read without SQLAlchemy."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def schema(self) -> str | None:
        """Its schema."""
        ...

    @property
    def fullname(self) -> str:
        """Both, joined by a dot."""
        ...

    @property
    def metadata(self) -> Any:
        """What creates it, as SQLAlchemy's `MetaData` does."""
        ...


@dataclass(frozen=True)
class Example:
    """Application tables and sample data that ship with a system.

    Attributes:
        tables: the application's tables.
        sample: one SQL script that fills them; `%(scale)s` is the number of rows of the main table.
        default_scale: what `denorm-assets dev` loads.
        largest_scale: the largest size that the script was made for.

    Example:
        Example(
            tables=(),
            sample=SqlFile(Path(__file__).parent / "sample.sql"),
            default_scale=1_000,
            largest_scale=1_000_000,
        )
    """

    tables: tuple[ApplicationTable, ...]
    sample: Sql
    default_scale: int
    largest_scale: int


@dataclass(frozen=True, init=False)
class System:
    """Everything declared for one application schema.

    Attributes:
        name: the system's name; the group of its assets and the first part of their keys.
        schema: the schema of the application's tables, in which read models are created too.
        phases: schema work in order.
        cutover: the flag by which the application turns to the read models; None without.
        load: who reads the pages at once; None where nobody tests that.
        caches: what Redis may hold, where there is one.
        owners: people (`a@b.c`) or teams (`team:data`), shown in Dagster.

    Example:
        System("shop", "public", read_models=(ORDER_TOTALS,))
    """

    name: str
    schema: str
    phases: tuple[Phase, ...]
    queries: tuple[QueryPair, ...]
    example: Example | None
    cutover: Cutover | None
    load: Load | None
    caches: tuple[Cache, ...]
    description: str
    owners: tuple[str, ...]
    location: Location = field(compare=False)

    def __init__(
        self,
        name: str,
        schema: str = "public",
        phases: tuple[Phase, ...] = (),
        queries: tuple[QueryPair, ...] = (),
        example: Example | None = None,
        cutover: Cutover | None = None,
        load: Load | None = None,
        caches: tuple[Cache, ...] = (),
        description: str = "",
        owners: tuple[str, ...] = (),
        location: Location | None = None,
        *,
        read_models: tuple[ReadModel, ...] = (),
    ) -> None:
        """`read_models` stands for one phase, called `tables`, that holds them. Raises ValueError beside `phases`."""
        if phases and read_models:
            raise ValueError(f"system {name!r} has both phases and read_models. Name the read models in the phases")
        if read_models:
            phases = (Phase("tables", read_models, "Creates the tables of the read models, empty."),)
        values = {
            "name": name,
            "schema": schema,
            "phases": phases,
            "queries": queries,
            "example": example,
            "cutover": cutover,
            "load": load,
            "caches": caches,
            "description": description,
            "owners": owners,
            "location": location or declaring_location(),
        }
        for field_name, value in values.items():
            object.__setattr__(self, field_name, value)

    @property
    def identifiers(self) -> tuple[Identifiers, ...]:
        """What its phases turn into `uuid`."""
        works = [phase.work for phase in self.phases]
        return tuple(dict.fromkeys(work.identifiers for work in works if isinstance(work, IdentifierWork)))

    @property
    def soft_deletes(self) -> tuple[SoftDeletes, ...]:
        """The soft deletes that its phases declare."""
        return tuple(phase.work for phase in self.phases if isinstance(phase.work, SoftDeletes))

    def phase(self, name: str) -> Phase:
        """The phase called `name`. Raises UnknownName."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise UnknownName("phase", f"{self.name}/{name}", [phase.name for phase in self.phases])

    @property
    def read_models(self) -> tuple[ReadModel, ...]:
        """All read models in the order in which their phases create them."""
        return tuple(model for phase in self.phases for model in phase.read_models)

    def read_model(self, name: str) -> ReadModel:
        """The read model called `name`. Raises UnknownName."""
        for model in self.read_models:
            if model.name == name:
                return model
        raise UnknownName("read model", f"{self.name}/{name}", [f"{self.name}/{m.name}" for m in self.read_models])

    def cache(self, name: str) -> Cache:
        """The cached set or count called `name`. Raises UnknownName."""
        for cache in self.caches:
            if cache.name == name:
                return cache
        raise UnknownName("cache", f"{self.name}/{name}", [f"{self.name}/{cache.name}" for cache in self.caches])

    def counts_of(self, name: str) -> tuple[CachedCount, ...]:
        """The cached counts of the members of the cached set called `name`."""
        return tuple(cache for cache in self.caches if isinstance(cache, CachedCount) and cache.of == name)

    def query(self, name: str) -> QueryPair:
        """The query pair called `name`. Raises UnknownName."""
        for pair in self.queries:
            if pair.name == name:
                return pair
        raise UnknownName("query", name, [pair.name for pair in self.queries])
