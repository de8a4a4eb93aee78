"""What a refresh costs, shape by shape of definitions: 100 changed rows of each source by key, the clock by a minute.

The tables stand twice in one database, ten times apart in size, and are loaded once. Each shape is kept alone while it
is measured, because a change would make others stale, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.system import System
from tests.support.live import bring_up, wrong_rows
from tests.support.reports import Figure
from tests.support.shapes.table import SHAPES, Shape, create_tables

CHANGED = 100
MINUTE = "a minute"
REFRESHES = 3
_TIMES_SMALLER = 10
_GOAL_ROWS = 1_000_000
"""The size for which the goal against REFRESH is set; what REFRESH costs follows the size."""
_TIMES_FASTER = 50
# No driver moves the stored time on by itself meanwhile.
_KEPT = Debounced(Debounce(quiet=0, max_wait=0), clock=365 * 86_400)

_CHANGES: Mapping[str, LiteralString] = {
    "items": "UPDATE {schema}.items SET score = (score + 1) % 97, state = (state + 1) % 4, note = note || '.',"
    " began_at = began_at + interval '1 s', due_at = due_at + interval '1 s', tags = tags[2:] || tags[1],"
    " facts = jsonb_set(facts, '{{size}}', to_jsonb((facts ->> 'size')::int + 1)) WHERE id % {step} = {round}",
    "archived": "UPDATE {schema}.archived SET score = (score + 1) % 89, state = (state + 1) % 3, note = note || '.'"
    " WHERE id % {step} = {round}",
    "payments": "UPDATE {schema}.payments SET amount = amount + 10 WHERE id % {step} = {round}",
    "accounts": "UPDATE {schema}.accounts SET name = name || '.', region = region + 1"
    " WHERE id % ({step} / 10) = {round}",
    "profiles": "UPDATE {schema}.profiles SET bio = bio || '.' WHERE account_id % ({step} / 10) = {round}",
}
"""Source -> how 100 rows of it change, spread over all; `round` makes each time different."""


@dataclass
class Times:
    """Milliseconds of each pair, and how many anchors were recomputed; -1 where the drain preferred all rows."""

    ours: list[float] = field(default_factory=list[float])
    ours_smaller: list[float] = field(default_factory=list[float])
    anchors: list[int] = field(default_factory=list[int])


@dataclass
class Measured:
    """A shape's figures.

    Attributes:
        times: source, or MINUTE -> times; `whole` those of the sources of which each change recomputes all rows.
        refresh: milliseconds of REFRESH MATERIALIZED VIEW CONCURRENTLY.
        wrong: rows that differ from the definition in the end.
    """

    times: dict[str, Times] = field(default_factory=dict[str, Times])
    whole: dict[str, Times] = field(default_factory=dict[str, Times])
    refresh: list[float] = field(default_factory=list[float])
    wrong: int = 0


def measure(
    url: str, rows: int, pairs: int, shapes: Sequence[Shape] = SHAPES
) -> tuple[list[Figure], dict[str, object]]:
    """Figures of all `shapes` in an empty database, and what stands behind them."""
    database = Database(url)
    copies = _Copy(url, database, "large", rows), _Copy(url, database, "smaller", rows // _TIMES_SMALLER)
    figures: list[Figure] = []
    details: dict[str, object] = {}
    for shape in shapes:
        began = time.monotonic()
        found = _measure(shape, *copies, pairs)
        figures += figures_of(shape, found, rows)
        details[shape.name] = asdict(found)
        print(f"{shape.name}: measured in {time.monotonic() - began:.0f} s", flush=True)
    database.close()
    return figures, details


def _measure(shape: Shape, large: _Copy, smaller: _Copy, pairs: int) -> Measured:
    sources = (*shape.by_key, *((MINUTE,) if shape.timed else ()))
    found = Measured({source: Times() for source in sources}, {source: Times() for source in shape.whole})
    with ExitStack() as stack:
        kept = [stack.enter_context(copy.keep(shape)) for copy in (large, smaller)]
        # The first round fills caches: the server's, and what the refresher keeps of the definition.
        for number in range(pairs + 1):
            for source in sources:
                _pair(kept, number, lambda one, n=number, of=source: one.drain(of, n), found.times[source])
            for source in shape.whole if number <= REFRESHES else ():
                _pair(kept, number, lambda one, n=number, of=source: one.recompute(of, n), found.whole[source])
            if number and number <= REFRESHES:
                # Last in a round, because what comes right after it finds the caches full of other things.
                found.refresh.append(kept[0].refresh_view())
        found.wrong = sum(one.wrong_rows() for one in kept)
    return found


def _pair(kept: Sequence[_Kept], number: int, done: Callable[[_Kept], tuple[float, int]], times: Times) -> None:
    taken = {one: done(one) for one in (kept if number % 2 else reversed(kept))}
    if number:
        large, smaller = (taken[one] for one in kept)
        times.ours.append(large[0])
        times.ours_smaller.append(smaller[0])
        times.anchors.append(large[1])


def figures_of(shape: Shape, found: Measured, rows: int) -> list[Figure]:
    """What was measured of a shape beside its goals, with so many `rows` in the larger tables."""
    refresh = median(found.refresh)
    figures: list[Figure] = []
    for source, times in found.times.items():
        name, ours = f"{shape.name}, {source}", median(times.ours)
        judged = not shape.growing or source == MINUTE
        goal = _TIMES_FASTER * rows / _GOAL_ROWS if judged else None
        ratio = median(one / other for one, other in zip(times.ours, times.ours_smaller, strict=True))
        label = f"{name}: {ours:,.1f} ms, REFRESH {refresh:,.0f} ms: times faster"
        figures += [
            Figure(label, refresh / ours, "x", at_least=goal),
            Figure(f"{name}: time against the smaller one", ratio, "x", at_most=1.5 if judged else None),
        ]
        if judged:
            figures.append(
                Figure(f"{name}: all rows recomputed instead", sum(anchors < 0 for anchors in times.anchors), at_most=0)
            )
    for source, times in found.whole.items():
        label = f"{shape.name}, {source} as a whole: {median(times.ours):,.0f} ms, REFRESH {refresh:,.0f} ms: time"
        figures.append(Figure(label, median(times.ours) / refresh, "x"))
    return [*figures, Figure(f"{shape.name}: wrong rows", found.wrong, at_most=0)]


class _Copy:
    """One copy of the tables."""

    def __init__(self, url: str, database: Database, schema: str, rows: int) -> None:
        self.url, self.database, self.schema, self.step = url, database, schema, rows // CHANGED
        self.run(b"DROP SCHEMA IF EXISTS denorm CASCADE")
        self.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
        self.run(create_tables(schema, rows))

    @contextmanager
    def keep(self, shape: Shape) -> Generator[_Kept]:
        """Keep `shape` alone, beside a materialized view `by_hand`, for the block."""
        definition = sql.SQL(cast(LiteralString, shape.definition.text))
        self.run(sql.SQL("SET search_path = {}; CREATE MATERIALIZED VIEW by_hand AS {}").format(self._name, definition))
        key = sql.SQL(", ").join(map(sql.Identifier, shape.key))
        self.run(sql.SQL("CREATE UNIQUE INDEX ON {}.by_hand ({})").format(self._name, key))
        system = shape.system(self.schema, _KEPT)
        try:
            bring_up(self.database, system)
            self.run(b"VACUUM ANALYZE")
            yield _Kept(self, system)
        finally:
            uninstall(self.database, system)
            self.run(sql.SQL("DROP MATERIALIZED VIEW {}.by_hand").format(self._name))

    @property
    def _name(self) -> sql.Identifier:
        return sql.Identifier(self.schema)

    def run(self, statement: bytes | sql.Composed) -> float:
        """Run it in a connection of its own; its milliseconds."""
        with psycopg.connect(self.url, autocommit=True, options="-c timezone=UTC") as connection:
            began = time.perf_counter()
            connection.execute(statement)
            return (time.perf_counter() - began) * 1000


class _Kept:
    """A live read model in one copy."""

    def __init__(self, copy: _Copy, system: System) -> None:
        self._copy, self._system = copy, system
        self._refresher = Refresher(copy.database, [system])

    def drain(self, source: str, number: int) -> tuple[float, int]:
        """Change 100 rows of `source`, or move the clock; milliseconds from the log to committed rows, and anchors.

        What moving the clock takes by itself counts.
        """
        moved = self._move_clock() if source == MINUTE else 0.0
        if source != MINUTE:
            self._change(source, number)
        began = time.perf_counter()
        looked = self._refresher.look()
        milliseconds = (time.perf_counter() - began) * 1000 + moved
        anchors = 0
        for done in looked:
            assert done.drained is not None, done
            assert not done.drained.quarantined, done
            anchors += -1 if done.drained.anchors is None else done.drained.anchors
        return milliseconds, anchors

    def recompute(self, source: str, number: int) -> tuple[float, int]:
        """Change 100 rows of `source`, and recompute all rows; milliseconds, and -1."""
        self._change(source, number)
        began = time.perf_counter()
        refresh_now(self._copy.database, self._system, self._system.read_models[0])
        return (time.perf_counter() - began) * 1000, -1

    def refresh_view(self) -> float:
        """Milliseconds of REFRESH MATERIALIZED VIEW CONCURRENTLY."""
        return self._copy.run(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {self._copy.schema}.by_hand".encode())

    def wrong_rows(self) -> int:
        """Rows in which the read model and its definition differ."""
        return sum(wrong_rows(self._copy.url, self._system).values())

    def _change(self, source: str, number: int) -> None:
        named = {"schema": self._copy.schema, "step": str(self._copy.step), "round": str(number)}
        self._copy.run(_CHANGES[source].format(**named).encode())

    def _move_clock(self) -> float:
        move = "SELECT denorm.move_clock(id, clock + interval '1 minute') FROM denorm.read_model WHERE system = {}"
        return self._copy.run(sql.SQL(move).format(self._system.name))
