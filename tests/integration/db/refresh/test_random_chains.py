"""Read models over each other, drawn at random: over several systems, through views, of all kinds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.db.conftest import MakeCase
from tests.support.case import QUICK, Case
from tests.support.live import AGREED, pending, wrong_rows

_AT_ONCE = Debounce(quiet=0, max_wait=0)
_KINDS = (Debounced(_AT_ONCE), Debounced(_AT_ONCE), Realtime(_AT_ONCE), Full(_AT_ONCE))
_SCHEMAS = ("app", "stats", "more")
_TABLES = """
CREATE SCHEMA stats;
CREATE SCHEMA more;
CREATE TABLE games (id bigint PRIMARY KEY, player int NOT NULL, points bigint NOT NULL);
CREATE TABLE bonus (id bigint PRIMARY KEY, player int NOT NULL, points bigint NOT NULL);
INSERT INTO games SELECT n, n % 8 + 1, n FROM generate_series(1, 64) AS n;
INSERT INTO bonus SELECT n, n % 5 + 1, n * 3 FROM generate_series(1, 64, 3) AS n;
"""
_SHAPES = (
    "SELECT a.id, a.player, a.points + {n} AS points FROM {a} AS a WHERE a.points % 7 <> {n}",
    "SELECT a.id, b.player, a.points + coalesce(b.points, {n}) AS points FROM {a} AS a LEFT JOIN {b} AS b USING (id)",
    "SELECT a.id, a.player, a.points - b.points AS points FROM {a} AS a JOIN {b} AS b ON b.id = a.id",
    "SELECT a.player::bigint AS id, a.player, sum(a.points + {n})::bigint AS points FROM {a} AS a GROUP BY a.player",
    "SELECT a.id, a.player, (SELECT count(*) FROM {b} AS b WHERE b.player = a.player) + {n} AS points FROM {a} AS a",
    "SELECT a.id, a.player, max(a.points) OVER (PARTITION BY a.player) + {n} AS points FROM {a} AS a",
)


@dataclass
class Drawn:
    """Some systems with read models over each other.

    Attributes:
        read: what a definition may read: tables, read models, and views over these.
        drives: those of them that have an ID for ranges.
        models: read model -> its system's schema, each after those that it reads.
    """

    chosen: random.Random
    case: Case
    folder: Path
    read: list[str] = field(default_factory=lambda: ["app.games", "app.bonus"])
    drives: list[str] = field(default_factory=lambda: ["app.games", "app.bonus"])
    models: dict[ReadModel, str] = field(default_factory=dict[ReadModel, str])

    @property
    def systems(self) -> list[System]:
        """In an order that says nothing."""
        found = [
            System(f"of_{schema}", schema, (Phase("phase_1", models),))
            for schema in _SCHEMAS
            if (models := tuple(model for model, of in self.models.items() if of == schema))
        ]
        self.chosen.shuffle(found)
        return found

    def add(self) -> None:
        """Another read model, loaded, and at times a view over it."""
        number, schema = len(self.models), self.chosen.choice(_SCHEMAS)
        # Mostly over the newest, so that chains become long; twice over the same is a diamond.
        a, b = self.chosen.choice(self.read[-3:]), self.chosen.choice(self.read)
        text = self.chosen.choice(_SHAPES).format(a=a, b=b, n=self.chosen.randint(0, 3))
        path = self.folder / f"model_{number}.sql"
        path.write_text(text)
        model = ReadModel(f"model_{number}", SqlFile(path), ("id",), refresh=self.chosen.choice(_KINDS))
        ranged = a in self.drives and not model.is_view and "GROUP" not in text and self.chosen.random() < 0.4
        if ranged:
            model = replace(model, backfill=IdRanges(f"{a}.id"))
        self.models[model] = schema
        system = next(each for each in self.systems if each.schema == schema)
        apply_system(self.case.database, system, AGREED)
        if ranged:
            assert list(ModelLoader(self.case.database, system, model, QUICK).load_ids(None, None))
            finish_model(self.case.database, system, model)
        else:
            refresh_now(self.case.database, system, model)
        name = f"{schema}.{model.name}"
        self.read.append(name)
        self.drives.append(name)
        if self.chosen.random() < 0.5:
            view = f"app.shown_{number}"
            self.case.write(f"CREATE VIEW {view} AS SELECT id, player, points FROM {name} WHERE id % 11 <> 3")
            self.read.append(view)

    def change(self) -> None:
        """A transaction of the application."""
        table, n = self.chosen.choice(("games", "bonus")), self.chosen.randint(1, 70)
        self.case.write(
            self.chosen.choice(
                (
                    f"UPDATE {table} SET points = points + {n} WHERE id % 5 = {n % 5}",
                    f"UPDATE {table} SET player = player % 8 + 1 WHERE id < {n}",
                    f"DELETE FROM {table} WHERE id % 9 = {n % 9}",
                    f"INSERT INTO {table} VALUES ({n + 100}, {n % 9}, {n}), ({n + 200}, 3, 1) ON CONFLICT DO NOTHING",
                    f"UPDATE {table} SET id = id + 1000 WHERE id = {n}",
                    f"TRUNCATE {table}",
                )
            )
        )

    def redeclare(self) -> None:
        """Another definition or kind of one read model; each system is applied, whatever the order."""
        model = self.chosen.choice([*self.models])
        kind = self.chosen.choice(_KINDS) if not model.driving else model.refresh
        path = model.definition.path
        path.write_text(path.read_text().replace(" AS points FROM", " + 1 AS points FROM"))
        changed = replace(model, refresh=kind)
        self.models = {changed if each is model else each: schema for each, schema in self.models.items()}
        for _ in _SCHEMAS:
            for system in self.systems:
                apply_system(self.case.database, system, AGREED)

    def settle(self) -> None:
        """Look until nothing is pending. Raises AssertionError where that does not end, or a refresh fails."""
        refresher = Refresher(self.case.database, self.systems)
        for _ in range(len(self.models) + 2):
            failed = [found.error for found in refresher.look() if found.error]
            assert failed == []
            if pending(self.case.url) == 0:
                return
        raise AssertionError(f"never at rest: {self.case.rows('SELECT * FROM denorm.pending')}")

    def judge(self, when: str) -> None:
        """Raises AssertionError where a read model differs from its definition, or is not live."""
        wrong = {name: n for each in self.systems for name, n in wrong_rows(self.case.url, each).items() if n}
        assert wrong == {}, f"{when}: {self}"
        states = "SELECT system, name, state FROM denorm.read_model WHERE state <> 'live'"
        assert self.case.rows(states) == [], f"{when}: {self}"

    def __str__(self) -> str:
        return "\n".join(
            f"{schema}.{model.name} {type(model.refresh).__name__} {model.definition.path.read_text()}"
            for model, schema in self.models.items()
        )


def _drawn(make_case: MakeCase, folder: Path, seed: int) -> Drawn:
    return Drawn(random.Random(seed), make_case(_TABLES, "SELECT id FROM games", apply=False), folder)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(11))
def test_random_chain_across_systems_is_right_at_rest(make_case: MakeCase, tmp_path: Path, seed: int) -> None:
    drawn = _drawn(make_case, tmp_path, seed)
    for _ in range(drawn.chosen.randint(4, 7)):
        drawn.add()
    drawn.judge("as loaded")
    steps: Sequence[str] = drawn.chosen.choices(("change", "redeclare"), (4, 1), k=6)
    for number, step in enumerate(steps):
        getattr(drawn, step)()
        if number % 2:
            drawn.change()
        drawn.settle()
        drawn.judge(f"after {step} {number}")
