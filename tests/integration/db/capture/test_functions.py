"""Every function of ours, as the catalog has it: whose rights it runs with, who may call it, which names it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from denorm_assets.model.refresh import Debounce, Realtime
from tests.integration.db.conftest import ITEMS, ITEMS_COPY, MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
AS_OWNER = re.compile(r"capture_\d+|recompute_now|flag_enabled")
"""The only functions that need their owner's rights: they run in sessions of the application."""
FUNCTIONS = (
    "SELECT proname, prosrc, prosecdef, coalesce(proconfig, '{}'),"
    " has_function_privilege('pg_database_owner', oid, 'EXECUTE')"
    " FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace"
)
_TOKEN = re.compile(
    r"(?P<comment>(?:--|#variable_conflict)[^\n]*)|(?P<string>E?'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\"|[A-Za-z_]\w*)"
    r"|(?P<assign>:=)|(?P<cast>::)|(?P<operator>[-+*/<>=~!@#%^&|`?]+)|(?P<other>\d+|\$\d+|\S)"
)
_SYNTAX = re.compile(
    "and|or|not|in|is|as|on|from|where|select|exists|all|any|array|row|case|when|then|else|if|elsif|while|loop|return"
    "|execute|perform|into|using|values|coalesce|union|except|intersect|limit|offset|by|filter|over|within|set|raise"
    "|join|lateral|materialized|with|returning|insert|update|delete|having|group|order|nullif|greatest|least"
)
"""Words before a parenthesis that call no function; COALESCE and the like are syntax, with no name to look up."""
_LOOKED_UP = frozenset(("in", "between", "like", "ilike", "similar"))
"""Syntax that looks an operator up by its name, under the search path."""


def unqualified(body: str) -> Iterator[str]:
    """Calls, types and operators in `body` without a schema; strings that hold SQL are looked at, too."""
    tokens = [(m.lastgroup or "", m[0]) for m in _TOKEN.finditer(body) if m.lastgroup != "comment"]
    assigning = False
    for position, (kind, text) in enumerate(tokens):
        before = tokens[position - 1] if position else ("", "")
        after = tokens[position + 1] if position + 1 < len(tokens) else ("", "")
        word = text.lower()
        if word in ("set", "diagnostics", "where", ";"):
            assigning = word in ("set", "diagnostics")
        if kind == "string" and re.search(r"\b(SELECT|WHERE|FROM)\b", text):
            yield from unqualified(text[1:-1].replace("''", "'"))
        elif kind == "operator":
            star = text == "*" and (before[1] in ("(", ".", ",") or before[1].lower() in ("select", "returning"))
            assigned = text == "=" and assigning
            signed = text == "-" and before[1] in ("(", ",", ")") and after[1].isdigit()
            if not (star or assigned or signed or before[1] == "." or re.fullmatch(r"%\d*\$?", text)):
                yield f"operator {text} after {before[1]}"
        elif kind == "cast" and tokens[position + 2][1] != ".":
            yield f"type {after[1]}"
        elif kind == "name":
            called = after[1] == "(" and before[1] != "." and not _SYNTAX.fullmatch(word)
            # `AS x (anchor)`, `INSERT INTO t (...)` and the CTE `stale (...)` name columns.
            if called and before[1].lower() not in ("as", "into") and word not in ("operator", "stale"):
                yield f"function {text}"
            elif word in _LOOKED_UP and not (word == "in" and before[1].lower() in ("attempt", "d", "m", "anchor")):
                yield f"syntax {text}"


@pytest.fixture
def everything(make_case: MakeCase) -> Case:
    """A database with every function of ours but those of phases, which run with the writer's rights."""
    return make_case(ITEMS.format(rows=10), ITEMS_COPY, refresh=Realtime(NOW))


def test_functions_of_denorm_are_private_and_fully_qualified(everything: Case) -> None:
    for name, body, as_owner, settings, everybody in everything.rows(FUNCTIONS):
        assert everybody == (name == "flag_enabled"), name
        assert as_owner == bool(AS_OWNER.fullmatch(name)), name
        assert "search_path=pg_catalog, pg_temp" in settings, name
        assert list(unqualified(body)) == [], name


@pytest.mark.parametrize(
    "planted",
    [
        "SELECT count(*) FROM denorm.source",
        "SELECT x::text FROM denorm.source",
        "SELECT 1 WHERE a = b",
        "SELECT 1 WHERE a LIKE 'b'",
        "EXECUTE 'SELECT lower(a) FROM b'",
    ],
)
def test_unqualified_name_in_function_body_is_found(planted: str) -> None:
    assert list(unqualified(planted)) != []
