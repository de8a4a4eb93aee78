"""Phases that change the application's tables, together with read models that need what they make."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system, create_phase
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import plan_uninstall, uninstall
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.model.index import Index, on
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, SWITCH, fill
from tests.support.live import bring_up, wrong_rows

_OWNED = """
SELECT p.uid AS person_uid, p.name, (SELECT count(*) FROM books AS b WHERE b.owner_uid = p.uid) AS books
FROM people AS p
"""


@pytest.fixture
def system(tmp_path: Path) -> System:
    (tmp_path / "owned.sql").write_text(_OWNED)
    owned = ReadModel("owned", SqlFile(tmp_path / "owned.sql"), ("person_uid",), IdRanges("people.uid"))
    indexes = (on("books", Index("owner_uid", name="books_by_owner"), query="none"),)
    return replace(LIBRARY, phases=(EXPAND, FILL, SWITCH, Phase("phase_5", (owned,), indexes=indexes), CONTRACT))


@pytest.fixture
def url(new_database: Callable[[str], str]) -> str:
    made = new_database("template0")
    fill(made, people=50, books=500, tags=20, book_tags=100)
    return made


@pytest.fixture
def library(url: str) -> Generator[Database]:
    made = Database(url)
    yield made
    made.close()


def test_plan_read_model_waiting_for_phase_names_phase(library: Database, system: System) -> None:
    [owned] = [step for step in plan_system(library, system).steps if step.name == "library.owned"]
    assert (owned.kind, owned.action, owned.why) == (
        "table",
        "create",
        "once phase_1 is done, its definition can be read",
    )
    assert explain_system(library, plan_system(library, system).readable(system)) == []
    for phase in system.phases[:3]:
        create_phase(library, system, phase)
    [owned] = [step for step in plan_system(library, system).steps if step.name == "library.owned"]
    assert owned.statements
    assert plan_system(library, system).readable(system) is system


def test_apply_schema_phases_leaves_only_contract(library: Database, url: str, system: System) -> None:
    bring_up(library, system)
    left = {step.name for step in plan_system(library, system).steps if step.action != "keep"}
    assert left == {"library.people", "library.books", "library.tags", "library.book_tags"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO library.people (id, name) VALUES (gen_random_uuid()::text, 'by text')")
        connection.execute("UPDATE library.books SET owner_uid = (SELECT uid FROM library.people LIMIT 1)")
    refresh_now(library, system, system.read_models[0])
    assert wrong_rows(url, system) == {"library/owned": 0}
    create_phase(library, system, CONTRACT)
    assert [step for step in plan_system(library, system).steps if step.action != "keep"] == []
    assert wrong_rows(url, system) == {"library/owned": 0}


def test_refresh_after_contract_keeps_read_model_right(library: Database, url: str, system: System) -> None:
    bring_up(library, system)
    create_phase(library, system, CONTRACT)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO library.people (uid, name) VALUES (gen_random_uuid(), 'by uuid')")
        connection.execute("DELETE FROM library.books WHERE title LIKE '%3'")
    refresh_now(library, system, system.read_models[0])
    assert wrong_rows(url, system) == {"library/owned": 0}


def test_system_objects_disabled_identifier_trigger_shows_until_apply(
    library: Database, url: str, system: System
) -> None:
    bring_up(library, system)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE library.tags DISABLE TRIGGER zz_denorm_identifiers")
    with library.session("library") as session:
        drifted = [each for each in system_objects(session, system) if each.state != "installed"]
    assert [(each.kind, each.name, each.is_serious) for each in drifted] == [
        ("identifier trigger", "library.tags", True)
    ]
    apply_system(library, system)
    with library.session("library") as session:
        assert all(each.state == "installed" for each in system_objects(session, system))


def test_uninstall_schema_phases_undoes_all_but_contract(library: Database, url: str, system: System) -> None:
    columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'library'"
    with psycopg.connect(url, autocommit=True) as connection:
        before = sorted(connection.execute(columns))
        bring_up(library, system)
        planned = plan_uninstall(library, system)
        assert uninstall(library, system) == planned
        assert sorted(connection.execute(columns)) == before
        bring_up(library, system)
        create_phase(library, system, CONTRACT)
        uninstall(library, system)
        kept = {column for _, column in connection.execute(columns)}
        assert {"uid", "owner_uid"} <= kept
        assert "id" not in kept
        [(schemas,)] = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'denorm'")
        assert schemas == 0
