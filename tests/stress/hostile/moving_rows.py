"""A2: statements that move rows of a partitioned source to another partition."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TABLE groups (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO groups SELECT n, 'group ' || n FROM generate_series(1, 60) AS n;
CREATE TABLE pt (id int NOT NULL, grp int NOT NULL REFERENCES groups ON UPDATE CASCADE, n int NOT NULL,
    PRIMARY KEY (id, grp)) PARTITION BY RANGE (grp);
CREATE TABLE pt_low PARTITION OF pt FOR VALUES FROM (1) TO (5);
CREATE TABLE pt_mid PARTITION OF pt FOR VALUES FROM (5) TO (20) PARTITION BY LIST (grp);
CREATE TABLE pt_mid_odd PARTITION OF pt_mid FOR VALUES IN (5, 7, 9, 11);
CREATE TABLE pt_mid_even PARTITION OF pt_mid FOR VALUES IN (6, 8, 10, 12);
CREATE TABLE pt_rest PARTITION OF pt DEFAULT;
CREATE INDEX ON pt (id);
INSERT INTO pt SELECT n, n % 12 + 1, n FROM generate_series(1, 240) AS n;
"""
# Each touches rows of its own, so that none heals what another one broke.
_STATEMENTS = {
    "MERGE moves one row": "MERGE INTO pt USING (VALUES (1)) AS n (id) ON pt.id = n.id"
    " WHEN MATCHED THEN UPDATE SET grp = 7",
    "MERGE moves many": "MERGE INTO pt USING (SELECT generate_series(11, 20) AS id) AS n ON pt.id = n.id"
    " WHEN MATCHED THEN UPDATE SET grp = pt.grp % 12 + 1",
    "MERGE moves some and leaves others": "MERGE INTO pt USING (SELECT generate_series(21, 30) AS id) AS n"
    " ON pt.id = n.id WHEN MATCHED AND pt.id % 2 = 0 THEN UPDATE SET grp = pt.grp % 12 + 1"
    " WHEN MATCHED THEN UPDATE SET n = 0",
    "MERGE does everything at once": "MERGE INTO pt USING (SELECT generate_series(231, 250) AS id) AS n"
    " ON pt.id = n.id WHEN MATCHED AND pt.id % 3 = 0 THEN DELETE"
    " WHEN MATCHED AND pt.id % 3 = 1 THEN UPDATE SET grp = 50"
    " WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (n.id, 6, 1)",
    "MERGE only deletes": "MERGE INTO pt USING (SELECT generate_series(41, 45) AS id) AS n ON pt.id = n.id"
    " WHEN MATCHED THEN DELETE",
    "MERGE only inserts": "MERGE INTO pt USING (SELECT generate_series(401, 405) AS id) AS n ON pt.id = n.id"
    " WHEN NOT MATCHED THEN INSERT VALUES (n.id, 11, 1)",
    "MERGE into a partitioned partition": "MERGE INTO pt_mid USING (SELECT generate_series(51, 70) AS id) AS n"
    " ON pt_mid.id = n.id WHEN MATCHED AND pt_mid.grp IN (5, 6, 7) THEN UPDATE SET grp = pt_mid.grp + 1",
    "UPDATE moves": "UPDATE pt SET grp = grp % 12 + 1 WHERE id BETWEEN 71 AND 90",
    "UPDATE moves into the default": "UPDATE pt SET grp = 40 WHERE id BETWEEN 91 AND 95",
    "UPDATE of a partition": "UPDATE pt_low SET n = -1 WHERE id BETWEEN 96 AND 110",
    "UPDATE of a partition moves within": "UPDATE pt_mid SET grp = 12 WHERE id BETWEEN 111 AND 125",
    "DELETE of a partition": "DELETE FROM pt_low WHERE id BETWEEN 126 AND 140",
    "upsert": "INSERT INTO pt SELECT id, grp, 5 FROM pt WHERE id BETWEEN 141 AND 150"
    " ON CONFLICT (id, grp) DO UPDATE SET n = excluded.n",
    "CTE moves by deletion and insertion": "WITH gone AS (DELETE FROM pt WHERE id BETWEEN 151 AND 160 RETURNING *)"
    " INSERT INTO pt SELECT id, grp % 12 + 1, n FROM gone",
    "CTE updates two partitions": "WITH low AS (UPDATE pt_low SET n = -2 WHERE id BETWEEN 161 AND 180 RETURNING id)"
    " UPDATE pt_mid SET n = -3 WHERE id BETWEEN 161 AND 180",
    "cascade of a foreign key": "UPDATE groups SET id = 99 WHERE id = 3",
    "cascade moves": "UPDATE groups SET id = 98 WHERE id = 40",
    "INSERT into a partition": "INSERT INTO pt_mid_odd VALUES (501, 9, 1)",
}
_FROM_17 = {
    "MERGE deletes what has no source": "MERGE INTO pt USING (SELECT generate_series(1, 1000) AS id) AS n"
    " ON pt.id = n.id WHEN NOT MATCHED BY SOURCE THEN DELETE"
    " WHEN MATCHED AND pt.id BETWEEN 191 AND 200 THEN UPDATE SET grp = 8",
    "MERGE returns": "WITH m AS (MERGE INTO pt USING (SELECT generate_series(201, 205) AS id) AS n ON pt.id = n.id"
    " WHEN MATCHED THEN UPDATE SET grp = 10 RETURNING merge_action(), pt.id) SELECT count(*) FROM m",
}


@scenario("A2", (18, 15))
def rows_move_between_partitions(arena: Arena) -> None:
    """MERGE, UPDATE and cascades move rows of a partitioned source."""
    arena.prepare(_TABLES)
    named = "SELECT p.id, p.n, g.name FROM pt AS p JOIN groups AS g ON g.id = p.grp"
    arena.adopt_each(
        arena.model("pt_copy", "SELECT id, grp, n FROM pt"),
        arena.model("pt_now", "SELECT id, grp, n FROM pt", refresh=Realtime(OFTEN)),
        arena.model("pt_sums", "SELECT grp, count(*) AS rows, sum(n) AS n FROM pt GROUP BY grp", key=("grp",)),
        arena.model("pt_named", named),
        arena.model("pt_ranks", "SELECT id, rank() OVER (ORDER BY grp, id) AS place FROM pt", refresh=Full(OFTEN)),
    )
    statements = {**_STATEMENTS, **(_FROM_17 if arena.realm.version >= 17 else {})}
    for what, statement in statements.items():
        arena.run(statement)
        # Judged one by one: what the next one logs would make up for what this one did not.
        before = arena.outcome.wrong.total()
        if arena.judge_rows():
            arena.outcome.notes.append(f"{what}: {arena.outcome.wrong.total() - before} rows wrong")
            arena.command("reconcile", "shop", "--repair", "--max-share", "1")
