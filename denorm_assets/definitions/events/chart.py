"""Charts for metadata, as pictures inside Markdown. Without matplotlib there are none, and nothing else changes."""

# matplotlib leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import dagster as dg

from denorm_assets.db.cutover.query_timing import PairTiming
from denorm_assets.extras import MATPLOTLIB
from denorm_assets.load_test.run import Moment
from denorm_assets.model.system import Stages

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INCHES_WIDE = 4.4
"""As wide as the dialog in which Dagster shows it, so that it can be read there."""
_INCHES_PER_CHARACTER = 0.057
"""Of a label in 7 points, as wide as they come."""

Charts = dict[str, dg.MarkdownMetadataValue]
"""Metadata; empty where matplotlib is not installed."""


def before_and_after(timings: Sequence[PairTiming]) -> Charts:
    """`chart`: milliseconds of each query before and after, on a logarithmic axis."""
    return bars(
        "chart",
        "milliseconds per query",
        [timing.query for timing in timings],
        {"before": [timing.before_ms for timing in timings], "after": [timing.after_ms for timing in timings]},
    )


def bars(name: str, unit: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> Charts:
    """`name`: grouped horizontal bars on a logarithmic axis, one group per label, one bar per series."""
    if not MATPLOTLIB.is_installed:
        return {}
    # Takes a while to import, and only who draws needs it.
    from matplotlib.figure import Figure

    inches_high = 1 + 0.45 * len(labels)
    figure = Figure(figsize=(_INCHES_WIDE, inches_high))
    # Not matplotlib's constrained layout: measuring every text takes longer than all else here.
    left = 0.2 + max(len(label) for label in labels) * _INCHES_PER_CHARACTER
    axes = figure.add_axes((left / _INCHES_WIDE, 0.5 / inches_high, 0.95 - left / _INCHES_WIDE, 1 - 0.8 / inches_high))
    height = 0.8 / len(series)
    for position, (legend, values) in enumerate(series.items()):
        drawn = axes.barh([y + position * height for y in range(len(labels))], values, height, label=legend)
        axes.bar_label(drawn, fmt="%.3g", padding=2, fontsize=7)
    axes.set_xscale("log")
    axes.set_yticks([y + height * (len(series) - 1) / 2 for y in range(len(labels))], labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel(unit, fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.margins(x=0.2, y=0.2 / len(labels))
    axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(series), frameon=False)
    return {name: _picture(figure, unit)}


def load_over_time(timeline: Sequence[Moment], stages: Stages) -> Charts:
    """`chart`: milliseconds of a load test's requests above, users and requests a second below.

    The steady stretch is shaded.
    """
    if not MATPLOTLIB.is_installed:
        return {}
    from matplotlib.figure import Figure

    panels = (
        (
            "milliseconds",
            {"p50": [moment.p50_ms for moment in timeline], "p95": [moment.p95_ms for moment in timeline]},
        ),
        (
            "at once, a second",
            {
                "users": [moment.users for moment in timeline],
                "requests a second": [moment.per_second for moment in timeline],
            },
        ),
    )
    figure = Figure(figsize=(_INCHES_WIDE, 4), layout="constrained")
    both = figure.subplots(len(panels), sharex=True)
    for axes, (unit, series) in zip(both, panels, strict=True):
        for name, values in series.items():
            axes.plot([moment.second for moment in timeline], values, label=name, linewidth=1)
        axes.axvspan(stages.ramp, stages.ramp + stages.steady, color="0.93")
        axes.set_ylabel(unit, fontsize=8)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=7)
        axes.legend(fontsize=7)
    both[-1].set_xlabel("seconds", fontsize=8)
    return {"chart": _picture(figure, "load over time")}


def _picture(figure: Figure, title: str) -> dg.MarkdownMetadataValue:
    picture = BytesIO()
    figure.savefig(picture, format="svg")
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{base64.b64encode(picture.getvalue()).decode()})")
