"""Indexes that a phase declares: built beside writers, kept, mended, and held against the plans of their queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.table_changes.phase_indexes import build_phase_indexes, phase_indexes_used, phase_indexes_valid
from denorm_assets.errors import DeclarationError
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import Index, on
from denorm_assets.model.refresh import Debounced, Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, QueryPair
from denorm_assets.model.validation import validate_systems
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL, tags int[]);
INSERT INTO items SELECT n, 'Item ' || n, ARRAY[n % 10] FROM generate_series(1, 2000) AS n;
"""
PAGE = "SELECT id FROM links WHERE body = %(body)s"
BY_TAG = "SELECT id FROM items WHERE tags && ARRAY[3] AND lower(body) = lower(%(body)s)"


@pytest.fixture
def case(make_case: MakeCase, tmp_path: Path) -> Case:
    made = make_case(ITEMS, "SELECT id, body FROM items", driving=(), refresh=Full(), apply=False)
    pairs: list[QueryPair] = []
    for name, text in (("page", PAGE), ("by_tag", BY_TAG)):
        (tmp_path / f"{name}.sql").write_text(text)
        file = SqlFile(tmp_path / f"{name}.sql")
        pairs.append(QueryPair(name, file, file, {"body": "Item 7"}))
    last = Phase(
        "phase_2_indexes",
        indexes=(
            on("links", Index("body"), query="page"),
            on("items", Index("tags", using="gin"), query="by_tag"),
            on("items", Index("(lower(body))", name="items_lower", where="id > 0"), query="by_tag"),
        ),
    )
    made.system = replace(made.system, phases=(*made.system.phases, last), queries=tuple(pairs))
    apply_system(made.database, made.system)
    made.refresh()
    return made


def look(case: Case, check: Callable[..., CheckResult]) -> CheckResult:
    with case.database.session("app") as session:
        return check(session, case.system, case.system.phases[-1])


def test_apply_phase_indexes_are_built_once(case: Case) -> None:
    assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep"}
    valid = look(case, phase_indexes_valid)
    assert valid.passed
    assert [(row["index"], row["query"]) for row in valid.rows] == [
        ("links_body_idx", "page"),
        ("items_tags_idx", "by_tag"),
        ("items_lower", "by_tag"),
    ]
    [definition] = case.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'items_lower'")
    assert definition[0].endswith("USING btree (lower(body)) WHERE (id > 0)")


def test_indexes_valid_dropped_phase_index_fails_until_apply(case: Case) -> None:
    case.run("DROP INDEX items_tags_idx")
    found = look(case, phase_indexes_valid)
    assert not found.passed
    said = "1 of 3 indexes are missing, invalid or outdated: items_tags_idx; materialize phase_2_indexes"
    assert said in found.summary
    apply_system(case.database, case.system)
    assert look(case, phase_indexes_valid).passed


def test_uninstall_copies_of_phase_indexes_are_kept(case: Case) -> None:
    def on(table: str) -> str:
        return case.value("SELECT string_agg(indexname, ' ') FROM pg_indexes WHERE tablename = %s", [table]) or ""

    case.run("CREATE TABLE archive (LIKE items INCLUDING ALL); CREATE TABLE kept (LIKE links INCLUDING ALL)")
    before = on("archive"), on("kept")
    # As an older release wrote it: no table's name in it.
    old = old_comment(case)
    for name in ("archive_lower_idx", "items_lower"):
        case.run(f"COMMENT ON INDEX {name} IS '{old}'")
    uninstall(case.database, case.system)
    assert (on("archive"), on("kept")) == before
    assert on("items") == "items_pkey"


def test_apply_index_comment_of_older_release_is_rewritten(case: Case) -> None:
    said = "SELECT relfilenode, obj_description(oid) FROM pg_class WHERE relname = 'items_lower'"
    before = case.rows(said)
    case.run(f"COMMENT ON INDEX items_lower IS '{old_comment(case)}'")
    assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep", "comment"}
    apply_system(case.database, case.system)
    assert case.rows(said) == before


def old_comment(case: Case) -> str:
    return str(case.value("SELECT obj_description('items_lower'::regclass)")).replace("app.items ", "")


def test_indexes_used_index_in_no_plan_warns(case: Case) -> None:
    case.run("ANALYZE items; ANALYZE links")
    found = look(case, phase_indexes_used)
    assert not found.passed
    assert found.warning_only
    assert "items_lower" in found.summary, "its predicate is not implied by the query"
    assert {str(row["index"]): row["used"] for row in found.rows}["links_body_idx"] == "yes"


def test_apply_view_replaced_by_table_gets_phase_indexes(case: Case) -> None:
    [first, last] = case.system.phases
    case.model = replace(case.model, refresh=Debounced())
    case.system = replace(case.system, phases=(replace(first, read_models=(case.model,)), last))
    apply_system(case.database, case.system)
    assert look(case, phase_indexes_valid).passed
    assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep"}


def test_declaration_index_for_undeclared_query_is_refused(case: Case) -> None:
    with pytest.raises(DeclarationError, match="index 'items_lower' is for the query 'by_tag', which is not declared"):
        validate_systems([replace(case.system, queries=case.system.queries[:1])])


def test_build_phase_indexes_system_with_only_indexes_builds_them(make_case: MakeCase) -> None:
    case = make_case("CREATE TABLE items (id bigint PRIMARY KEY, body text)", "SELECT id, body FROM items", apply=False)
    phase = Phase("phase_1", indexes=(on("items", Index("body"), query="none"),))
    alone = replace(case.system, phases=(phase,))
    [step] = build_phase_indexes(case.database, alone, phase)
    assert (step.name, step.action) == ("items_body_idx", "create")
    assert case.rows("SELECT indexname FROM pg_indexes WHERE indexname = 'items_body_idx'")
