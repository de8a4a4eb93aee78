"""One example: a generated system, changed by generated transactions, drained, and judged after each round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString, cast

import psycopg
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from hypothesis.vendor.pretty import RepresentationPrinter

from denorm_assets.errors import DefinitionError
from denorm_assets.sql.analysis.refusal import Refusal
from tests.stress.oracle.changes import Transaction, transaction
from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.clocks import moment, with_clock
from tests.stress.oracle.layers import Modelled, layers
from tests.stress.oracle.maintained import Bench, Defined
from tests.stress.oracle.shapes import definition
from tests.stress.oracle.sources import Source, insert, sources
from tests.stress.oracle.views import Viewed, every_column, with_views

DEFINITIONS = 4
_LOCK_TIMEOUT = "20ms"


@dataclass(frozen=True)
class Round:
    """Transactions that run at the same time; `schedule` says who makes the next step, -1 being a drain.

    A round of one transaction has no schedule. `clocks` are the times to which the clock is moved before, and after
    what changed was not looked at yet.
    """

    transactions: tuple[Transaction, ...]
    schedule: tuple[int, ...] = ()
    clocks: tuple[datetime, ...] = ()


@dataclass(frozen=True, repr=False)
class Example:
    """Everything that one run needs.

    Attributes:
        layers: read models, and views over them, that the definitions may read.
        by_part: whether a drain recomputes anchors also where the planner expects the whole to be cheaper, which hides
            anchors that were not found.
    """

    sources: tuple[Source, ...]
    setup: tuple[str, ...]
    layers: tuple[Source, ...]
    definitions: tuple[Defined, ...]
    rounds: tuple[Round, ...]
    by_part: bool

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        """What hypothesis shows; the assertion's message holds the script."""
        printer.text("..." if cycle else "example")

    def script(self) -> str:
        """For people who look into a failure."""
        lines = [*self.setup]
        for each in self.layers:
            if isinstance(each, Modelled):
                lines.append(f"-- {each.schema}.{each.table}, key {each.defined.key}\n{each.defined.text}")
            else:
                lines += each.ddl()
        lines += [*(f"-- key {d.key}, driving {d.driving}\n{d.text}" for d in self.definitions)]
        for number, each in enumerate(self.rounds):
            clocks = ", ".join(f"{at:%d %H:%M:%S}" for at in each.clocks)
            lines.append(f"-- round {number}, schedule {each.schedule}, clocks {clocks}")
            for each_transaction in each.transactions:
                ending = "COMMIT" if each_transaction.commits else "ROLLBACK"
                lines.append(f"BEGIN; {'; '.join(each_transaction.statements)}; {ending}")
        return ";\n".join(lines)


@dataclass
class Tally:
    """What became of the definitions.

    Attributes:
        refused: clause and reason -> how often.
        errors: SQLSTATE of application statements that failed -> how often.
    """

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    refusals: list[str] = field(default_factory=list[str])
    statements: int = 0
    errors: Counter[str] = field(default_factory=Counter[str])
    rounds: int = 0

    @property
    def definitions(self) -> int:
        """All definitions that PostgreSQL itself takes."""
        return self.accepted + self.refused.total()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.accepted + other.accepted,
            self.refused + other.refused,
            self.refusals + other.refusals,
            self.statements + other.statements,
            self.errors + other.errors,
            self.rounds + other.rounds,
        )


@st.composite
def examples(draw: DrawFn) -> Example:
    """Examples, the simplest first."""
    c = Chooser(draw)
    tables = sources(c)
    setup = [statement for each in tables for statement in each.ddl()]
    setup += [insert(c, each, c.count(1, 7)) for each in tables if not c.chance(10)]
    seen = with_views(c, tables)
    setup += [statement for each in seen for statement in (each.ddl() if isinstance(each, Viewed) else ())]
    above = layers(c, seen)
    definitions = tuple(every_column(c, definition(c, [*seen, *above])) for _ in range(DEFINITIONS))
    definitions = tuple(with_clock(c, each) if c.chance(30) else each for each in definitions)
    return Example(
        tuple(tables),
        tuple(setup),
        tuple(above),
        definitions,
        tuple(_round(c, tables) for _ in range(c.count(1, 3))),
        c.chance(60),
    )


def _round(c: Chooser, tables: Sequence[Source]) -> Round:
    clocks = (moment(c), moment(c))
    if c.chance(60):
        return Round((transaction(c, tables),), clocks=clocks)
    together = tuple(transaction(c, tables, alone=False) for _ in range(c.count(2, 3)))
    # Each number stands once per statement of that session, once more for its end, and -1 for drains in between.
    steps = [n for n, each in enumerate(together) for _ in range(len(each.statements) + 1)] + [-1] * c.count(0, 2)
    return Round(together, tuple(c.some(steps, len(steps), len(steps))), clocks)


def run(bench: Bench, example: Example, tally: Tally) -> None:
    """Run one example. Raises AssertionError where a read model is wrong after a drain."""
    bench.fresh(by_part=example.by_part)
    bench.run(*example.setup)
    for layer in example.layers:
        if not isinstance(layer, Modelled):
            bench.run(*layer.ddl())
        elif not _accepted(bench, layer.defined, tally):
            return
    kept = [each for each in example.definitions if _accepted(bench, each, tally)]
    if not kept:
        return
    for number, each in enumerate(example.rounds):
        for moment_before in each.clocks[:1]:
            bench.move_clock(moment_before)
        _play(bench, each, tally)
        for moment_after in each.clocks[1:]:
            bench.move_clock(moment_after)
        bench.settle()
        tally.rounds += 1
        bench.judge(f"after round {number} of\n{example.script()}\n")
    broken = bench.rows("SELECT broken FROM denorm.dependency WHERE broken IS NOT NULL")
    if broken:
        raise AssertionError(f"an expansion does not run: {broken}\n{example.script()}")


def _accepted(bench: Bench, defined: Defined, tally: Tally) -> bool:
    try:
        bench.keep(defined)
    except DefinitionError as error:
        refusal = error.__cause__
        if not isinstance(refusal, Refusal):
            raise AssertionError(f"PostgreSQL does not take it: {error}\n{defined}") from error
        tally.refused[refusal.reason] += 1
        tally.refusals.append(f"{refusal}\n{defined.text}")
        return False
    tally.accepted += 1
    return True


def _play(bench: Bench, played: Round, tally: Tally) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(bench.connect()) for _ in played.transactions]
        steps = [
            _steps(each, connection, tally) for each, connection in zip(played.transactions, connections, strict=True)
        ]
        schedule = played.schedule or (0,) * (len(played.transactions[0].statements) + 1)
        begun: set[int] = set()
        for number in schedule:
            if number < 0:
                bench.settle()
                continue
            if number not in begun:
                begun.add(number)
                connection = connections[number]
                _execute(connection, f"BEGIN ISOLATION LEVEL {played.transactions[number].isolation}")
                _execute(connection, f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            next(steps[number], None)


def _steps(of: Transaction, connection: psycopg.Connection[Any], tally: Tally) -> Iterator[None]:
    failed = False
    for statement in of.statements:
        if not failed:
            failed = not _try(connection, statement, tally)
        yield
    _execute(connection, "COMMIT" if of.commits else "ROLLBACK")
    yield


def _try(connection: psycopg.Connection[Any], statement: str, tally: Tally) -> bool:
    """Run a statement of the application; False where its transaction cannot go on."""
    tally.statements += 1
    try:
        if statement.startswith(("SAVEPOINT", "ROLLBACK TO")):
            _execute(connection, statement)
        elif statement.startswith("COPY"):
            _copy(connection, statement)
        else:
            _guarded(connection, statement)
    except psycopg.Error as error:
        if "denorm" in (error.diag.context or ""):
            raise AssertionError(f"capture broke a write: {error.diag.context}\n{statement}") from error
        tally.errors[error.sqlstate or "?"] += 1
        return not isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.InFailedSqlTransaction)
    return True


def _guarded(connection: psycopg.Connection[Any], statement: str) -> None:
    with connection.transaction():
        _execute(connection, statement)


def _copy(connection: psycopg.Connection[Any], statement: str) -> None:
    command, _, key = statement.partition(" -- ")
    plain = key.removesuffix("::uuid").removesuffix("::text").strip("'")
    with connection.transaction(), connection.cursor().copy(cast(LiteralString, command)) as copy:
        copy.write_row((None if plain == "NULL" else plain, "a"))


def _execute(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(cast(LiteralString, statement))
