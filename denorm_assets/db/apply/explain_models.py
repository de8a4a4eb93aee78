"""Explaining a system's read models: what the analysis found, and the indexes that PostgreSQL lacks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from denorm_assets.db.apply.foresee import foreseen_models
from denorm_assets.db.introspection.describe import choice_now
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.introspection.reach.rows_read import rows_read
from denorm_assets.db.introspection.refresh_choice import MANY_ROWS, choose
from denorm_assets.db.introspection.row_security import guarded_tables
from denorm_assets.db.introspection.sources import Sources, model_sources
from denorm_assets.db.introspection.views_read import views_read
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.explained import clock_lookups, clock_sentences
from denorm_assets.sql.analysis.explain import Explanation, explain, narrowed_sentences
from denorm_assets.sql.analysis.index_advice import Lookup, create_index, serves
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.automatic import auto_sentence, by_key, described_sentence, in_full, kinds
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.restrictions import restrictions
from denorm_assets.sql.ddl.row_security import cache_exposure, exposure
from denorm_assets.sql.parsed.session_zone import zone_sentences

ROWS_WITHOUT_INDEX = 10_000
"""Of a table that a refresh may read as a whole: it takes a millisecond or two."""


@dataclass(frozen=True)
class MissingIndex:
    """An index without which every refresh reads a whole table.

    Attributes:
        on: table and columns, for people.
        remedy: how to get one; a statement, or what to declare.
        statement: the statement alone; empty where it is to be declared.
    """

    table: TableName
    on: str
    remedy: str
    statement: str = ""

    @property
    def sentence(self) -> str:
        """What is missing, and how to get it."""
        return f"No index on {self.on}. {self.remedy}"


@dataclass(frozen=True)
class ModelExplanation:
    """What a read model's definition means for keeping it fresh, and for the application's own schema changes.

    Attributes:
        restrictions: sentences on what PostgreSQL refuses because of it.
        row_security: sentences on what its readers see that a source hides from them.
        time_zone: sentences on values that depend on the time zone of the session.
        clock: sentences on what is recomputed as time passes.
        narrowed: sentences on what a refresh executes instead of the definition.
        refresh: sentences on what `Auto()` stands for, why, and what would be chosen now.
        above: source -> the view that is read in its place, and the one which reads it, if that is another.
    """

    read_model: str
    sources: tuple[Explanation, ...]
    missing_indexes: tuple[MissingIndex, ...]
    restrictions: tuple[str, ...]
    row_security: tuple[str, ...]
    time_zone: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    above: Mapping[TableName, tuple[TableName, ...]] = field(default_factory=dict[TableName, "tuple[TableName, ...]"])

    @property
    def of_no_source(self) -> tuple[str, ...]:
        """The sentences that concern no single source."""
        return (*self.restrictions, *self.row_security, *self.time_zone, *self.clock, *self.narrowed)


def explain_system(database: Database, system: System) -> list[ModelExplanation]:
    """An explanation per read model, and per cache of a source with row-level security.

    Changes nothing, and needs nothing of ours in the database.

    Raises DefinitionError for what cannot be kept fresh.
    """
    with database.session(system.schema) as session, foreseen_models(session, system) as models:
        found = [explain_model(session, system, described) for described in models]
        for cache in system.caches:
            guarded = _guarded_sources(session, system, as_read_model(cache))
            if guarded:
                name = f"{system.name}/{cache.name}"
                found.append(ModelExplanation(name, (), (), (), (cache_exposure(guarded, name),)))
    return found


def explain_model(session: Session, system: System, described: DescribedModel) -> ModelExplanation:
    """The explanation of one read model of `system`. Raises DefinitionError."""
    read = model_sources(session, described)
    sources = explain(described, read.paths, read.whole, read.watched)
    on_the_way = [*(lookup for each in sources for lookup in each.lookups), *clock_lookups(read.clock)]
    unindexed = _unindexed(session, [*on_the_way, *(lookup for each in sources for lookup in each.reads)])
    rows = {table: held_rows(session, table) for table in read.columns}
    sources = _with_costs(session, described, read, sources, rows, unindexed)
    missing = [
        index
        for lookup, index in unindexed.items()
        # All of a small table is read as quickly.
        if lookup in on_the_way or rows[lookup.table] >= ROWS_WITHOUT_INDEX
    ]
    if not (described.model.is_view or described.partials):
        missing += _missing_on_read_model(session, described)
    return ModelExplanation(
        described.full_name,
        sources,
        tuple({index.on: index for index in missing}.values()),
        restrictions(described, read.used),
        _row_security(session, system, described),
        zone_sentences(read.zoned),
        clock_sentences(described, read.clock),
        _of_auto(session, system, described, read),
        narrowed_sentences(described),
        _views_above(read),
    )


def _views_above(read: Sources) -> dict[TableName, tuple[TableName, ...]]:
    return {
        each.table: (view,) if each.view == view else (view, each.view)
        for view, tables in read.views.beneath.items()
        for each in tables
        if each.table not in read.named
    }


def _of_auto(session: Session, system: System, described: DescribedModel, read: Sources) -> tuple[str, ...]:
    """What `Auto()` stands for, and if it would now stand for the other kind, how to change to that."""
    chosen = described_sentence(described)
    if chosen is None:
        return ()
    declared = system.read_model(described.model.name)
    # Another anchor may be better now, but where this one is good enough, nothing changes.
    if len(kinds(declared)) == 1 or not (described.model.is_view or choose(session, described, read).in_full):
        return (f"{chosen}.",)
    try:
        now = choice_now(session, system, declared)
    except DefinitionError:
        return (f"{chosen}.",)
    if now.in_full == described.model.is_view:
        return (f"{chosen}.",)
    other = in_full(declared) if now.in_full else by_key(declared)
    kind = f"Full(every={other.every:g})" if other.every else "Full()" if now.in_full else "Debounced()"
    return (
        f"{chosen}.",
        f"With the rows of today: {auto_sentence(other, now.why)}. To change to that, declare refresh={kind}.",
    )


def _with_costs(
    session: Session,
    described: DescribedModel,
    read: Sources,
    sources: tuple[Explanation, ...],
    rows: Mapping[TableName, int],
    unindexed: Collection[Lookup],
) -> tuple[Explanation, ...]:
    """`sources` with the rows that a change of one row there makes us read; tables have so many `rows`."""
    if described.model.is_view or described.partials is not None:
        return sources
    everything = sum(rows.values())
    found: list[Explanation] = []
    for each, read_rows in zip(sources, rows_read(session, sources, rows, unindexed), strict=True):
        if each.source in read.whole:
            note = f"Each refresh after such a change reads about {everything:,} rows."
            if everything >= MANY_ROWS:
                note += " If it changes often, declare refresh=Full(), or take it out of the definition."
            found.append(replace(each, rows=everything, notes=(*each.notes, note)))
        else:
            found.append(replace(each, rows=read_rows))
    return tuple(found)


def _row_security(session: Session, system: System, described: DescribedModel) -> tuple[str, ...]:
    guarded = _guarded_sources(session, system, described.model)
    return (exposure(guarded, described.table, is_view=described.model.is_view),) if guarded else ()


def _guarded_sources(session: Session, system: System, model: ReadModel) -> list[TableName]:
    """The tables with row-level security whose rows are in the read model; those that it only refers to are not."""
    named = [table.within(system.schema) for table in analyse(model.definition).tables]
    read = views_read(session, named).in_place_of(named)
    return [found.table for found in guarded_tables(session, system, model) if found.source in read]


@dataclass
class _Indexes:
    """What the indexes of one table begin with."""

    partitioned: bool = False
    columns: set[str] = field(default_factory=set[str])
    expressions: set[str] = field(default_factory=set[str])


def _unindexed(session: Session, wanted: Sequence[Lookup]) -> dict[Lookup, MissingIndex]:
    """The lookups of those `wanted` that an index would serve, and none does."""
    wanted = [lookup for lookup in wanted if lookup.indexable]
    held = _indexes(session, [lookup.table for lookup in wanted])
    missing: dict[Lookup, MissingIndex] = {}
    for lookup in wanted:
        indexes = held[lookup.table]
        if not serves(lookup, indexes.columns, indexes.expressions):
            # A partitioned table's index cannot be built concurrently as a whole.
            statement = show(create_index(lookup, concurrently=not indexes.partitioned))
            # It is computed for every row that is written from then on, and a row for which it fails is refused.
            proviso = "Create one" if lookup.columns else "If that can be computed for every row, create one"
            on = f"{lookup.table} ({lookup.on})"
            missing[lookup] = MissingIndex(lookup.table, on, f"{proviso}: {statement};", f"{statement};")
    return missing


def _missing_on_read_model(session: Session, described: DescribedModel) -> list[MissingIndex]:
    """The anchors' rows are looked up in the read model's own table, by its key or a declared index as a rule."""
    model, anchors = described.model, [column.name for column in described.anchor]
    declared = {model.key[0], *(index.terms[0].column for index in model.indexes)}
    if not (declared | _indexes(session, [described.table])[described.table].columns).isdisjoint(anchors):
        return []
    quoted = ", ".join(f'"{anchor}"' for anchor in anchors)
    remedy = f"Declare Index({quoted}) at {model.location}, or put {anchors[0]} first in `key` there"
    return [MissingIndex(described.table, f"{described.table} ({', '.join(anchors)})", remedy)]


def _indexes(session: Session, tables: Sequence[TableName]) -> dict[TableName, _Indexes]:
    found = {table: _Indexes() for table in tables}
    rows = session.rows(
        query("catalog", "leading_index_terms", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    )
    for row in rows:
        indexes = found[TableName(row["table"], row["schema"])]
        indexes.partitioned = row["partitioned"]
        if row["column"] is not None:
            indexes.columns.add(row["column"])
        elif row["expression"] is not None:
            indexes.expressions.add(row["expression"])
    return found
