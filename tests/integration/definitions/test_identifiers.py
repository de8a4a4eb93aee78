"""Identifier migrations from Dagster: phases in order, what is checked between them, and what only a person starts."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.confirmation import confirmation_codes
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.names import Names
from denorm_assets.model.table_name import TableName
from tests.integration.definitions.graph import Graph
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, SWITCH, fill, shape


@pytest.fixture
def url(clean_environment: None, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    made = new_database("template0")
    fill(made, people=20, books=100, tags=10, book_tags=50)
    monkeypatch.setenv("DENORM_DATABASE_URL", made)
    return made


def test_setup_job_identifiers_runs_all_phases_but_contract(url: str, instance: dg.DagsterInstance) -> None:
    done = Graph.of(LIBRARY, instance).run_job("library_setup")
    found = {each.asset_key.to_user_string() for each in done.materializations()}
    assert found == {f"library/{phase.name}" for phase in (EXPAND, FILL, SWITCH)}
    assert {key: check.passed for key, check in done.checks().items()} == {
        ("library/phase_2", "identifiers_equal"): True,
        ("library/phase_3", "identifiers_equal"): True,
    }
    assert [row for row in shape(url) if row[1:3] == ("uid", "uuid")]


def test_contract_phase_runs_only_with_code_shown_by_plan(url: str, instance: dg.DagsterInstance) -> None:
    graph = Graph.of(LIBRARY, instance)
    assert graph.run_job("library_setup").success
    before = shape(url)
    [code] = codes_of(url)
    assert "it cannot be undone, so it needs a confirmation. Run `denorm-assets plan library` for the code" in (
        graph.materialize("phase_4").failure
    )
    for guess in ("true", "phase_4", "0" * 16, code[:-1], "a code"):
        failure = graph.materialize("phase_4", confirm=guess).failure
        assert "is not that of this phase in this database" in failure
        assert code not in failure
    assert shape(url) == before
    assert graph.materialize("phase_4", confirm=f" {code.upper()}").success
    assert not [row for row in shape(url) if "character varying" in str(row[2])]


def test_build_definitions_identifier_phases_start_from_their_tables() -> None:
    graph, names = build_definitions([LIBRARY]).resolve_asset_graph(), Names([LIBRARY])
    sources = {names.source_key(LIBRARY, TableName(name)) for name in ("people", "books", "tags")}
    assert graph.get(names.phase_key(LIBRARY, EXPAND)).parent_keys == sources
    assert graph.get(names.phase_key(LIBRARY, CONTRACT)).parent_keys == {names.phase_key(LIBRARY, SWITCH)}


def test_confirmation_code_differs_for_each_database(
    url: str, instance: dg.DagsterInstance, new_database: Callable[[str], str]
) -> None:
    assert codes_of(url) == []
    codes = [code for each in (url, new_database("template0")) for code in with_control_schema(each)]
    assert len(set(codes)) == 2
    assert all(len(code) == 16 for code in codes)


def codes_of(url: str) -> list[str]:
    database = Database(url)
    with database.session() as session:
        codes = confirmation_codes(session, LIBRARY)
    database.close()
    return list(codes.values())


def with_control_schema(url: str) -> list[str]:
    database = Database(url)
    with database.session() as session:
        control_schema.migrate(session)
    database.close()
    return codes_of(url)
