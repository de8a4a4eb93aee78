"""What cannot be kept right is refused, naming the clause, the reason and a remedy that works.

The page docs/reference/refusals.md is made of these cases; DENORM_UPDATE_GOLDEN=1 writes it again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable
from functools import cache
from pathlib import Path

import pytest

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.function_paths import require_names_found
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.errors import DefinitionError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounced, Full, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.refusal import Refusal
from tests.conftest import Server
from tests.integration.definitions_read.refusal_cases import CASES, DATABASE, ONCE, SETUP, Instead, Refused
from tests.stress.oracle.maintained import Bench, Defined, bench

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "refusals.md"
_HEAD = """# Refused definitions

`plan` and `apply` refuse these clauses, and name the reason and the remedy.
A test writes this table. The test tries that each clause is refused, and that what stands beside it is accepted.
In the examples, `id` is the primary key of the tables `a` and `b`. A clause is refused for every kind of refresh,
unless its row says which kind to declare. [What a definition may contain](definitions.md) has the rules.

| clause | why | write instead |
|---|---|---|
"""
_REMEDIES = [(name, number) for name, case in CASES.items() for number, _ in enumerate(case.instead)]


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Bench]:
    """A bench for one case after another."""
    with bench(server.create(DATABASE)) as made:
        made.run(*ONCE)
        yield made
    server.drop(DATABASE)


@pytest.fixture
def sources(database: Bench) -> Bench:
    """A bench with the tables that the cases read."""
    return _prepared(database)


def _prepared(made: Bench) -> Bench:
    made.fresh()
    made.run("DROP TABLE IF EXISTS public.elsewhere", f"ALTER DATABASE {DATABASE} RESET ALL", *SETUP)
    return made


def _declare(made: Bench, case: Refused, instead: Instead) -> None:
    """Declare what stands `instead` of the case's clause; by key, it is kept as well. Raises DefinitionError."""
    refresh = instead.refresh or case.refresh
    path = made.folder / "declared.sql"
    path.write_text(case.text.format(instead.clause or case.clause), encoding="utf-8")
    driving = case.driving if instead.backfill is None else instead.backfill
    columns = (driving,) if driving and not isinstance(refresh, Full) else ()
    model = ReadModel("declared", SqlFile(path), case.key, IdRanges(*columns) if columns else None, refresh=refresh)
    with made.database.session("s") as session:
        described = describe(session, System("oracle", "s", (Phase("phase_1", (model,)),)), model)
        model_sources(session, described)
        require_names_found(session, described)
    if isinstance(refresh, Debounced):
        made.keep(Defined(model.definition.text, case.key, columns))


def _arranged(made: Bench, case: Refused) -> None:
    made.run(*case.first)


def _refusal(made: Bench, case: Refused, refresh: Refresh | None = None) -> DefinitionError:
    with pytest.raises(DefinitionError) as refused:
        _declare(made, case, Instead(refresh=refresh))
    return refused.value


@pytest.fixture(scope="module")
def refusals(database: Bench) -> Callable[[str], DefinitionError]:
    """A function that returns what the case of that name is refused with, for each kind of refresh."""

    @cache
    def refusal(name: str) -> DefinitionError:
        case = CASES[name]
        _arranged(_prepared(database), case)
        refused = _refusal(database, case)
        if not case.by_key_only:
            assert _why(_refusal(database, case, Full())) == _why(refused)
        return refused

    return refusal


def _why(refused: DefinitionError) -> str:
    """The reason, without file and remedy."""
    cause = refused.__cause__
    return cause.reason if isinstance(cause, Refusal) else refused.fault.partition(": ")[2]


@pytest.mark.parametrize("name", CASES)
def test_definition_refusal_names_clause_reason_and_remedy(
    refusals: Callable[[str], DefinitionError], name: str
) -> None:
    case, message = CASES[name], str(refusals(name))
    assert case.reason in _why(refusals(name))
    assert any(word in message for word in case.named.split("|")), message
    assert re.search(r"[\w)']$", message), message


@pytest.mark.parametrize(("name", "number"), _REMEDIES)
def test_definition_refusal_remedy_is_accepted_and_right(sources: Bench, name: str, number: int) -> None:
    case = CASES[name]
    _arranged(sources, case)
    instead = case.instead[number]
    if instead.first:
        sources.run(instead.first)
    _declare(sources, case, instead)
    sources.judge("after loading")
    sources.run("UPDATE b SET x = id, name = name || k, k = 1", "UPDATE a SET amount = 1e20 - amount, j = 1")
    for _ in sources.held:
        sources.settle()
    sources.judge("after changes")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.in_view])
def test_definition_refused_part_in_view_is_refused_alike(sources: Bench, name: str) -> None:
    case = CASES[name]
    _arranged(sources, case)
    sources.run(f'CREATE VIEW "{name}" AS {case.text.format(case.clause)}')
    with pytest.raises(DefinitionError) as refused:
        sources.keep(Defined(f'SELECT * FROM "{name}" AS seen', case.key, ()))
    assert any(word in str(refused.value) for word in case.named.split("|")), str(refused.value)
    assert case.reason in str(refused.value)


def test_refusals_page_each_case_is_row(refusals: Callable[[str], DefinitionError]) -> None:
    rows = "".join(
        f"| {name}: `{_cell(case.clause)}` | {_cell(_why(refusals(name)))} | {', or '.join(_ways(case.instead))} |\n"
        for name, case in CASES.items()
    )
    text = f"{_HEAD}{rows}"
    if os.environ.get("DENORM_UPDATE_GOLDEN"):
        _PAGE.write_text(text, encoding="utf-8")
    assert text == _PAGE.read_text(encoding="utf-8"), f"{_PAGE.name} differs; DENORM_UPDATE_GOLDEN=1 writes it again"


def _ways(ways: Iterable[Instead]) -> Generator[str]:
    for way in ways:
        parts = [f"`{_cell(part)}`" for part in (way.clause, _declared(way.refresh)) if part]
        if way.backfill is not None:
            parts.append(f'`backfill=IdRanges("{way.backfill}")`' if way.backfill else "no `backfill`")
        first = f"`{_cell(way.first)}`" if way.first else ""
        yield " and ".join(parts) + (f" after {first}" if parts and first else first)


def _declared(refresh: Refresh | None) -> str:
    if isinstance(refresh, Full):
        return f"Full(every={refresh.every})" if refresh.every else "Full()"
    return "" if refresh is None else f"{type(refresh).__name__}()"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
