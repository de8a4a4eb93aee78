"""The declaration of proposed read models, as Python, and their definitions, as SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from denorm_assets.db.scaffold.proposals import Proposal
from denorm_assets.model.index import Index
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.system import System

_NONE = """\
# Write the SELECT of a read model to sql/totals.sql, for example; declare it here, and name it in the system below:
#
# from pathlib import Path
{imports}
# TOTALS = ReadModel(name="totals", definition=SqlFile(Path(__file__).parent / "sql" / "totals.sql"), key=("id",))
"""


def imports(names: Iterable[str]) -> str:
    """The line that imports `names`, which are all public."""
    return f"from denorm_assets import {', '.join(sorted(names))}"


def declaration(package: str, systems: Mapping[str, System], proposals: Sequence[Proposal]) -> str:
    """The module `systems.py`."""
    used = {"Phase", "System"}
    if proposals:
        used |= {"ReadModel", "SqlFile"}
        used |= {"Full"} if any(isinstance(each.model.refresh, Full) for each in proposals) else set()
        used |= {"IdRanges"} if any(each.model.backfill for each in proposals) else set()
        used |= {"Index"} if any(each.model.indexes for each in proposals) else set()
    parts = [
        f'"""The read models of {package}, as `denorm-assets init` proposed them. This file is yours to change."""\n',
        "from __future__ import annotations\n",
        *(["from pathlib import Path\n"] if proposals else []),
        f"{imports(used)}\n",
        *(['SQL = Path(__file__).parent / "sql"\n'] if proposals else []),
        *((_read_model(each) for each in proposals) if proposals else [_nothing()]),
        *(
            _system(constant, systems[schema], [each for each in proposals if each.schema == schema])
            for schema, constant in constants(systems).items()
        ),
        f"SYSTEMS = {_tuple(constants(systems).values())}\n",
    ]
    return "\n".join(parts)


def definition(proposal: Proposal) -> str:
    """The `.sql` file of a read model."""
    return "\n".join((*(f"-- {line}".rstrip() for line in _lines(proposal.origin)), proposal.model.definition.text, ""))


def constants(systems: Mapping[str, System]) -> dict[str, str]:
    """Schema -> the name of its system in `systems.py`."""
    several = len(systems) > 1
    return {schema: f"{system.name.upper()}_SYSTEM" if several else "SYSTEM" for schema, system in systems.items()}


def _nothing() -> str:
    lines = imports(["ReadModel", "SqlFile"]).splitlines()
    return _NONE.format(imports="\n".join(f"# {line}" for line in lines))


def _read_model(proposal: Proposal) -> str:
    model = proposal.model
    fields = [
        f"name={_text(model.name)}",
        f"definition=SqlFile(SQL / {_text(model.definition.path.name)})",
        f"key={_tuple(map(_text, model.key))}",
    ]
    if model.backfill is not None:
        columns = ", ".join(_text(str(driving)) for driving in model.backfill.driving)
        fields.append(f"backfill=IdRanges({columns})")
    if isinstance(model.refresh, Full):
        fields.append(f"refresh=Full(every={model.refresh.every:g})")
    if model.indexes:
        fields.append(f"indexes={_tuple(map(_index, model.indexes))}")
    comment = [f"# {line}".rstrip() for line in _lines(proposal.origin)]
    return "\n".join((*comment, f"{_constant(model)} = ReadModel(", *(f"    {each}," for each in fields), ")\n"))


def _system(constant: str, system: System, proposals: Sequence[Proposal]) -> str:
    [phase] = system.phases
    models = [f"{'' if each.active else '# '}{_constant(each.model)}," for each in proposals]
    if not models:
        models = ["# TOTALS,"]
    return "\n".join(
        (
            f"{constant} = System(",
            f"    name={_text(system.name)},",
            f"    schema={_text(system.schema)},",
            "    phases=(",
            "        Phase(",
            f"            name={_text(phase.name)},",
            "            read_models=(",
            *(f"                {each}" for each in models),
            "            ),",
            "        ),",
            "    ),",
            ")\n",
        )
    )


def _index(index: Index) -> str:
    terms = ", ".join(_text(f"{term.column} {term.order}".rstrip()) for term in index.terms)
    return f"Index({terms}{', unique=True' if index.unique else ''})"


def _constant(model: ReadModel) -> str:
    return model.name.upper()


def _tuple(items: Iterable[str]) -> str:
    found = list(items)
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _text(value: str) -> str:
    """A Python string; JSON writes the same with double quotes."""
    return json.dumps(value, ensure_ascii=False)


def _lines(texts: Sequence[str]) -> list[str]:
    """Texts as lines of comments: whatever stands in a name, no line goes on as code."""
    return [line for text in texts for line in text.splitlines()]
