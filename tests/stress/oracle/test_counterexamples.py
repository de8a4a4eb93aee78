"""Each counter-example, judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stress.oracle.maintained import Bench, Defined
from tests.stress.oracle.scenarios import SCENARIOS, THREE


@pytest.mark.parametrize("name", SCENARIOS)
def test_drain_counterexample_equals_definition_after_each_change(oracle: Bench, name: str) -> None:
    SCENARIOS[name].judge(oracle)
    assert oracle.rows("SELECT broken FROM denorm.dependency WHERE broken IS NOT NULL") == []
    assert oracle.rows("SELECT FROM denorm.pending UNION ALL SELECT FROM denorm.change_log") == []


def test_capture_open_writer_while_model_is_added_loses_no_change(oracle: Bench) -> None:
    oracle.run(*THREE)
    oracle.keep(Defined("SELECT b.id, b.name FROM b", ("id",), ("b.id",)))
    counting = Defined(
        "SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id", ("id",), ("a.id",)
    )
    with oracle.connect() as writer, ThreadPoolExecutor(1) as pool:
        writer.execute("BEGIN")
        # Logged by a function that knows nothing of `k`.
        writer.execute("UPDATE b SET k = 1 WHERE id = 2")
        adding = pool.submit(oracle.keep, counting)
        with pytest.raises(TimeoutError):
            adding.result(timeout=0.5)
        writer.execute("COMMIT")
        adding.result()
    oracle.settle()
    oracle.judge("once the writer is done")
