"""A read model that a person adds to the module that `init` wrote."""

from __future__ import annotations

from collections.abc import Sequence

_IN_PHASE = "            read_models=(\n"
_SYSTEM = "SYSTEM = System(\n"


def declared(module: str, name: str, key: Sequence[str]) -> str:
    """`module` with one more read model, in the phase of its system."""
    assert module.count(_IN_PHASE) == module.count(_SYSTEM) == 1, "init writes one system with one phase"
    constant = name.upper()
    columns = "".join(f"{column!r}, " for column in key).rstrip()
    declaration = (
        f"{constant} = ReadModel(\n    name={name!r},\n    definition=SqlFile(SQL / {f'{name}.sql'!r}),\n"
        f"    key=({columns}),\n)\n\n"
    )
    module = module.replace(_SYSTEM, declaration + _SYSTEM)
    return module.replace(_IN_PHASE, f"{_IN_PHASE}                {constant},\n")
