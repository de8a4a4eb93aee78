"""The parts of `make stranger` that judge: they count what is wrong."""

from __future__ import annotations

import pytest

from denorm_assets.cli.scaffold.declaration import declaration
from denorm_assets.model.system import Phase, System
from tests.stress.stranger.application import Traffic
from tests.stress.stranger.databases import APPLICATIONS
from tests.stress.stranger.declaring import declared
from tests.stress.stranger.outcome import Outcome, figures
from tests.stress.stranger.step import Step, guide, untold, words_of

_FRAMES = "Traceback (most recent call last):\n  ...\nKeyError: 'a'"


def test_stranger_databases_are_three_with_several_read_models_each() -> None:
    assert [each.name for each in APPLICATIONS] == ["chinook", "tpch", "pgbench"]
    assert all(each.edited and each.written for each in APPLICATIONS)
    assert all(any("--from-view" in options for options in each.inits) for each in APPLICATIONS)


def test_stranger_guide_holds_pages_behind_first_one() -> None:
    steps = [Step("install", ("pip install denorm-assets",)), Step("plan", words_of(["plan", "--sql"]))]
    assert untold(steps, guide()) == []


def test_stranger_step_that_nothing_names_is_counted() -> None:
    told = Step("a", ("denorm-assets init",), output="Next:\n  denorm-assets plan\n")
    by_output = Step("b", words_of(["plan"]))
    steps = [told, by_output, Step("c", words_of(["plan", "--all", "shop"])), Step("d", ("SET ROLE",))]
    assert untold(steps, "Run denorm-assets\ninit first.") == ["c: nothing says '--all'", "d: nothing says 'SET ROLE'"]
    # What is printed later told nobody before.
    assert untold(steps[1::-1], "denorm-assets init") == ["b: nothing says 'denorm-assets plan'"]


def test_stranger_read_model_is_added_to_module_of_init() -> None:
    module = declaration("shop", {"public": System("shop", "public", (Phase("read_models", ()),))}, [])
    text = declared(module, "order_totals", ("order_id",))
    assert "ORDER_TOTALS = ReadModel(\n    name='order_totals',\n" in text
    assert "key=('order_id',),\n" in text
    assert "            read_models=(\n                ORDER_TOTALS,\n" in text
    compile(text, "systems.py", "exec")
    with pytest.raises(AssertionError, match="one system with one phase"):
        declared(module + module, "order_totals", ("order_id",))


def test_stranger_missed_goals_are_told() -> None:
    fine = Outcome("fine", [Step("install", ("pip",))], ended=True, seconds=60, wrong={"a/b": 0, "a/c": 0})
    assert missed([fine, fine]) == set()
    assert fine.told("pip") == []
    bad = Outcome(
        "bad",
        [Step("x", ("unheard of",), 1, f"Error: no\n{_FRAMES}"), Step("y", (), 0, "No read model for v: why.")],
        stopped="plan ended with 1",
        seconds=16 * 60,
        traffic=Traffic(3, ("deadlock detected",)),
        wrong={"a/b": 2},
        unexpected=1,
        differing=["+CREATE TABLE a"],
    )
    assert bad.refused == ["Error: no", "No read model for v: why."]
    assert bad.frames == 2
    assert missed([fine, bad]) == {
        "databases walked to the end",
        "read models compared",
        "steps that the guide does not name",
        "refused",
        "stacks of frames",
        "wrong rows",
        "of these failed",
        "catalog differences after uninstall",
        "longest way from pip install to green",
    }
    assert len(bad.told("")) == 7


def missed(outcomes: list[Outcome]) -> set[str]:
    """Names of the goals that are missed."""
    return {figure.name for figure in figures(outcomes, "pip") if not figure.met}
