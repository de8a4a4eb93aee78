"""Bar charts for metadata, as pictures inside Markdown."""

# matplotlib leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO

import dagster as dg

from denorm_assets.db.query_bench import PairTiming

_INCHES_WIDE = 4.4
"""As wide as the dialog in which Dagster shows it, so that it can be read there."""


def before_and_after(timings: Sequence[PairTiming]) -> dg.MarkdownMetadataValue:
    """Milliseconds of each query before and after, on a logarithmic axis."""
    return bars(
        "milliseconds per query",
        [timing.query for timing in timings],
        {"before": [timing.before_ms for timing in timings], "after": [timing.after_ms for timing in timings]},
    )


def bars(unit: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> dg.MarkdownMetadataValue:
    """Grouped horizontal bars on a logarithmic axis, one group per label, one bar per series."""
    # Takes a while to import, and only who draws needs it.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_INCHES_WIDE, 0.9 + 0.45 * len(labels)), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / len(series)
    for position, (name, values) in enumerate(series.items()):
        drawn = axes.barh([y + position * height for y in range(len(labels))], values, height, label=name)
        axes.bar_label(drawn, fmt="%.3g", padding=2, fontsize=7)
    axes.set_xscale("log")
    axes.set_yticks([y + height * (len(series) - 1) / 2 for y in range(len(labels))], labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel(unit, fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.margins(x=0.2)
    axes.legend(fontsize=7)
    picture = BytesIO()
    figure.savefig(picture, format="svg")
    return dg.MetadataValue.md(f"![{unit}](data:image/svg+xml;base64,{base64.b64encode(picture.getvalue()).decode()})")
