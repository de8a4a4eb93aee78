"""`plan`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from denorm_assets.cli.shared.adoption import adopt_option, adopted_models
from denorm_assets.cli.shared.explanations import explanation_row, print_explanations
from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json
from denorm_assets.cli.shared.step_rows import all_option, changing, print_steps
from denorm_assets.cli.shared.step_text import print_sql, sql_of
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.apply.backfill_sql import backfill_texts
from denorm_assets.db.apply.capture_sql import capture_text
from denorm_assets.db.apply.create_tables import adoption
from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.control.confirmation import confirmation_codes
from denorm_assets.db.control.declarations import require_not_superseded
from denorm_assets.db.plan.objects import Stage, Step
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import Superseded
from denorm_assets.model.system import System


@click.command()
@click.argument("system", required=False)
@click.option("--sql", is_flag=True, help="Print every statement: capture, affected rows, backfill and comparison too.")
@adopt_option
@all_option
@common_options
def plan(
    system: str | None, sql: bool, adopt: tuple[str, ...], everything: bool, systems: str | None, as_json: bool
) -> None:
    """Show what `apply` would do.

    Shows what would be created, changed, rebuilt or dropped, when, with which locks, and about how many seconds it
    takes; what would be lost, so that `apply` asks first; how the rows of an adopted table differ; what PostgreSQL
    refuses because of us; which rows a change in each source will affect, how they are found, and the indexes that this
    lacks. Changes nothing.
    """
    items: list[_Item] = []
    refused: list[str] = []
    explanations: list[ModelExplanation] = []
    codes: dict[str, str] = {}
    adopted = adopted_models(systems, adopt)
    with open_database() as database:
        every = chosen_systems(systems, system)
        one_by_one = OneByOne(len(every))
        for chosen in every:
            with one_by_one.each():
                planned = plan_system(database, chosen, adopted)
                steps = planned.steps
                refused += [f"{chosen.name}: {step.name}: {step.why}" for step in steps if step.action == "refused"]
                try:
                    with database.session() as session:
                        require_not_superseded(session, chosen)
                except Superseded as error:
                    refused.append(str(error))
                found = _items(database, chosen, [step for step in steps if step.action != "refused"])
                codes |= _codes(database, chosen, found)
                ready = planned.readable(chosen)
                explained = explain_system(database, ready)
                explanations += explained
                items += (
                    [*_with_capture(database, ready, found, explained), *_loading(database, ready)] if sql else found
                )
        one_by_one.raise_shared()
    if as_json:
        rows = [{**item.row, **({"notes": item.notes} if item.notes else {})} for item in items]
        planned = [{**row, "sql": item.texts} for row, item in zip(rows, items, strict=True)] if sql else rows
        shown = [explanation_row(each) for each in explanations]
        print_json({"steps": planned, "explanations": shown, "confirmations": codes, "refused": refused})
    elif sql:
        _print_sql(items)
    else:
        rows = [item.row for item in items]
        todo = changing(rows)
        print_steps(rows, everything=everything)
        for item in items:
            for note in item.notes:
                click.echo(f"{item.row['name']}: {note}\n")
        print_explanations(explanations)
        later = sum(row["when"] == Stage.AFTER_LOAD.value for row in todo)
        by_hand = sum(row["when"] == Stage.BY_HAND.value for row in todo)
        told = f"{len(todo) - later - by_hand} steps for `denorm-assets apply`, {later} after the backfill"
        told += f", {by_hand} by hand" if by_hand else ""
        click.echo(f"{told}." if todo else "Nothing to do.")
        for phase, code in codes.items():
            click.echo(f"{phase} cannot be undone. To start it in Dagster, give it `confirm: {code}` in the launchpad.")
    for each in refused:
        click.echo(f"Error: {each}", err=True)
    one_by_one.tell()
    if refused:
        sys.exit(1)


def _codes(database: Database, system: System, steps: Sequence[_Item]) -> dict[str, str]:
    """The codes by which phases are confirmed that cannot be undone, where one of them is still to be done."""
    by_hand = Stage.BY_HAND.value
    if not any(item.row["when"] == by_hand and item.row["action"] != "keep" for item in steps):
        return {}
    with database.session() as session:
        codes = confirmation_codes(session, system)
    return {f"{system.name}/{phase}": code for phase, code in codes.items()}


@dataclass
class _Item:
    """Something that is run: as a row of the table, as statements, and the comments above these.

    Attributes:
        notes: what somebody must know who agrees to it.
    """

    row: dict[str, object]
    texts: list[str]
    comments: Sequence[str] = ()
    notes: Sequence[str] = ()


def _items(database: Database, system: System, steps: Sequence[Step]) -> list[_Item]:
    return [
        _Item(
            _plan_row(system, step.kind, step.name, step.action, step.stage.value, step.lock, step.seconds),
            sql_of(step),
            notes=_notes(database, system, step),
        )
        for step in steps
    ]


def _notes(database: Database, system: System, step: Step) -> list[str]:
    if step.kind == "table" and step.action == "adopt":
        return [adoption(database, system, system.read_model(step.name.removeprefix(f"{system.schema}.")))]
    return [f"loses {step.loses}; `apply` asks first, or needs --drop-undeclared"] if step.loses else []


def _with_capture(
    database: Database, system: System, steps: list[_Item], explained: Sequence[ModelExplanation]
) -> list[_Item]:
    """The steps, and what runs for the changes that capture logs."""
    captured = capture_text(database, system)
    sentences = {
        (model.read_model, str(source.source)): [
            each.sentence for each in model.sources if each.source == source.source
        ]
        for model in explained
        for source in model.sources
    }
    affected = [
        _Item(
            _plan_row(system, "affected rows", f"{model} from {source}", "find", "after a change", ""),
            [text],
            sentences[model, source],
        )
        for (model, source), text in captured.affected.items()
    ]
    at_once = [
        _Item(_plan_row(system, "affected rows", model, "recompute", "in the writing transaction", ""), [text])
        for model, text in captured.recompute.items()
    ]
    return [*steps, *affected, *at_once]


def _loading(database: Database, system: System) -> list[_Item]:
    return [
        _Item(
            _plan_row(system, "backfill", name, "run", "on demand", ""),
            [text],
        )
        for name, text in backfill_texts(database, system).items()
    ]


def _plan_row(
    system: System, kind: str, name: str, action: str, when: str, locks: str, seconds: float = 0.0
) -> dict[str, object]:
    return {
        "system": system.name,
        "kind": kind,
        "name": name,
        "action": action,
        "when": when,
        "locks": locks,
        "seconds": round(seconds, 1),
    }


def _print_sql(items: Sequence[_Item]) -> None:
    for item in items:
        heading = f"{item.row['action']} {item.row['kind']} {item.row['name']}, {item.row['when']}"
        print_sql(heading, item.texts, (*item.notes, *item.comments))
