"""docs/reference/api.md, made of the docstrings of what `denorm_assets` and `denorm_assets.testing` export."""

from __future__ import annotations

import inspect
import re
from textwrap import dedent
from typing import Any

import denorm_assets
from denorm_assets import testing

PREAMBLE = """from pathlib import Path

import dagster as dg

from denorm_assets import *
from denorm_assets.testing import *
from denorm_assets.systems.social import SYSTEM as SOCIAL

ORDER_TOTALS = ReadModel(
    "order_totals",
    "SELECT order_id, count(*) AS lines FROM order_lines GROUP BY order_id",
    key=("order_id",),
    backfill=IdRanges("order_lines.order_id"),
)
SHOP = System("shop", read_models=(ORDER_TOTALS,))


@dg.asset(key=["raw", "order_lines"])
def raw_order_lines() -> None: ...


@dg.asset(deps=[["shop", "order_totals"]], automation_condition=dg.AutomationCondition.any_deps_updated())
def report() -> None: ...
"""
_INTRODUCTION = """# Public interface

Import everything here from `denorm_assets`, and what is under Testing from `denorm_assets.testing`. Both have types
(`py.typed`).

**What is not on this page is private**, whatever module it is in. It may change in any release.

More is in [declarations](declarations.md), [caches](../guides/caches.md), [testing](../guides/testing.md) and
[an existing Dagster project](../guides/existing-dagster-project.md).

This page is made from docstrings. `tests/integration/docs/test_api.py` writes it again with `DENORM_UPDATE_GOLDEN=1`.

The examples are run by a test, after these lines:

"""
_SECTIONS = {
    "Declarations": "denorm_assets.model.",
    "Dagster": "denorm_assets.definitions.",
    "Cache clients": "denorm_assets.db.",
    "Settings": "denorm_assets.settings",
    "Errors": "denorm_assets.errors",
}
_HEAD = re.compile(r"^(Attributes|Args|Raises|Example):\n", re.MULTILINE)
_FIELD = re.compile(r"^(\S[^:\n]*): (.*(?:\n[ ]+.*)*)", re.MULTILINE)


def example_of(name: str) -> str:
    """The example in the docstring of what is exported as `name`."""
    return _parts(name).get("Example", "")


def page() -> str:
    """The whole page."""
    lines = [_INTRODUCTION + _code(PREAMBLE)]
    for title, home in _SECTIONS.items():
        lines.append(f"## {title}\n")
        lines += [_entry(name) for name in denorm_assets.__all__ if _exported(name).__module__.startswith(home)]
    lines += ["## Testing\n", *map(_entry, testing.__all__)]
    return "\n".join(lines).rstrip() + "\n"


def _exported(name: str) -> Any:
    return getattr(denorm_assets if name in denorm_assets.__all__ else testing, name)


def _parts(name: str) -> dict[str, str]:
    """Head -> text below it; the empty head is the description."""
    first, *rest = _HEAD.split(inspect.cleandoc(_exported(name).__doc__ or ""))
    return {
        "": first.strip(),
        **{head: dedent(text).strip("\n") for head, text in zip(rest[::2], rest[1::2], strict=True)},
    }


def _entry(name: str) -> str:
    parts = _parts(name)
    lines = [f"### `{name}`", "", parts.pop(""), ""]
    example = parts.pop("Example", "")
    for text in parts.values():
        lines += [f"- `{field}`: {' '.join(said.split())}" for field, said in _FIELD.findall(text)]
        lines.append("")
    methods = _methods(_exported(name)) if name in _WITH_METHODS else []
    return "\n".join([*lines, *methods, _code(example)])


_WITH_METHODS = ("DenormTranslator", "LiveSystem")
"""Classes whose methods people override or call."""


def _methods(declared: type) -> list[str]:
    found = [(name, method) for name, method in vars(declared).items() if not name.startswith("_")]
    return [f"- `{name}`: {' '.join((inspect.getdoc(method) or '').split())}" for name, method in found] + [""]


def _code(text: str) -> str:
    return f"```python\n{text.rstrip()}\n```\n"
