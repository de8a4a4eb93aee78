"""Which failed runs Dagster launches again: those of faults that may pass, not those of answers that stay."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Generator

import dagster as dg
import pytest

from denorm_assets.definitions.build import build_definitions
from denorm_assets.model.index import Index, references
from denorm_assets.model.system import System
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph


@pytest.fixture
def instance() -> Generator[dg.DagsterInstance]:
    """An instance that launches failed runs again, as the shipped dagster.yaml says."""
    with dg.DagsterInstance.ephemeral(settings={"run_retries": {"enabled": True, "max_retries": 5}}) as made:
        yield made


@pytest.fixture
def linked(application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance) -> Graph:
    """A live read model with an index and a foreign key."""
    application.run("CREATE TABLE app.kinds (id int PRIMARY KEY); INSERT INTO app.kinds VALUES (1)")
    graph = Graph.of(
        make_shop(
            "SELECT id, amount AS kind_id FROM items",
            indexes=(Index("kind_id", "id"),),
            references=(references("kind_id", "kinds.id", foreign_key=True),),
        ),
        instance,
    )
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    return graph


def launched_again(run: Finished) -> bool:
    """Whether Dagster's daemon is to launch the run again."""
    assert not run.success
    return run.run.tags["dagster/will_retry"] == "true"


def failed_checks(run: Finished) -> set[str]:
    return {name for (_, name), found in run.checks().items() if not found.passed}


@pytest.mark.parametrize(
    ("breaks", "check"),
    [
        ("DELETE FROM app.links WHERE id = 1200", "matches_definition"),
        ("DROP INDEX app.links_kind_id_id_idx", "indexes_and_foreign_keys"),
        ("ALTER TABLE app.links DROP CONSTRAINT links_kind_id_fkey", "indexes_and_foreign_keys"),
    ],
)
def test_retry_failed_blocking_check_is_not_relaunched(
    linked: Graph, application: Application, breaks: str, check: str
) -> None:
    application.run(breaks)
    run = linked.run_job("shop_checks")
    assert check in failed_checks(run)
    assert not launched_again(run)


def test_retry_check_that_cannot_be_evaluated_is_relaunched(linked: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", "postgresql://someone@127.0.0.1:9/nowhere")
    assert launched_again(linked.run_job("shop_checks"))


def test_blocking_checks_are_marked_so_in_dagster(clean_environment: None) -> None:
    """A check that blocks is listed here, beside a test that its failure is not launched again."""
    graph = build_definitions([NOTEBOOKS]).get_repository_def().asset_graph
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    assert blocking == {*("matches_definition", "indexes_and_foreign_keys", "queries", "identifiers_equal")}
