"""Steps as SQL that people read before it runs, and may run by themselves."""

from __future__ import annotations

from collections.abc import Sequence

import click

from denorm_assets.db.postgres.compose import show
from denorm_assets.sql.step import Step


def sql_of(step: Step) -> list[str]:
    """The statements of a step, each with its semicolon; none where there is nothing to do."""
    if step.action == "keep":
        return []
    texts = (show(statement) for statement in step.statements)
    return [text if text.rstrip().endswith(";") else f"{text};" for text in texts]


def print_sql(heading: str, texts: Sequence[str], comments: Sequence[str] = ()) -> None:
    """Print statements below their heading and comments; nothing where there are none."""
    if texts:
        click.echo("\n".join((f"-- {heading}", *(f"-- {comment}" for comment in comments), *texts, "")))


def print_steps(steps: Sequence[Step]) -> None:
    """Print the statements of steps, each below what it does."""
    for step in steps:
        print_sql(f"{step.action} {step.kind} {step.name}", sql_of(step))
