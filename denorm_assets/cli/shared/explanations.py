"""How explanations of read models are printed: by `plan`, `explain` and `try`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from denorm_assets.db.apply.explain_models import ROWS_WITHOUT_INDEX, ModelExplanation
from denorm_assets.db.apply.explanation_tree import explanation_tree
from denorm_assets.sql.analysis.explain import BY_KEY, Explanation


def explanation_row(explained: ModelExplanation) -> dict[str, object]:
    """An explanation as JSON."""
    return {
        "read_model": explained.read_model,
        "refresh": explained.refresh,
        "sources": [
            {
                "source": str(each.source),
                "class": each.kind,
                "sentence": each.sentence,
                "views": [str(view) for view in explained.above.get(each.source, ())],
                "rows_read": each.rows,
                "notes": each.notes,
            }
            for each in explained.sources
        ],
        "missing_indexes": [{"on": missing.on, "remedy": missing.remedy} for missing in explained.missing_indexes],
        "restrictions": explained.restrictions,
        "row_security": explained.row_security,
        "time_zone": explained.time_zone,
        "clock": explained.clock,
        "narrowed": explained.narrowed,
    }


def _cost(source: Explanation) -> list[str]:
    many = source.kind == BY_KEY and (source.rows or 0) >= ROWS_WITHOUT_INDEX
    return [f"One such change reads about {source.rows:,} rows."] if many else []


def print_trees(explanations: Sequence[ModelExplanation]) -> None:
    """Print each read model as a tree of its sources."""
    for explained in explanations:
        name, *lines = explanation_tree(explained)
        click.echo("\n".join((name, *(f"  {line}" for line in lines), "")))


def print_explanations(explanations: Sequence[ModelExplanation]) -> None:
    """Print each read model, and what is to be said of it line by line."""
    for explained in explanations:
        lines = [*explained.refresh]
        lines += [line for each in explained.sources for line in (each.sentence, *each.notes, *_cost(each))]
        lines += [*(missing.sentence for missing in explained.missing_indexes), *explained.of_no_source]
        click.echo("\n".join((explained.read_model, *(f"  {line}" for line in lines), "")))
