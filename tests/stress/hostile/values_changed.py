"""A3: DDL after which rows have other values, or are gone, while names and types of columns are what they were."""

from __future__ import annotations

import time
from dataclasses import dataclass

from denorm_assets.db.capture.redefinitions import LONGEST_SECONDS_BETWEEN_LOOKS
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_ROWS = "FROM generate_series(1, 12) AS g"
"""What {rows} stands for; {t} is a table of the change's own."""


@dataclass(frozen=True)
class _Change:
    """What is there, what a read model shows of it, and the DDL; `since` is the first version that has it."""

    setup: str
    text: str
    ddl: str
    since: int = 15


_CHANGES = {
    "retyped": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, price numeric); INSERT INTO {t} SELECT g, g * 100 {rows}",
        "SELECT id, price FROM {t}",
        "ALTER TABLE {t} ALTER COLUMN price TYPE numeric USING price / 100",
    ),
    "moved_in_time": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, at timestamptz);"
        "INSERT INTO {t} SELECT g, '2024-01-01 12:00+00'::timestamptz + g * interval '1 h' {rows}",
        "SELECT id, at FROM {t}",
        "ALTER TABLE {t} ALTER COLUMN at TYPE timestamptz USING (at AT TIME ZONE 'UTC') AT TIME ZONE 'Asia/Tokyo'",
    ),
    "expressed": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);"
        "INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, twice FROM {t}",
        "ALTER TABLE {t} ALTER COLUMN twice SET EXPRESSION AS (n * 3)",
        since=17,
    ),
    "virtual": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL);"
        "INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, twice FROM {t}",
        "ALTER TABLE {t} ALTER COLUMN twice SET EXPRESSION AS (n * 3)",
        since=18,
    ),
    "regenerated": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);"
        "INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, twice FROM {t}",
        "ALTER TABLE {t} DROP COLUMN twice, ADD COLUMN twice int GENERATED ALWAYS AS (n * 3) STORED",
    ),
    "readded": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, a FROM {t}",
        "ALTER TABLE {t} DROP COLUMN a; ALTER TABLE {t} ADD COLUMN a int DEFAULT 5",
    ),
    "swapped": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, a int, b int); INSERT INTO {t} SELECT g, g, -g {rows}",
        "SELECT id, a FROM {t}",
        "ALTER TABLE {t} RENAME a TO c; ALTER TABLE {t} RENAME b TO a; ALTER TABLE {t} RENAME c TO b",
    ),
    "respelled": _Change(
        "CREATE TYPE {t}_colour AS ENUM ('red', 'blue'); CREATE TABLE {t} (id int PRIMARY KEY, c {t}_colour);"
        "INSERT INTO {t} SELECT g, 'red' {rows}",
        "SELECT id, c::text AS c FROM {t}",
        "ALTER TYPE {t}_colour RENAME VALUE 'red' TO 'rouge'",
    ),
    "recomputed": _Change(
        "CREATE FUNCTION {t}_priced(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';"
        "CREATE TABLE {t} (id int PRIMARY KEY, n int); INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, {t}_priced(n) AS price FROM {t}",
        "CREATE OR REPLACE FUNCTION {t}_priced(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 3'",
    ),
    "viewed": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int); INSERT INTO {t} SELECT g, g {rows};"
        "CREATE VIEW {t}_seen AS SELECT id, n FROM {t} WHERE n > 3",
        "SELECT id, n FROM {t}_seen",
        "CREATE OR REPLACE VIEW {t}_seen AS SELECT id, n FROM {t} WHERE n > 6",
    ),
    "collated": _Change(
        'CREATE TABLE {t} (id int PRIMARY KEY, g int, s text COLLATE "C");'
        "INSERT INTO {t} VALUES (1, 1, 'a'), (2, 1, 'B'), (3, 2, 'b'), (4, 2, 'C')",
        "SELECT g AS id, min(s) AS least FROM {t} GROUP BY g",
        'ALTER TABLE {t} ALTER COLUMN s TYPE text COLLATE "en-x-icu"',
    ),
    "detached": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);"
        "CREATE TABLE {t}_low PARTITION OF {t} FOR VALUES FROM (0) TO (6);"
        "CREATE TABLE {t}_high PARTITION OF {t} FOR VALUES FROM (6) TO (100);"
        "INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, n FROM {t}",
        "ALTER TABLE {t} DETACH PARTITION {t}_low",
    ),
    "dropped": _Change(
        "CREATE TABLE {t} (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);"
        "CREATE TABLE {t}_low PARTITION OF {t} FOR VALUES FROM (0) TO (6);"
        "CREATE TABLE {t}_high PARTITION OF {t} FOR VALUES FROM (6) TO (100);"
        "INSERT INTO {t} SELECT g, g {rows}",
        "SELECT id, n FROM {t}",
        "DROP TABLE {t}_low",
    ),
}


@scenario("A3", (18, 15))
def ddl_changes_values(arena: Arena) -> None:
    """Retyped by USING, another expression, dropped and added again, renamed crosswise, redefined, detached."""
    changes = {name: change for name, change in _CHANGES.items() if arena.realm.version >= change.since}
    if not arena.has_icu():
        del changes["collated"]
    models: list[ReadModel] = []
    for name, change in changes.items():
        # Tables of their own: a materialized view keeps PostgreSQL from altering what it shows.
        for kind, refresh in (("kept", None), ("view", Full(OFTEN))):
            table = f"{name}_{kind}"
            arena.prepare(change.setup.replace("{t}", table).replace("{rows}", _ROWS))
            models.append(arena.model(f"of_{table}", change.text.replace("{t}", table), refresh=refresh))
    adopted = {model.name for model in arena.adopt_each(*models)}
    arena.settle()
    for name, change in changes.items():
        if f"of_{name}_kept" in adopted:
            arena.run(change.ddl.replace("{t}", f"{name}_kept"), APP_OWNER)
        if f"of_{name}_view" in adopted:
            # PostgreSQL may refuse it because of the view, which `plan` says.
            arena.attempt(change.ddl.replace("{t}", f"{name}_view"), APP_OWNER)
    # Drivers look at the catalog now and then; what they notice is pending then.
    time.sleep(LONGEST_SECONDS_BETWEEN_LOOKS + 1)
    arena.settle()
