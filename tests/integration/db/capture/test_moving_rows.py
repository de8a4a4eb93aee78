"""Statements that change rows of a partitioned source, and may move them: each is judged by the oracle, by itself."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from denorm_assets.model.refresh import Debounce, Debounced
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
SUMS = "SELECT grp, count(*) AS rows, sum(n) AS n FROM pt GROUP BY grp"
"""A row leaves one group and enters another: a lost image of either leaves a group wrong."""
TABLES = """
CREATE TABLE groups (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO groups SELECT n, 'group ' || n FROM generate_series(1, 100) AS n;
CREATE TABLE pt (id int NOT NULL, grp int NOT NULL REFERENCES groups ON UPDATE CASCADE ON DELETE CASCADE, n int,
    PRIMARY KEY (id, grp)) PARTITION BY RANGE (grp);
CREATE TABLE pt_low PARTITION OF pt FOR VALUES FROM (1) TO (5);
CREATE TABLE pt_mid (n int, gone text, grp int NOT NULL, id int NOT NULL) PARTITION BY LIST (grp);
ALTER TABLE pt_mid DROP COLUMN gone;
ALTER TABLE pt ATTACH PARTITION pt_mid FOR VALUES FROM (5) TO (20);
CREATE TABLE pt_odd (id int NOT NULL, n int, grp int NOT NULL);
ALTER TABLE pt_mid ATTACH PARTITION pt_odd FOR VALUES IN (5, 7, 9, 11);
CREATE TABLE pt_even PARTITION OF pt_mid FOR VALUES IN (6, 8, 10, 12);
CREATE TABLE pt_rest PARTITION OF pt DEFAULT;
INSERT INTO pt SELECT n, n % 12 + 1, n FROM generate_series(1, 240) AS n;
CREATE FUNCTION moved(which int, into_group int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    UPDATE app.pt SET grp = into_group WHERE id = which;
    RETURN into_group;
END $$;
"""
MERGE = "MERGE INTO pt USING (SELECT generate_series({0}, {1}) AS id) AS s ON pt.id = s.id "
STATEMENTS = {
    "a move": MERGE.format(1, 1) + "WHEN MATCHED THEN UPDATE SET grp = 7",
    "many moves": MERGE.format(1, 60) + "WHEN MATCHED THEN UPDATE SET grp = pt.grp % 12 + 1",
    "in place": MERGE.format(1, 60) + "WHEN MATCHED THEN UPDATE SET n = pt.n + 1",
    "nothing": MERGE.format(1, 60) + "WHEN MATCHED THEN DO NOTHING",
    "no row": MERGE.format(9000, 9001) + "WHEN MATCHED THEN UPDATE SET grp = 7",
    "moves and stays": MERGE.format(1, 40)
    + "WHEN MATCHED AND s.id % 2 = 0 THEN UPDATE SET grp = pt.grp % 12 + 1 WHEN MATCHED THEN UPDATE SET n = 0",
    "moves and inserts": MERGE.format(231, 250) + "WHEN MATCHED THEN UPDATE SET grp = pt.grp % 12 + 1"
    " WHEN NOT MATCHED THEN INSERT (id, grp, n) VALUES (s.id, 6, 1)",
    "moves and deletes": MERGE.format(41, 60)
    + "WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET grp = pt.grp % 12 + 1",
    "everything": MERGE.format(221, 260) + "WHEN MATCHED AND s.id % 3 = 0 THEN DELETE"
    " WHEN MATCHED AND s.id % 3 = 1 THEN UPDATE SET grp = 50 WHEN MATCHED AND s.id % 2 = 0 THEN UPDATE SET n = -1"
    " WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id, grp, n) VALUES (s.id, 6, 1)",
    "deletes": MERGE.format(61, 65) + "WHEN MATCHED THEN DELETE",
    "inserts": MERGE.format(401, 405) + "WHEN NOT MATCHED THEN INSERT (id, grp, n) VALUES (s.id, 11, 1)",
    "a middle partition": "MERGE INTO pt_mid USING (SELECT generate_series(1, 99) AS id) AS s ON pt_mid.id = s.id"
    " WHEN MATCHED AND pt_mid.grp < 12 THEN UPDATE SET grp = pt_mid.grp + 1",
    "a leaf": "MERGE INTO pt_odd USING (SELECT generate_series(1, 99) AS id) AS s ON pt_odd.id = s.id"
    " WHEN MATCHED THEN UPDATE SET n = 5, grp = CASE pt_odd.grp WHEN 5 THEN 7 ELSE 5 END",
    "a CTE changes other rows in place": "WITH u AS (UPDATE pt SET n = 1 WHERE id = 100 RETURNING id) "
    + MERGE.format(101, 110)
    + "WHEN MATCHED THEN UPDATE SET grp = 60",
    "a CTE moves other rows": "WITH u AS (UPDATE pt SET grp = 61 WHERE id = 111 RETURNING id) "
    + MERGE.format(112, 113)
    + "WHEN MATCHED THEN UPDATE SET grp = 62",
    "a CTE deletes and inserts": "WITH d AS (DELETE FROM pt WHERE id = 114 RETURNING id),"
    " i AS (INSERT INTO pt VALUES (901, 4, 4) RETURNING id) "
    + MERGE.format(115, 116)
    + "WHEN MATCHED THEN UPDATE SET grp = 63",
    "a function moves other rows meanwhile": MERGE.format(120, 125)
    + "WHEN MATCHED THEN UPDATE SET grp = moved(pt.id + 10, 64)",
    "several statements": "BEGIN; UPDATE pt SET n = 1 WHERE id = 140;"
    + MERGE.format(141, 142)
    + "WHEN MATCHED THEN UPDATE SET grp = 65; INSERT INTO pt VALUES (902, 4, 4); COMMIT",
    "after a savepoint that failed": "DO $$ BEGIN BEGIN UPDATE app.pt SET grp = 66 WHERE id = 143; PERFORM 1 / 0;"
    " EXCEPTION WHEN division_by_zero THEN NULL; END; MERGE INTO app.pt USING (VALUES (144)) AS s (id) ON pt.id = s.id"
    " WHEN MATCHED THEN UPDATE SET grp = 67; END $$",
    "settings of the same name mean nothing": "SET denorm.moving = ''; SET denorm.moved = ''; "
    + MERGE.format(145, 146)
    + "WHEN MATCHED THEN UPDATE SET grp = 68; RESET denorm.moving; RESET denorm.moved",
    "UPDATE moves": "UPDATE pt SET grp = grp % 12 + 1 WHERE id BETWEEN 71 AND 90",
    "UPDATE FROM moves": "UPDATE pt SET grp = s.g FROM (VALUES (150, 69), (151, 2), (152, 70)) AS s (id, g)"
    " WHERE s.id = pt.id",
    "UPDATE moves into the default": "UPDATE pt SET grp = 40 WHERE id BETWEEN 91 AND 95",
    "UPDATE of a middle partition moves": "UPDATE pt_mid SET grp = grp + 1 WHERE grp < 12",
    "UPDATE of a leaf": "UPDATE pt_odd SET n = 8, grp = 5 WHERE grp = 7",
    "upsert": "INSERT INTO pt SELECT id, grp, 5 FROM pt WHERE id BETWEEN 155 AND 160 UNION ALL VALUES (905, 3, 3)"
    " ON CONFLICT (id, grp) DO UPDATE SET n = excluded.n",
    "CTE deletes and inserts again": "WITH gone AS (DELETE FROM pt WHERE id BETWEEN 161 AND 165 RETURNING *)"
    " INSERT INTO pt SELECT id, grp % 12 + 1, n FROM gone",
    "CTE updates two partitions": "WITH low AS (UPDATE pt_low SET n = -2 RETURNING id) UPDATE pt_mid SET n = -3",
    "cascade of an update moves": "UPDATE groups SET id = 199 WHERE id = 3",
    "cascade of a deletion": "DELETE FROM groups WHERE id = 4",
    "MERGE whose cascade moves": "MERGE INTO groups USING (VALUES (5)) AS s (id) ON groups.id = s.id"
    " WHEN MATCHED THEN UPDATE SET id = 198",
    "TRUNCATE of a leaf": "TRUNCATE pt_even",
    "TRUNCATE": "TRUNCATE pt",
}
FROM_17 = {
    "not matched by source": MERGE.format(1, 200)
    + "WHEN NOT MATCHED BY SOURCE AND pt.id % 2 = 0 THEN UPDATE SET grp = 71 WHEN NOT MATCHED BY SOURCE THEN DELETE"
    " WHEN MATCHED AND s.id < 20 THEN UPDATE SET grp = 72",
    "in a CTE": f"WITH m AS ({MERGE.format(1, 9)} WHEN MATCHED THEN UPDATE SET grp = 73 RETURNING pt.id)"
    " UPDATE pt SET n = 9 WHERE id BETWEEN 100 AND 110",
    "two in CTEs": f"WITH m AS ({MERGE.format(11, 19)} WHEN MATCHED THEN UPDATE SET grp = 74 RETURNING pt.id),"
    f" o AS ({MERGE.format(21, 29)} WHEN MATCHED AND s.id > 24 THEN DELETE"
    " WHEN MATCHED THEN UPDATE SET n = 3 RETURNING pt.id)"
    " SELECT count(*) FROM m, o",
}
TRIGGERS = {
    "nothing": "SELECT 1",
    "moves the row": """
        CREATE FUNCTION sends() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.grp := NEW.grp % 12 + 1; RETURN NEW; END $$;
        CREATE TRIGGER zzz BEFORE UPDATE ON pt FOR EACH ROW WHEN (NEW.id % 3 = 0) EXECUTE FUNCTION sends();""",
    "changes what arrives": """
        CREATE FUNCTION marks() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.n := coalesce(NEW.n, 0) + 100; RETURN NEW; END $$;
        CREATE TRIGGER zzz BEFORE INSERT ON pt FOR EACH ROW EXECUTE FUNCTION marks();""",
    "keeps rows from leaving and arriving": """
        CREATE FUNCTION holds() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER aaa BEFORE DELETE ON pt FOR EACH ROW WHEN (OLD.id % 5 = 0) EXECUTE FUNCTION holds();
        CREATE TRIGGER zzz BEFORE INSERT ON pt FOR EACH ROW WHEN (NEW.id % 7 = 0) EXECUTE FUNCTION holds();""",
    "writes other rows": """
        CREATE FUNCTION touches() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF pg_trigger_depth() = 1 THEN
                UPDATE app.pt SET grp = grp % 12 + 1 WHERE id = OLD.id + 1 AND id % 4 = 0;
                INSERT INTO app.pt VALUES (OLD.id + 1000, 3, 1) ON CONFLICT DO NOTHING;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER mmm AFTER UPDATE ON pt FOR EACH ROW EXECUTE FUNCTION touches();
        CREATE TRIGGER nnn BEFORE UPDATE ON pt FOR EACH ROW WHEN (NEW.id % 2 = 0) EXECUTE FUNCTION touches();""",
}


LEAVES = ("a leaf", "UPDATE of a leaf", "UPDATE of a middle partition moves", "CTE updates two partitions", "upsert")
FAIL = {"moves the row": LEAVES}
"""Statements that PostgreSQL refuses because a trigger moves a row further than it may go."""


def live(make_case: MakeCase, more: str = "") -> Case:
    case = make_case(TABLES + more, SUMS, key=("grp",), driving=("pt.grp",), refresh=AT_ONCE)
    case.load()
    case.finish()
    case.refresh()
    case.assert_right()
    return case


def wrong_after_each(
    case: Case, statements: dict[str, str], fails: Sequence[str] = (), sums: str = SUMS
) -> dict[str, object]:
    """What is wrong after which statement, each of them begun with right rows. PostgreSQL refuses those in `fails`."""
    wrong: dict[str, object] = {}
    for what, statement in statements.items():
        with case.connect() as connection:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                if what not in fails:
                    wrong[f"{what}: {error}"] = None
        case.refresh_if_due()
        if found := case.differences():
            wrong[what] = found
            case.run(f"TRUNCATE links; INSERT INTO links {sums}")
    return wrong


def statements_of(case: Case) -> dict[str, str]:
    version = int(case.value("SHOW server_version_num"))
    return STATEMENTS | (FROM_17 if version >= 170000 else {}) | {"TRUNCATE": STATEMENTS["TRUNCATE"]}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_capture_any_statement_moving_partitioned_rows_keeps_rows_right(make_case: MakeCase, trigger: str) -> None:
    case = live(make_case, TRIGGERS[trigger])
    assert wrong_after_each(case, statements_of(case), FAIL.get(trigger, ())) == {}
    assert [name for name, result in case.checks().items() if not result.passed] == []
