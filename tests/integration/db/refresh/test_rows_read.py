"""What a drain reads: rows of the stale anchors, not all of a source or of the read model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.anchors import anchored
from denorm_assets.sql.statement import Statement
from tests.integration.db.conftest import MakeCase
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, account_id bigint, score int NOT NULL);
CREATE TABLE archived (id bigint PRIMARY KEY, account_id bigint, score int NOT NULL);
INSERT INTO items SELECT n, n / 10, n % 7 FROM generate_series(1, 20000) AS n;
INSERT INTO archived SELECT n, n / 10, n % 5 FROM generate_series(1, 20000) AS n;
CREATE INDEX ON items (account_id);
CREATE INDEX ON archived (account_id);
CREATE TABLE small (id int PRIMARY KEY, account_id int, score int NOT NULL);
INSERT INTO small SELECT n, n / 10, n % 3 FROM generate_series(1, 20000) AS n;
CREATE INDEX ON small (account_id);
CREATE VIEW open_items AS SELECT account_id, score FROM items EXCEPT SELECT account_id, score FROM archived;
"""
OPEN = "SELECT account_id, score FROM items EXCEPT SELECT account_id, score FROM archived"
BY_SCORE = "SELECT account_id, score, count(*) AS n FROM items GROUP BY account_id"
BEST = "(SELECT account_id, max(score) AS best FROM items GROUP BY account_id) AS m"
DEFINITIONS = {
    f"SELECT i.account_id, i.id, i.score FROM items AS i JOIN {BEST} ON m.account_id = i.account_id"
    " AND m.best = i.score": ("account_id", "id"),
    "SELECT i.account_id, i.id FROM items AS i WHERE (i.account_id, i.score) IN"
    " (SELECT x.account_id, max(x.score) FROM items AS x GROUP BY x.account_id)": ("account_id", "id"),
    "SELECT account_id, m.best, a.n"
    " FROM (SELECT account_id, max(score) AS best FROM items WHERE account_id >= 0 GROUP BY account_id) AS m FULL JOIN"
    " (SELECT account_id, count(*) AS n FROM archived WHERE account_id >= 0 GROUP BY account_id) AS a"
    " USING (account_id)": ("account_id",),
    "SELECT u.account_id, count(*) AS n FROM (SELECT account_id FROM items UNION ALL SELECT account_id FROM archived)"
    " AS u GROUP BY u.account_id": ("account_id",),
    OPEN: ("account_id", "score"),
    f"(SELECT account_id, score FROM small UNION ALL SELECT id, 0 FROM small WHERE false) UNION ({OPEN})": (
        "account_id",
        "score",
    ),
    f"SELECT u.account_id, count(*) AS n FROM ({OPEN}) AS u GROUP BY u.account_id": ("account_id",),
    f"SELECT a.account_id, a.id, u.n FROM archived AS a LEFT JOIN (SELECT o.account_id, count(*) AS n FROM ({OPEN})"
    " AS o GROUP BY o.account_id) AS u ON u.account_id = a.account_id": ("account_id", "id"),
    "SELECT o.account_id, max(o.score) AS best FROM open_items AS o GROUP BY o.account_id": ("account_id",),
    f"{BY_SCORE}, ROLLUP (score)": ("account_id", "score"),
    f"{BY_SCORE}, GROUPING SETS ((score), ())": ("account_id", "score"),
    "SELECT account_id, score, count(*) AS n FROM items GROUP BY GROUPING SETS ((account_id, score), (account_id))": (
        "account_id",
        "score",
    ),
    f"SELECT g.account_id, sum(g.n) AS n FROM ({BY_SCORE}, CUBE (score)) AS g GROUP BY g.account_id": ("account_id",),
    "SELECT u.account_id, count(*) AS n FROM (SELECT account_id FROM items UNION ALL SELECT account_id FROM small)"
    " AS u GROUP BY u.account_id": ("account_id",),
    "WITH b AS (SELECT account_id, max(score) AS best, count(*) AS n FROM items GROUP BY account_id)"
    " SELECT x.account_id, x.best, y.n FROM b AS x JOIN b AS y ON y.account_id = x.account_id": ("account_id",),
}
"""Definition -> key."""
FEW = "UPDATE items SET score = 9, account_id = account_id + 100000 WHERE id % 4000 = 3"
MORE = (
    "UPDATE archived SET account_id = NULL WHERE id IN (41, 42)",
    "UPDATE items SET account_id = NULL WHERE id BETWEEN 61 AND 75",
    "DELETE FROM items WHERE account_id = 77; DELETE FROM archived WHERE account_id = 77",
    "UPDATE items SET account_id = 78, score = 8 WHERE account_id IS NULL",
)


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW)], ids=["debounced", "realtime"])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_drain_few_anchors_read_no_table_as_a_whole(
    make_case: MakeCase, definition: str, refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = DEFINITIONS[definition]
    case = make_case(TABLES, definition, key=key, driving=(), refresh=refresh, apply=False)
    bring_up(case.database, case.system)
    case.run("VACUUM ANALYZE")
    staged: list[Statement] = []
    stage_rows = batch.stage_rows

    def noted(rows: Statement) -> Statement:
        staged.append(rows)
        return stage_rows(rows)

    monkeypatch.setattr(batch, "stage_rows", noted)
    case.write(FEW)
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors is not None
    case.assert_right()
    for write in MORE:
        case.write(write)
        assert {each.error for each in case.refresh_if_due()} <= {None}
        case.assert_right()
    [few, *_] = staged
    with case.database.session("app") as session:
        described = describe(session, case.system, case.model)
        several = len(described.anchor) > 1
        anchors = ['["5", "50"]', '["700", "7001"]'] if several else ["5", "700"]
        within = anchored(described, anchors, nulls=False)
        assert not scanned(query_plan(session, few))
        with session.transaction():
            session.execute(stage_rows(few))
            session.execute(batch.analyze_stage())
            assert case.model.name not in scanned(query_plan(session, batch.upsert(described, within)))
            assert case.model.name not in scanned(query_plan(session, batch.remove_stale(described, within)))


def scanned(plan: Mapping[str, Any]) -> set[str]:
    """The tables that are read from one end to the other."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
