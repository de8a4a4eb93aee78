"""A read model together with what PostgreSQL says about its definition: all that SQL generation needs."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.model.catalog.blocks import IdBlocks, PartialAggregates
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.catalog.partition import Partition, partition_of
from denorm_assets.model.ids import IdKind
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class Operators:
    """How values of a type are compared: the operators of its B-tree operator class, as SQL.

    With their schema where they are not PostgreSQL's own: under a pinned search path, `=` would find another one.
    """

    equal: str
    unequal: str
    greater: str
    at_most: str


BUILT_IN = Operators("=", "<>", ">", "<=")


@dataclass(frozen=True)
class Column:
    """A column of a read model as PostgreSQL describes it.

    Attributes:
        type: as `format_type` spells it, with its modifier.
        collation: schema and name where it is not the type's default.
        not_null: whether the definition can be shown never to yield NULL here.
        exact: whether equal values always look the same. 1.0 and 1.00 do not, nor do 'bob' and 'BOB' in citext.
        hashable: whether values are compared by the hash and the `=` of their type; text stands in for them where not.
            An inexact value is compared so where the definition chooses one of several that are equal.
        operators: how its values are compared.
    """

    name: str
    type: str
    collation: tuple[str, str] | None = None
    not_null: bool = False
    exact: bool = True
    hashable: bool = True
    operators: Operators = BUILT_IN


@dataclass(frozen=True)
class DescribedDriver:
    """A driver and the kind of IDs that PostgreSQL says its column holds."""

    driver: Driver
    kind: IdKind


@dataclass(frozen=True)
class Narrowed:
    """The text of a definition, in which conditions on the anchor may stand where PostgreSQL carries none by itself.

    Attributes:
        pieces: the text; between two pieces stands a condition.
        values: for each condition, position in the anchor -> its value there, as SQL.
        below: what PostgreSQL carries no condition below, in words, without repetition.
    """

    pieces: tuple[str, ...]
    values: tuple[tuple[tuple[int, str], ...], ...]
    below: tuple[str, ...]


@dataclass(frozen=True)
class DescribedModel:
    """A declared read model whose columns and drivers are known.

    Attributes:
        system: the system's name; `schema` the schema of its tables.
        definition: text of the one SELECT.
        anchored_by: the columns that changes are traced to; none: the driving one, or else the first of the key.
        without_views: the same with what views select in their place, where one of them reads the clock.
        at_clock: the same at the read model's stored time; None where it does not read the clock, or is a view's.
        code_version: hash of declaration, definition and generator.
        narrowed: what is executed for some anchors, where all of a source would be read otherwise.
        views: signatures of the views whose text is in what is executed.
        blocks: by which its aggregates of all rows are kept, of each part; `partials` is what is executed for that,
            None where a view was redefined so that they are gone.
        auto: why `Auto()` stands for the kind of `model`; None where the declaration names the kind.
    """

    model: ReadModel
    system: str
    schema: str
    definition: str
    columns: tuple[Column, ...]
    drivers: tuple[DescribedDriver, ...]
    code_version: str
    anchored_by: tuple[str, ...] = ()
    without_views: str | None = None
    at_clock: str | None = None
    narrowed: Narrowed | None = None
    views: tuple[str, ...] = ()
    auto: str | None = None
    blocks: tuple[IdBlocks, ...] = ()
    partials: PartialAggregates | None = None

    @property
    def executed(self) -> str:
        """The SELECT that yields the read model's rows."""
        return self.at_clock or self.definition

    @property
    def full_name(self) -> str:
        """`system/name`, as people write it."""
        return f"{self.system}/{self.model.name}"

    @property
    def table(self) -> TableName:
        """The read model's table."""
        return TableName(self.model.name, self.schema)

    @property
    def anchor(self) -> tuple[Column, ...]:
        """The columns whose values together say which rows a change can have altered."""
        named = {column.name: column for column in self.columns}
        return tuple(named[output] for output in self.anchored_by or (self.usual_anchor,))

    @property
    def traced_types(self) -> tuple[str, ...]:
        """The types of what changes are traced to: of these columns, or the number of a block."""
        return ("bigint",) if self.blocks else tuple(column.type for column in self.anchor)

    @property
    def usual_anchor(self) -> str:
        """The driving column, or else the first of the key."""
        return self.drivers[0].driver.output_column if self.drivers else self.model.key[0]

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The partitions of its table, one for each driving source; none unless it is declared `partition_by`."""
        column = self.model.partition_by
        if column is None or self.model.is_view:
            return ()
        return tuple(partition_of(self.table, dict(found.driver.discriminators)[column]) for found in self.drivers)

    @property
    def tables(self) -> tuple[TableName, ...]:
        """Its table, and the partitions of it."""
        return (self.table, *(partition.table for partition in self.partitions))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns in order."""
        return tuple(column.name for column in self.columns)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Columns in which any of several equal values is right, whatever they look like."""
        return tuple(column.name for column in self.columns if column.hashable and not column.exact)

    @property
    def by_image(self) -> tuple[str, ...]:
        """Columns that differ between two rows with one key where their images do; in the others, equal says it."""
        return tuple(column.name for column in self.columns if column.name not in self.model.key or not column.exact)

    @property
    def key_is_not_null(self) -> bool:
        """Whether no key column can be NULL, so that a primary key fits."""
        return all(column.not_null for column in self.columns if column.name in self.model.key)

    def driver(self, source: str) -> DescribedDriver:
        """The driver of the range source `source`."""
        return next(described for described in self.drivers if described.driver.source == source)
