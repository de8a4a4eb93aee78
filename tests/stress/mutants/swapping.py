"""Puts a mutant in place of the code of a module that is imported already."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

_PACKAGE = "denorm_assets"


def swap(module: ModuleType, tree: ast.Module) -> None:
    """Have the functions of `module`, whoever imported them, do what `tree` says; its constants are those of `tree`."""
    assert module.__file__ is not None
    mutated = ModuleType(module.__name__)
    mutated.__dict__.update({name: module.__dict__[name] for name in ("__file__", "__package__", "__spec__")})
    # Data classes look for their module by its name.
    sys.modules[module.__name__] = mutated
    try:
        exec(compile(tree, module.__file__, "exec"), mutated.__dict__)
    finally:
        sys.modules[module.__name__] = module
    others = dict(_functions(vars(mutated), module.__name__))
    for name, function in _functions(vars(module), module.__name__):
        other = others[name]
        function.__code__ = other.__code__
        function.__defaults__, function.__kwdefaults__ = other.__defaults__, other.__kwdefaults__
    for name, value in vars(mutated).items():
        # Others are equal, but of classes that nobody else knows.
        if not isinstance(value, type | ModuleType | FunctionType) and repr(value) != repr(vars(module).get(name)):
            setattr(module, name, value)


def forget_results() -> None:
    """Empty all caches of functions: what they hold was found without the mutant."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in (_PACKAGE, "tests"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _functions(names: Mapping[str, Any], module: str) -> Iterator[tuple[str, FunctionType]]:
    """The functions that a module or a class defines, with their names."""
    for name, value in names.items():
        found = getattr(value, "__wrapped__", value)
        for part in (found, *(getattr(found, of, None) for of in ("fget", "func", "__func__"))):
            if isinstance(part, FunctionType) and part.__module__ == module:
                yield f"{part.__qualname__} {name}", part
        if isinstance(value, type) and value.__module__ == module:
            yield from _functions(vars(value), module)
