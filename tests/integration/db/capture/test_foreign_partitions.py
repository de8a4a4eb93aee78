"""A foreign table below a source: PostgreSQL collects no transition rows from it, so that statements fail."""

from __future__ import annotations

import re

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
KINDS = [Debounced(NOW), Realtime(NOW), Full(NOW)]
PARTITIONED = """
CREATE TABLE items (id bigint, n int) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (1000);
INSERT INTO items SELECT n, n FROM generate_series(1, 10) AS n;
"""
INHERITED = """
CREATE TABLE items (id bigint, n int);
INSERT INTO items SELECT n, n FROM generate_series(1, 10) AS n;
"""
COUNTS = "SELECT id, count(*) AS held, sum(n) AS n FROM items GROUP BY id"
ATTACH = "ALTER TABLE items ATTACH PARTITION far FOR VALUES FROM (1000) TO (2000)"
DETACH = "ALTER TABLE items DETACH PARTITION far"
WRITES = ("INSERT INTO items VALUES (1500, 1)", "UPDATE items SET n = n + 1", "DELETE FROM items WHERE id = 2")


def add_foreign_table(case: Case) -> None:
    """`far` is a table of this server, behind postgres_fdw."""
    to = conninfo_to_dict(case.url)
    options = ", ".join(f"{name} '{to[name]}'" for name in ("host", "port", "dbname") if name in to)
    mapped = ", ".join(f"{name} '{to[name]}'" for name in ("user", "password") if name in to)
    case.run("CREATE EXTENSION postgres_fdw SCHEMA app; CREATE TABLE behind (id bigint, n int)")
    case.run("INSERT INTO behind VALUES (1400, 1)")
    case.run(f"CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options})")
    case.run(f"CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS ({mapped})")
    case.run(
        "CREATE FOREIGN TABLE far (id bigint, n int) SERVER loopback OPTIONS (table_name 'behind', schema_name 'app')"
    )


@pytest.mark.parametrize("kind", KINDS, ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize(
    ("ddl", "joins", "leaves"),
    [(PARTITIONED, ATTACH, DETACH), (INHERITED, "ALTER TABLE far INHERIT items", "ALTER TABLE far NO INHERIT items")],
    ids=["a partition", "a child"],
)
def test_capture_foreign_table_attached_later_is_reported_with_way_out(
    make_case: MakeCase, ddl: str, joins: str, leaves: str, kind: Refresh
) -> None:
    case = make_case(ddl, COUNTS, refresh=kind)
    if isinstance(kind, Full):
        case.refresh()
    else:
        case.load()
        case.finish()
    add_foreign_table(case)
    case.run(joins)
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="transition tuples"):
        case.write("UPDATE items SET n = n + 1")
    [refused] = [step.why for step in plan_system(case.database, case.system).steps if step.action == "refused"]
    assert "app.far: it is a foreign table below app.items" in refused
    case.refresh_if_due()
    told = str(case.checks()["kept_fresh"].rows)
    assert "app.far: it is a foreign table below app.items" in told
    assert "trigger missing" not in told
    way_out = re.search(r"DROP FUNCTION denorm\.capture_\d+\(\) CASCADE", refused)
    assert way_out is not None
    assert way_out[0] in told
    case.run(way_out[0])
    for statement in WRITES:
        case.write(statement if "1500" not in statement or ddl == PARTITIONED else "INSERT INTO far VALUES (1500, 1)")
    assert case.value("SELECT count(*) FROM behind") == 2
    case.run(leaves)
    case.apply()
    case.refresh_if_due()
    case.assert_right()
    case.write("UPDATE items SET n = n + 7")
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed


@pytest.mark.parametrize("kind", KINDS, ids=["debounced", "realtime", "full"])
def test_apply_foreign_table_below_source_is_refused_installing_nothing(make_case: MakeCase, kind: Refresh) -> None:
    case = make_case(PARTITIONED, COUNTS, refresh=kind, apply=False)
    add_foreign_table(case)
    case.run(ATTACH)
    with pytest.raises(DefinitionError, match=r"DETACH PARTITION app\.far") as refused:
        case.apply()
    assert "DROP FUNCTION" not in str(refused.value)
    for statement in WRITES:
        case.run(statement)
    assert case.value("SELECT count(*) FROM behind") == 2
