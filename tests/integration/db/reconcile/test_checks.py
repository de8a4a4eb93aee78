"""Each check passes where all is right, and fails where what it looks at is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from psycopg import errors as pg

from denorm_assets.db.health.matches_definition import matches_as_recorded, matches_definition
from denorm_assets.errors import BadNarrowing, NameTaken, NeedsRebuild
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import Index, references
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

LOOKUP = "links_body_idx"


@pytest.fixture
def live(make_case: MakeCase) -> Case:
    """A live read model of 2,500 rows with an index of each kind and a foreign key."""
    case = make_case(
        """
        CREATE TABLE owners (id int PRIMARY KEY);
        CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL, body text NOT NULL);
        INSERT INTO owners SELECT generate_series(0, 9);
        INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 2500) AS n;
        """,
        "SELECT id, owner, body FROM items",
        key=("id", "owner"),
        indexes=[Index("body"), Index("owner", "id DESC", unique=True)],
        references=[references("owner", "owners.id", foreign_key=True)],
    )
    case.load()
    case.finish()
    return case


def failed(case: Case) -> dict[str, CheckResult]:
    return {name: check for name, check in case.checks().items() if not check.passed}


def test_checks_healthy_read_model_pass_with_figures(live: Case) -> None:
    checks = live.checks()
    assert [name for name, check in checks.items() if check.passed] == [
        *("matches_definition", "no_orphans", "indexes_valid", "foreign_keys_validated", "backfill_complete"),
        "kept_fresh",
    ]
    assert checks["matches_definition"].summary == "2,500 rows in 4 ranges equal the definition"
    assert checks["matches_definition"].figures == {"rows": 2_500, "ranges compared": 4, "ranges that differ": 0}
    assert [row["rows"] for row in checks["matches_definition"].rows] == [1_000, 1_000, 500, 0]
    assert checks["backfill_complete"].figures == {"ranges": 4, "ranges done": 4}


def test_matches_definition_altered_missing_extra_rows_named_by_range(live: Case) -> None:
    live.run("UPDATE links SET body = 'altered' WHERE id = 3")
    live.run("DELETE FROM links WHERE id = 1500")
    live.run("INSERT INTO links VALUES (900000, 1, 'extra')")
    [result] = failed(live).values()
    assert result.name == "matches_definition"
    assert result.summary == (
        "3 of 4 ranges differ from the definition; run `denorm-assets backfill shop/links --again`, "
        "or materialize those partitions"
    )
    assert [(row["range"], row["missing"], row["extra"]) for row in result.rows] == [
        ("items:min-000001000", "(id=3, owner=3)", "(id=3, owner=3)"),
        ("items:000001001-000002000", "(id=1500, owner=0)", ""),
        ("items:rest", "", "(id=900000, owner=1)"),
    ]
    assert [(row["rows"], row["by definition"]) for row in result.rows] == [(1_000, 1_000), (999, 1_000), (1, 0)]


def test_matches_definition_many_differing_rows_shows_at_most_twenty_keys(live: Case) -> None:
    live.run("UPDATE links SET body = 'altered' WHERE id BETWEEN 100 AND 199")
    live.run("DELETE FROM links WHERE id BETWEEN 300 AND 399")
    [row] = failed(live)["matches_definition"].rows
    missing, extra = str(row["missing"]).split("; "), str(row["extra"]).split("; ")
    assert missing == extra == [f"(id={n}, owner={n % 10})" for n in range(100, 120)]


def test_matches_definition_swapped_values_fails(live: Case) -> None:
    """Swapped values leave counts and sums of single columns alone."""
    live.run("UPDATE links SET body = 'item ' || CASE id WHEN 10 THEN 20 ELSE 10 END WHERE id IN (10, 20)")
    assert set(failed(live)) == {"matches_definition"}


def test_matches_definition_duplicate_row_fails(live: Case) -> None:
    live.run("ALTER TABLE links DROP CONSTRAINT links_pkey; DROP INDEX links_owner_id_key")
    live.run("INSERT INTO links SELECT * FROM links WHERE id IN (7, 8)")
    assert not live.checks()["matches_definition"].passed


def test_check_narrowed_to_value_compares_only_its_rows(live: Case) -> None:
    live.run("UPDATE links SET body = 'altered' WHERE id IN (13, 23)")
    checks = live.checks({"owner": "3"})
    assert set(checks) == {"matches_definition", "no_orphans"}
    result = checks["matches_definition"]
    assert (result.passed, result.figures["rows"]) == (False, 250)
    assert result.summary.startswith("1 of 1 selections differ from the definition")
    [row] = result.rows
    assert (row["range"], row["missing"]) == ("owner = 3", "(id=13, owner=3); (id=23, owner=3)")
    assert live.checks({"owner": "4"})["matches_definition"].passed
    assert not live.checks({"owner": "3", "id": "13"})["matches_definition"].passed
    assert live.checks({"owner": "3", "id": "33"})["matches_definition"].figures["rows"] == 1


@pytest.mark.parametrize("value", ["three", "99999999999999999999", ""])
def test_check_narrowed_by_bad_value_is_refused(live: Case, value: str) -> None:
    with pytest.raises(
        BadNarrowing, match=f"a check cannot be narrowed to owner = {value}: .*Give a value of the column"
    ):
        live.checks({"owner": value})


def test_no_orphans_missing_owners_fails_with_counts(live: Case) -> None:
    live.run("ALTER TABLE links DROP CONSTRAINT links_owner_fkey; DELETE FROM owners WHERE id IN (4, 5)")
    checks = failed(live)
    assert set(checks) == {"no_orphans", "foreign_keys_validated"}
    assert [dict(row) for row in checks["no_orphans"].rows] == [
        {"column": "owner", "refers to": "owners", "value": "4", "rows": 250},
        {"column": "owner", "refers to": "owners", "value": "5", "rows": 250},
    ]
    assert live.checks({"owner": "3"})["no_orphans"].passed
    assert not live.checks({"owner": "4"})["no_orphans"].passed


def test_no_orphans_null_reference_passes(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, parent bigint); INSERT INTO items VALUES (1, NULL), (2, 1)",
        "SELECT id, parent FROM items",
        references=[references("parent", "items.id")],
    )
    case.load()
    assert case.checks()["no_orphans"].passed


def index_states(case: Case) -> dict[str, str]:
    checks = failed(case)
    assert set(checks) <= {"indexes_valid"}
    return {str(row["index"]): str(row["state"]) for row in case.checks()["indexes_valid"].rows}


def test_indexes_valid_missing_index_fails_until_built_again(live: Case) -> None:
    live.run(f"DROP INDEX {LOOKUP}")
    assert index_states(live)[LOOKUP] == "missing"
    assert "1 of 2 indexes are missing, invalid or outdated" in failed(live)["indexes_valid"].summary
    live.finish()
    assert failed(live) == {}


def test_indexes_valid_index_of_other_definition_fails_until_replaced(live: Case) -> None:
    comment = live.value("SELECT obj_description(%s::regclass)", (LOOKUP,))
    live.run(f"DROP INDEX {LOOKUP}; CREATE INDEX {LOOKUP} ON links (owner)")
    with pytest.raises(NameTaken, match="was not created by denorm-assets"):
        live.finish()
    live.run(f"COMMENT ON INDEX {LOOKUP} IS '{re.sub('[0-9a-f]{12}', '0' * 12, comment)}'")
    assert index_states(live)[LOOKUP] == "invalid or outdated"
    live.finish()
    assert failed(live) == {}
    assert "(body)" in live.value("SELECT indexdef FROM pg_indexes WHERE indexname = %s", (LOOKUP,))


def test_indexes_valid_invalid_index_fails_until_built_again(live: Case) -> None:
    """What a failed CREATE UNIQUE INDEX CONCURRENTLY leaves behind; IF NOT EXISTS would call it a success."""
    comment = live.value("SELECT obj_description('links_owner_id_key'::regclass)")
    live.run("ALTER TABLE links DROP CONSTRAINT links_pkey; DROP INDEX links_owner_id_key")
    live.run("INSERT INTO links SELECT * FROM links WHERE id = 7")
    with pytest.raises(pg.UniqueViolation):
        live.run("CREATE UNIQUE INDEX CONCURRENTLY links_owner_id_key ON links (owner, id DESC)")
    live.run(f"COMMENT ON INDEX links_owner_id_key IS '{comment}'")
    live.run("DELETE FROM links WHERE ctid = (SELECT max(ctid) FROM links WHERE id = 7)")
    live.run("ALTER TABLE links ADD PRIMARY KEY (id, owner)")
    assert live.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'links_owner_id_key'::regclass") == [(False,)]
    assert index_states(live)["links_owner_id_key"] == "invalid or outdated"
    live.finish()
    assert failed(live) == {}
    live.assert_right()


def test_indexes_valid_missing_key_fails_until_apply(live: Case) -> None:
    """Without it a row could stand twice, and loading again would fail. Another unique index of its columns will do."""
    live.run("ALTER TABLE links DROP CONSTRAINT links_pkey")
    assert failed(live) == {}
    live.run("DROP INDEX links_owner_id_key")
    assert index_states(live)["key (id, owner)"] == "missing"
    with pytest.raises(NeedsRebuild, match=r"no primary key or unique constraint on \(id, owner\)"):
        live.finish()
    live.apply()
    assert failed(live) == {}


def test_foreign_keys_validated_missing_or_not_valid_key_fails_until_fixed(live: Case) -> None:
    live.run("ALTER TABLE links DROP CONSTRAINT links_owner_fkey")
    check = failed(live)["foreign_keys_validated"]
    assert [dict(row) for row in check.rows] == [{"foreign key": "links_owner_fkey", "state": "missing"}]
    live.run(
        "ALTER TABLE links ADD CONSTRAINT links_owner_fkey FOREIGN KEY (owner) REFERENCES owners"
        " ON DELETE CASCADE NOT VALID"
    )
    check = failed(live)["foreign_keys_validated"]
    assert [dict(row) for row in check.rows] == [{"foreign key": "links_owner_fkey", "state": "not validated"}]
    live.finish()
    assert failed(live) == {}


def test_backfill_complete_ranges_not_done_are_listed(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.load("1001", "2000")
    check = case.checks()["backfill_complete"]
    assert (check.passed, check.warning_only) == (False, True)
    assert check.summary.startswith("3 of 4 ranges are not done")
    assert [(row["range"], row["state"]) for row in check.rows] == [
        ("items:min-000001000", "not begun"),
        ("items:000002001-000002500", "not begun"),
        ("items:rest", "not begun"),
    ]


def test_matches_definition_and_backfill_complete_without_ranges_fail(items: Callable[..., Case]) -> None:
    case = items(10)
    checks = case.checks()
    assert not checks["backfill_complete"].passed
    assert not checks["matches_definition"].passed
    assert checks["matches_definition"].summary == "there are no ranges yet"


def test_matches_as_recorded_row_lost_after_load_still_passes(live: Case) -> None:
    live.run("DELETE FROM links WHERE id = 1")
    with live.database.session("app") as session:
        recorded = matches_as_recorded(session, live.described(), live.registered())
    assert recorded.passed
    assert recorded.figures == {"rows": 2_500, "ranges compared": 4, "ranges not done": 0}
    assert "each of 4 ranges equalled the definition when it was loaded" in recorded.summary


def test_matches_definition_table_gone_fails_naming_it(live: Case) -> None:
    live.run("ALTER TABLE links RENAME TO lost")
    with live.database.session("app") as session:
        check = matches_definition(session, live.described(), live.registered())
    assert not check.passed
    assert 'relation "app.links" does not exist' in str(check.rows[0]["missing"])


def test_matches_definition_row_of_no_driving_source_is_found(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE books (id int PRIMARY KEY); CREATE TABLE films (id int PRIMARY KEY);"
        "INSERT INTO books VALUES (1); INSERT INTO films VALUES (1)",
        "SELECT 'book' AS kind, id FROM books UNION ALL SELECT 'film', id FROM films",
        key=("kind", "id"),
        driving=("books.id", "films.id"),
    )
    case.load()
    case.run("INSERT INTO links VALUES ('disc', 1)")
    [row] = case.checks()["matches_definition"].rows
    assert (row["range"], row["extra"]) == ("rows of no driving source", "(kind=disc, id=1)")
