"""Small choices, each drawn from hypothesis, so that a failing example shrinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")


class Chooser:
    """Draws choices; the first option of each is the simplest, towards which examples shrink."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.count(0, len(options) - 1)]

    def count(self, lo: int, hi: int) -> int:
        """An integer within bounds, both included."""
        return self._draw(st.integers(lo, hi)) if hi > lo else lo

    def chance(self, percent: int) -> bool:
        """True in about `percent` of cases."""
        return self.count(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], at_least: int, at_most: int) -> list[T]:
        """Between `at_least` and `at_most` different options."""
        left, chosen = list(options), list[T]()
        for _ in range(min(self.count(at_least, at_most), len(left))):
            chosen.append(left.pop(self.count(0, len(left) - 1)))
        return chosen
