"""Sources that are partitions or children of other tables: statements on those write to them, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.model.system import Phase
from tests.integration.db.capture.test_moving_rows import AT_ONCE, STATEMENTS, TABLES, wrong_after_each
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, system_of

SUMS = "SELECT grp, count(*) AS rows, sum(n) AS n FROM {0} GROUP BY grp"
INHERITED = """
CREATE TABLE pt (id int NOT NULL, grp int NOT NULL, n int);
CREATE TABLE pt_mid (note text) INHERITS (pt);
CREATE TABLE pt_odd () INHERITS (pt_mid);
CREATE TABLE pt_other () INHERITS (pt);
INSERT INTO pt SELECT n, n % 12 + 1, n FROM generate_series(1, 100) AS n;
INSERT INTO pt_mid SELECT n, n % 12 + 1, n, 'mid' FROM generate_series(101, 200) AS n;
INSERT INTO pt_odd SELECT n, n % 12 + 1, n, 'odd' FROM generate_series(201, 300) AS n;
"""
ON_ROOT = {
    "UPDATE": "UPDATE pt SET n = n + 1",
    "UPDATE moves in and out": "UPDATE pt SET grp = grp % 12 + 1 WHERE id % 3 = 0",
    "MERGE moves in and out": "MERGE INTO pt USING (SELECT generate_series(1, 90) AS id) AS s ON pt.id = s.id"
    " WHEN MATCHED AND s.id > 80 THEN DELETE WHEN MATCHED THEN UPDATE SET grp = pt.grp % 12 + 1",
    "INSERT": "INSERT INTO pt VALUES (900, 5, 1), (901, 6, 1), (902, 1, 1)",
    "DELETE": "DELETE FROM pt WHERE id % 10 = 0",
    "in the replica role": "SET session_replication_role = replica;"
    " UPDATE pt SET grp = grp % 12 + 1, n = 7 WHERE id % 7 = 0",
    "of its own": "{own}",
    "TRUNCATE": "TRUNCATE pt",
}


def live(make_case: MakeCase, ddl: str, source: str) -> Case:
    case = make_case(ddl, SUMS.format(source), key=("grp",), driving=(f"{source}.grp",), refresh=AT_ONCE)
    case.load()
    case.finish()
    case.refresh()
    case.assert_right()
    return case


@pytest.mark.parametrize("source", ["pt_mid", "pt_odd"])
@pytest.mark.parametrize("ddl", [TABLES, INHERITED], ids=["partitions", "children"])
def test_capture_statement_on_parent_table_is_captured(make_case: MakeCase, ddl: str, source: str) -> None:
    case = live(make_case, ddl, source)
    own = f"UPDATE {source} SET n = 8, grp = CASE grp WHEN 5 THEN 7 ELSE grp END"
    statements = {what: statement.format(own=own) for what, statement in ON_ROOT.items()}
    assert wrong_after_each(case, statements, sums=SUMS.format(source)) == {}
    assert [name for name, result in case.checks().items() if not result.passed] == []


@pytest.mark.parametrize("ddl", [TABLES, INHERITED], ids=["partitions", "children"])
def test_kept_fresh_source_attached_to_parent_fails_until_apply(make_case: MakeCase, ddl: str) -> None:
    detach = "ALTER TABLE pt DETACH PARTITION pt_rest" if ddl == TABLES else "ALTER TABLE pt_other NO INHERIT pt"
    attach = "ALTER TABLE pt ATTACH PARTITION pt_rest DEFAULT" if ddl == TABLES else "ALTER TABLE pt_other INHERIT pt"
    source = "pt_rest" if ddl == TABLES else "pt_other"
    case = live(make_case, f"{ddl} {detach};", source)
    case.write(attach)
    assert "trigger disabled" in case.checks()["kept_fresh"].summary
    case.write(f"INSERT INTO {source} VALUES (2000, 90, 1); UPDATE pt SET n = 77 WHERE id = 2000")
    case.apply()
    case.refresh_if_due()
    case.assert_right()
    case.write("UPDATE pt SET n = 78 WHERE id = 2000")
    case.refresh_if_due()
    case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


def test_capture_partition_and_its_parent_as_sources_keep_both_right(make_case: MakeCase, tmp_path: Path) -> None:
    case = make_case(TABLES, SUMS.format("pt"), key=("grp",), driving=("pt.grp",), refresh=AT_ONCE)
    of_part = system_of(
        tmp_path, SUMS.format("pt_odd"), key=("grp",), driving=("pt_odd.grp",), refresh=AT_ONCE, name="odd_links"
    )
    models = (case.model, *of_part.read_models)
    case.system = replace(case.system, phases=(Phase("phase_1", models),))
    case.apply()
    for case.model in models:
        case.load()
        case.finish()
    case.refresh_if_due()
    for statement in STATEMENTS.values():
        case.write(statement)
        case.refresh_if_due()
        assert [case.differences(model) for model in models] == [[], []], statement
    case.lines.clear()
    case.apply()
    assert [line for line in case.lines if "installed" in line] == []
    for case.model in models:
        assert [name for name, result in case.checks().items() if not result.passed] == []
