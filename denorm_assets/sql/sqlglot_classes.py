"""sqlglot's parser and generator of PostgreSQL, as classes that can be extended.

In sqlglot's compiled build (the package sqlglotc, which comes with `sqlglot[rs]`, and so with dagster-dbt) they cannot:
"interpreted classes cannot inherit from compiled". Its Python sources are installed beside it, and of these four
modules they are loaded then. All else, such as the nodes of trees, is the build that everybody in the process has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import sqlglot
from sqlglot.generators import postgres as generators
from sqlglot.parsers import postgres as parsers

if TYPE_CHECKING:
    from sqlglot.generators.postgres import PostgresGenerator
    from sqlglot.parsers.postgres import PostgresParser

_EXTENDED = ("sqlglot.parser", "sqlglot.parsers.postgres", "sqlglot.generator", "sqlglot.generators.postgres")
"""What is extended, each after what it extends itself."""


def extensible() -> tuple[type[PostgresParser], type[PostgresGenerator]]:
    """The parser and the generator."""
    try:
        # The probe is what is asked for; how a build calls itself may change.
        type("Probe", (parsers.PostgresParser,), {})()
        type("Probe", (generators.PostgresGenerator,), {})()
    except TypeError:
        _, parser, _, generator = _from_sources(_EXTENDED)
        return parser.PostgresParser, generator.PostgresGenerator
    return parsers.PostgresParser, generators.PostgresGenerator


def _from_sources(names: Sequence[str]) -> list[ModuleType]:
    """The modules `names` from their Python sources; while they load, they see each other, and nobody does later."""
    before = {name: sys.modules[name] for name in names}
    modules: list[ModuleType] = []
    try:
        for name in names:
            source = Path(sqlglot.__file__).parent.joinpath(*name.split(".")[1:]).with_suffix(".py")
            loader = SourceFileLoader(name, str(source))
            spec = spec_from_loader(name, loader)
            assert spec is not None, "a loader for a file has a specification"
            module = module_from_spec(spec)
            _install(name, module)
            loader.exec_module(module)
            modules.append(module)
    finally:
        for name, module in before.items():
            _install(name, module)
    return modules


def _install(name: str, module: ModuleType) -> None:
    package, _, attribute = name.rpartition(".")
    sys.modules[name] = module
    setattr(sys.modules[package], attribute, module)
