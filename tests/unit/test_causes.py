"""What caused a refresh, in words."""

from __future__ import annotations

import pytest

from denorm_assets.db.changes.causes import THE_CLOCK, Causes, in_words


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ((), ""),
        (("app.items",), "changes of app.items"),
        (("app.tags", "app.items"), "changes of app.items and app.tags"),
        (("app.c", "app.b", "app.a"), "changes of app.a, app.b, app.c"),
        ([f"app.t{number}" for number in range(7)], "changes of app.t0, app.t1, app.t2, app.t3, app.t4 and 2 more"),
        ((THE_CLOCK,), "the clock moved on"),
        (("app.items", THE_CLOCK), "changes of app.items; the clock moved on"),
    ],
)
def test_in_words_causes_are_named_in_order(causes: tuple[str, ...], said: str) -> None:
    assert in_words(frozenset(causes)) == said


def test_causes_taken_are_of_one_read_model_and_gone() -> None:
    causes = Causes()
    causes.note_changes({1: {"app.items", "app.tags"}, 2: {"app.items"}})
    causes.note(1, [THE_CLOCK])
    assert causes.take(1) == {"app.items", "app.tags", THE_CLOCK}
    assert causes.take(1) == frozenset()
    assert causes.take(2) == {"app.items"}
