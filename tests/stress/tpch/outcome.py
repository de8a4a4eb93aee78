"""What came of each query, and the totals beside their goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from denorm_assets.sql.analysis.explain import BY_KEY
from tests.support.reports import Figure

_MAY_BE_WHOLE = 3
"""Of the 22 queries, so many may recompute everything whenever a large table changes."""


@dataclass
class Times:
    """What a stream of changes cost.

    Attributes:
        refresh: seconds in which the read models of a query were refreshed.
        whole: seconds of REFRESH MATERIALIZED VIEW of the query.
        anchors: anchors that were recomputed; None where everything was.
    """

    refresh: float = 0.0
    whole: float = 0.0
    anchors: int | None = 0


@dataclass
class Outcome:
    """What came of one query, as one read model or in two steps.

    Attributes:
        refused: why it was refused; empty where it was accepted.
        classes: source -> its class, `by key` or why every change there recomputes everything.
        whole: the large sources every change of which recomputes everything.
        wrong: rows that differed from the query, summed over all streams.
        times: stream -> what it cost.
    """

    name: str
    in_two_steps: bool = False
    refused: str = ""
    classes: dict[str, str] = field(default_factory=dict[str, str])
    whole: tuple[str, ...] = ()
    wrong: int = 0
    times: dict[str, Times] = field(default_factory=dict[str, Times])

    @property
    def by_key(self) -> bool:
        """Whether a change of every large source recomputes only the rows that it affects."""
        return not self.refused and not self.whole

    def row(self) -> dict[str, object]:
        """The outcome as a row of the printed table."""
        found: dict[str, object] = {
            "query": self.name + (" (two steps)" if self.in_two_steps else ""),
            "accepted": "no" if self.refused else "yes",
            "large by key": "yes" if self.by_key else "no",
            "sources": self._sources,
            "wrong": self.wrong,
        }
        for stream, times in self.times.items():
            found[f"{stream}: ms"] = f"{1000 * times.refresh:.0f} / {1000 * times.whole:.0f}"
        return found

    @property
    def _sources(self) -> str:
        """All sources, each with its class."""
        by_key, whole = (
            " ".join(source for source, of_source in self.classes.items() if (of_source == BY_KEY) is wanted)
            for wanted in (True, False)
        )
        return "; ".join([*([f"by key: {by_key}"] if by_key else []), *([f"whole: {whole}"] if whole else [])])


def figures(outcomes: Sequence[Outcome], failed: Sequence[str]) -> list[Figure]:
    """The totals beside their goals."""
    single = [each for each in outcomes if not each.in_two_steps]
    two_steps = {each.name for each in outcomes if each.in_two_steps and each.by_key}
    by_key = sum(each.by_key for each in single)
    either = sum(each.by_key or each.name in two_steps for each in single)
    enough = max(len(single) - _MAY_BE_WHOLE, 1)
    streams = list(dict.fromkeys(stream for each in outcomes for stream in each.times))
    return [
        Figure("queries accepted", sum(not each.refused for each in single), at_least=len(single)),
        Figure("queries with the large tables by key, each as one read model", by_key, at_least=enough),
        Figure("the same, where some are split in two read models", either, at_least=enough),
        Figure("rows that differ from the queries", sum(each.wrong for each in outcomes), at_most=0),
        Figure("refreshes that failed", len(failed), at_most=0),
        *(
            Figure(
                f"{stream}, one read model each: {name}, refresh against REFRESH MATERIALIZED VIEW", _share(of, stream)
            )
            for stream in streams
            for name, of in (
                ("large by key", [each for each in single if each.by_key]),
                ("all", single),
            )
            if any(stream in each.times for each in of)
        ),
    ]


def _share(outcomes: Sequence[Outcome], stream: str) -> float:
    times = [each.times[stream] for each in outcomes if stream in each.times]
    return sum(each.refresh for each in times) / sum(each.whole for each in times)
