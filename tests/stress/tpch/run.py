"""The queries declared, loaded, kept fresh through each stream, and judged after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DefinitionError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.stress.reach.corpus import Defined, read_definition
from tests.stress.reach.run import (
    SCHEMA,
    classes,
    connect,
    differences,
    explained,
    settle,
    whole_among,
)
from tests.stress.tpch.data import FOLDER
from tests.stress.tpch.outcome import Outcome, Times
from tests.support.live import bring_up

STREAMS = ("others", "one_order", "rf1", "rf2")
"""In the order of the run: the first refreshes of a connection also read the definition."""
_MOST_LOOKS = 400
"""A whole refresh that took a second waits four before the next."""
_VIEWS = "views"
Interfere = Callable[[psycopg.Connection[Any]], None]


@dataclass(frozen=True)
class Query:
    """A query of the specification.

    Attributes:
        steps: of one that is also kept in two steps, the read model that follows the large tables and the one over it.
    """

    whole: Defined
    steps: tuple[Defined, ...]


@dataclass
class Run:
    """What a run found.

    Attributes:
        beside: stream -> seconds besides the refreshes: moving the change log on, and waiting for what is not due yet.
    """

    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    failed: list[str] = field(default_factory=list[str])
    beside: dict[str, float] = field(default_factory=dict[str, float])


def queries(only: Sequence[str] = ()) -> list[Query]:
    """All queries, or those whose names begin with one of `only`."""
    paths = sorted((FOLDER / "definitions").glob("*.sql"))
    return [
        Query(
            read_definition(path),
            tuple(read_definition(each) for each in _steps(path.stem.partition("_")[0])),
        )
        for path in paths
        if not only or path.stem.startswith(tuple(only))
    ]


def _steps(number: str) -> list[Path]:
    found = [FOLDER / "two_steps" / f"{number}_{step}.sql" for step in ("step", "final")]
    return [path for path in found if path.exists()]


def run(url: str, chosen: Sequence[Query], interfere: Interfere | None = None) -> Run:
    """What comes of the queries in the database; `interfere` runs before each comparison."""
    database, found = Database(url), Run()
    try:
        _run(database, url, chosen, found, interfere)
    finally:
        database.close()
    return found


def _run(database: Database, url: str, chosen: Sequence[Query], found: Run, interfere: Interfere | None) -> None:
    judged: dict[str, str] = {}
    of_models: dict[str, Outcome] = {}
    accepted: list[Defined] = []
    for query in chosen:
        outcome = Outcome(query.whole.name)
        found.outcomes.append(outcome)
        try:
            outcome.classes = classes(database, _system([query.whole]), _model(query.whole))
        except DefinitionError as error:
            outcome.refused = explained(error)[0]
            continue
        outcome.whole = whole_among(query.whole.large, outcome.classes)
        accepted.append(query.whole)
        of_models[query.whole.name] = outcome
        judged[query.whole.name] = query.whole.text
    for query in chosen:
        if query.steps:
            outcome = Outcome(query.whole.name, in_two_steps=True)
            found.outcomes.append(outcome)
            accepted += query.steps
            of_models |= {step.name: outcome for step in query.steps}
            judged |= {query.steps[0].name: query.steps[0].text, query.steps[-1].name: query.whole.text}
    system = _system(accepted)
    bring_up(database, system)
    for defined in accepted:
        outcome = of_models[defined.name]
        if outcome.in_two_steps:
            outcome.classes |= classes(database, system, _model(defined))
            outcome.whole += whole_among(defined.large, outcome.classes)
    with connect(url) as connection:
        _create_views(connection, chosen)
    refresher = Refresher(database, [system])
    for stream in ("", *STREAMS):
        if stream:
            with connect(url) as connection, connection.transaction():
                connection.execute((FOLDER / "streams" / f"{stream}.sql").read_bytes())
        began = time.monotonic()
        refreshed, fault = settle(refresher, url, _MOST_LOOKS)
        if fault:
            found.failed.append(f"{stream}: {fault}")
            return
        with connect(url) as connection:
            if stream:
                found.beside[stream] = time.monotonic() - began - sum(each.seconds or 0 for each in refreshed)
                _note(stream, refreshed, _whole_seconds(connection, chosen), of_models)
            if interfere is not None:
                interfere(connection)
            for name, text in judged.items():
                of_models[name].wrong += differences(connection, name, text)


def _system(defined: Sequence[Defined]) -> System:
    return System("tpch", SCHEMA, (Phase("phase_1", tuple(map(_model, defined))),))


def _model(defined: Defined) -> ReadModel:
    return ReadModel(defined.name, SqlFile(defined.path), defined.key, None, Debounced(Debounce(quiet=0)))


def _create_views(connection: psycopg.Connection[Any], chosen: Sequence[Query]) -> None:
    """A materialized view of each query, for its time."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_VIEWS)))
    for query in chosen:
        view = sql.Identifier(_VIEWS, query.whole.name)
        text = sql.SQL(cast(LiteralString, query.whole.text))
        connection.execute(sql.SQL("CREATE MATERIALIZED VIEW {} AS\n{}").format(view, text))


def _whole_seconds(connection: psycopg.Connection[Any], chosen: Sequence[Query]) -> dict[str, float]:
    """Query -> how long REFRESH MATERIALIZED VIEW takes."""
    seconds: dict[str, float] = {}
    for query in chosen:
        began = time.monotonic()
        connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(_VIEWS, query.whole.name)))
        seconds[query.whole.name] = time.monotonic() - began
    return seconds


def _note(
    stream: str, refreshed: Sequence[Refreshed], whole: Mapping[str, float], of_models: Mapping[str, Outcome]
) -> None:
    for outcome in of_models.values():
        outcome.times[stream] = Times(whole=whole[outcome.name])
    for each in refreshed:
        times = of_models[each.model.name].times[stream]
        times.refresh += each.seconds or 0
        if each.drained is not None:
            anchors = each.drained.anchors
            times.anchors = None if anchors is None or times.anchors is None else times.anchors + anchors
