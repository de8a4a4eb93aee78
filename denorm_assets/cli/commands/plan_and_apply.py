"""`plan` and `apply`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import click

from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.step_text import print_sql, sql_of
from denorm_assets.cli.shared.targets import chosen_models, chosen_systems, common_options, open_database
from denorm_assets.db.apply.apply import apply_system, create_phase
from denorm_assets.db.apply.backfill_sql import backfill_texts
from denorm_assets.db.apply.capture_sql import capture_text
from denorm_assets.db.apply.create_tables import adoption
from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.control.confirmation import confirmation_codes
from denorm_assets.db.control.declarations import require_not_superseded
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.plan.objects import Stage, Step
from denorm_assets.db.postgres.session import Database
from denorm_assets.errors import ConfigurationError, Superseded, WouldBeLost
from denorm_assets.model.system import System

_LOADED = frozenset({"table", "materialized view"})
_EMPTY = frozenset({"create", "recreate", "adopt"})
_adopt = click.option(
    "--adopt",
    multiple=True,
    metavar="SYSTEM/MODEL",
    help="Let a read model take over the table that has its name. The backfill makes its rows those of the definition; "
    "how many differ is shown before.",
)

_all = click.option("--all", "everything", is_flag=True, help="List what is up to date, too.")


@click.command()
@click.argument("system", required=False)
@click.option("--sql", is_flag=True, help="Print every statement: capture, affected rows, backfill and comparison too.")
@_adopt
@_all
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
    adopted = _adopted(systems, adopt)
    with open_database() as database:
        every = chosen_systems(systems, system)
        going_on = OneByOne(len(every))
        for chosen in every:
            with going_on.each():
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
        going_on.raise_shared()
    if as_json:
        rows = [{**item.row, **({"notes": item.notes} if item.notes else {})} for item in items]
        planned = [{**row, "sql": item.texts} for row, item in zip(rows, items, strict=True)] if sql else rows
        shown = [_explanation_row(each) for each in explanations]
        print_json({"steps": planned, "explanations": shown, "confirmations": codes, "refused": refused})
    elif sql:
        _print_sql(items)
    else:
        rows = [item.row for item in items]
        todo = _changing(rows)
        _print_steps(rows, everything=everything)
        for item in items:
            for note in item.notes:
                click.echo(f"{item.row['name']}: {note}\n")
        _print_explanations(explanations)
        later = sum(row["when"] == Stage.AFTER_LOAD.value for row in todo)
        by_hand = sum(row["when"] == Stage.BY_HAND.value for row in todo)
        told = f"{len(todo) - later - by_hand} steps for `denorm-assets apply`, {later} after the backfill"
        told += f", {by_hand} by hand" if by_hand else ""
        click.echo(f"{told}." if todo else "Nothing to do.")
        for phase, code in codes.items():
            click.echo(f"{phase} cannot be undone. To start it in Dagster, give it `confirm: {code}` in the launchpad.")
    for each in refused:
        click.echo(f"Error: {each}", err=True)
    going_on.tell()
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


def _adopted(systems: str | None, names: Sequence[str]) -> frozenset[str]:
    """The read models that are to adopt a table. Raises UnknownName or ConfigurationError."""
    for name in names:
        if "/" not in name:
            raise ConfigurationError(f"--adopt {name} does not name a read model; write it as system/model")
    return frozenset(f"{system.name}/{model.name}" for name in names for system, model in chosen_models(systems, name))


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


def _explanation_row(explained: ModelExplanation) -> dict[str, object]:
    return {
        "read_model": explained.read_model,
        "sources": [
            {"source": str(each.source), "sentence": each.sentence, "notes": each.notes} for each in explained.sources
        ],
        "missing_indexes": [asdict(missing) for missing in explained.missing_indexes],
        "restrictions": explained.restrictions,
        "row_security": explained.row_security,
        "time_zone": explained.time_zone,
    }


def _print_sql(items: Sequence[_Item]) -> None:
    for item in items:
        heading = f"{item.row['action']} {item.row['kind']} {item.row['name']}, {item.row['when']}"
        print_sql(heading, item.texts, (*item.notes, *item.comments))


def _print_explanations(explanations: Sequence[ModelExplanation]) -> None:
    for explained in explanations:
        lines = [line for each in explained.sources for line in (each.sentence, *each.notes)]
        lines += [f"No index on {missing.on}. {missing.remedy}" for missing in explained.missing_indexes]
        lines += [*explained.restrictions, *explained.row_security, *explained.time_zone]
        click.echo("\n".join((explained.read_model, *(f"  {line}" for line in lines), "")))


@click.command()
@click.argument("system", required=False)
@click.option("--phase", "phase_name", help="Do one phase only; one that cannot be undone is done in no other way.")
@_adopt
@click.option(
    "--yes",
    "--drop-undeclared",
    "agreed",
    is_flag=True,
    help="Do not ask before dropping what is no longer declared: read models, their rows, columns and indexes.",
)
@click.option("--back", is_flag=True, help="Go back to an earlier declaration, after a later one was applied.")
@_all
@common_options
def apply(
    system: str | None,
    phase_name: str | None,
    adopt: tuple[str, ...],
    agreed: bool,
    back: bool,
    everything: bool,
    systems: str | None,
    as_json: bool,
) -> None:
    """Do what `plan` shows.

    Creates tables now, indexes and foreign keys where everything is loaded. What people read is rebuilt while they go
    on reading it. What is no longer declared is dropped; where people read it or it holds rows, `apply` asks first, and
    fails without a terminal. Killed, it resumes when you run it again; done twice, it does nothing. `abort` rolls back
    a failed apply.
    """
    rows: list[dict[str, object]] = []
    consent = Consent(_adopted(systems, adopt), loss=agreed)
    with open_database() as database:
        every = chosen_systems(systems, system)
        going_on = OneByOne(len(every))
        for chosen in every:
            with going_on.each():
                if not back:
                    with database.session() as session:
                        require_not_superseded(session, chosen)
                for step in _asking(database, chosen, phase_name, consent):
                    rows.append({"system": chosen.name, "kind": step.kind, "name": step.name, "action": step.action})
    going_on.raise_shared()
    if as_json:
        print_json(rows)
        going_on.tell()
        return
    _print_steps(rows, everything=everything)
    backfills = _backfills(_changing(rows))
    if backfills:
        click.echo(f"Load the rows next: {', '.join(backfills)}.")
    going_on.tell()


def _changing(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Those of the steps that have something to do."""
    return [row for row in rows if row["action"] != "keep"]


def _print_steps(rows: Sequence[dict[str, object]], *, everything: bool) -> None:
    """What changes as a table, and how much does not; or both in the table."""
    shown = rows if everything else _changing(rows)
    if shown:
        print_rows(shown, as_json=False)
    count = len(rows) - len(shown)
    if count:
        click.echo(f"{count} {'object is' if count == 1 else 'objects are'} up to date.\n")


def _backfills(rows: Sequence[dict[str, object]]) -> list[str]:
    """The commands that load what these steps created."""
    created = [row for row in rows if row["action"] in _EMPTY and row["kind"] in _LOADED]
    return [f"`denorm-assets backfill {system}`" for system in dict.fromkeys(row["system"] for row in created)]


def _asking(database: Database, system: System, phase_name: str | None, consent: Consent) -> list[Step]:
    """Apply; where something would be lost, ask the person at the terminal, if there is one."""
    try:
        return _apply(database, system, phase_name, consent)
    except WouldBeLost as error:
        if not sys.stdin.isatty():
            raise
        lost = "\n".join(f"  {loss}" for loss in error.losses)
        click.confirm(f"{error.name}: this would be lost:\n{lost}\nDrop it?", abort=True, err=True)
    return _apply(database, system, phase_name, replace(consent, loss=True))


def _apply(database: Database, system: System, phase_name: str | None, consent: Consent) -> list[Step]:
    def log(line: str) -> None:
        click.echo(line, err=True)

    if phase_name is None:
        return apply_system(database, system, log, consent)
    return create_phase(database, system, system.phase(phase_name), log, consent)
