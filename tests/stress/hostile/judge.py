"""The oracle, and what the product's checks say: read by nothing but the product's own commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.model.read_model import ReadModel
from tests.stress.hostile.shell import Shell
from tests.support.live import one_number

_WORD = re.compile(r"\w+")
_HEALTH = ("queue", "refreshes", "change_log")
_SERVED = ("live", "needs_rebuild")
_ROWS = "kept_fresh", "backfill_complete"
COMPARES = "matches_definition"


def is_there(connection: psycopg.Connection[tuple[Any, ...]], schema: str, name: str) -> bool:
    """Whether a table or view of that name exists."""
    found = connection.execute("SELECT to_regclass(format('%%I.%%I', %s::text, %s::text))", [schema, name]).fetchone()
    return found is not None and found[0] is not None


def count_rows(connection: psycopg.Connection[tuple[Any, ...]], query: sql.Composed) -> int:
    """How many rows `query` yields."""
    return one_number(connection, sql.SQL("SELECT count(*) FROM ({}) AS counted").format(query))


def differing_rows(
    connection: psycopg.Connection[tuple[Any, ...]], schema: str, model: ReadModel, *, by_value: bool = False
) -> int | None:
    """Rows that only the read model or only its definition holds, duplicates counted; None where it cannot be run.

    As text, so that values which are equal but look different count; with `by_value`, as PostgreSQL compares them.
    """
    text = sql.SQL(cast(LiteralString, model.definition.text))
    try:
        described = connection.execute(sql.SQL("SELECT * FROM ({}\n) AS d LIMIT 0").format(text)).description
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in described or ())
        shown = columns if by_value else sql.SQL("ROW({})::pg_catalog.text").format(columns)
        return one_number(
            connection,
            sql.SQL(
                "WITH defined AS MATERIALIZED (SELECT {shown} FROM (\n{text}\n) AS d),"
                " held AS MATERIALIZED (SELECT {shown} FROM {table} AS h)"
                " SELECT (SELECT count(*) FROM (TABLE defined EXCEPT ALL TABLE held) AS x)"
                " + (SELECT count(*) FROM (TABLE held EXCEPT ALL TABLE defined) AS x)"
            ).format(shown=shown, text=text, table=sql.Identifier(schema, model.name)),
        )
    except psycopg.Error:
        return None


def served_models(shell: Shell, states: Sequence[str] = _SERVED) -> set[str] | None:
    """Read models that people may read, or in one of `states`, as `status` says; None where it says nothing."""
    rows = [row for row in shell.run("status", "--json").json() if "model" in row]
    return {row["model"].partition("/")[2] for row in rows if row["state"] in states} if rows else None


@dataclass(frozen=True)
class Verdict:
    """What the checks say.

    Attributes:
        red: what each failed check says, by `read model check`, or `system check` where it is of the whole system.
        compared: read models whose comparison with the definition passed.
        relations: names by which a check can say what it means.
    """

    red: dict[str, str]
    compared: frozenset[str]
    relations: frozenset[str]

    def warns_of(self, model: ReadModel) -> str:
        """What a check other than the comparison says of the read model or its sources; empty if nothing."""
        found = [
            text
            for name, text in self.red.items()
            if name.startswith(f"{model.name} ") or (name.startswith("system ") and self._concerns(text, model))
        ]
        return "; ".join(text for text in found if not text.startswith(COMPARES))

    def _concerns(self, text: str, model: ReadModel) -> bool:
        """Whether what is said of the system names the read model, something that it reads, or nothing at all."""
        named = self.relations & set(_WORD.findall(text))
        return not named or bool(named & {model.name, *_WORD.findall(model.definition.text)})


def ask_checks(shell: Shell, models: Sequence[ReadModel], relations: Sequence[str]) -> Verdict:
    """Run `check`, `status`, `status --objects` and `status --health`."""
    red: dict[str, str] = {}
    compared: set[str] = set()
    for model in models:
        checked = shell.run("check", f"shop/{model.name}", "--json")
        results = checked.json()
        if not results:
            red[f"{model.name} check"] = checked.error
        for result in results:
            if result["name"] == COMPARES and result["passed"]:
                compared.add(model.name)
            if result["name"] in (*_ROWS, COMPARES) and not result["passed"]:
                red[f"{model.name} {result['name']}"] = f"{result['name']}: {result['summary']}"
    for row in shell.run("status", "--json").json():
        name = str(row.get("model", "")).partition("/")[2]
        if row.get("state", "live") != "live":
            red[f"{name} state"] = f"state: {row['state']}"
    objects = shell.run("status", "--objects", "--json")
    for row in objects.json():
        if row["state"] != "installed":
            red[f"system {row['name']}"] = f"{row['object']} {row['name']}: {row['state']}; {row['what to do']}"
    if objects.status:
        red["system objects"] = objects.error
    for result in shell.run("status", "--health", "--json").json():
        if result["name"] in _HEALTH and not result["passed"]:
            red[f"system {result['name']}"] = f"{result['name']}: {result['summary']}"
    return Verdict(red, frozenset(compared), frozenset(relations))
