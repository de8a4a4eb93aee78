"""Where in `defs.yaml` something stands, and what is wrong with it, in words."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from dagster_shared.yaml_utils.source_position import SourcePositionTree
from pydantic import ValidationError

from denorm_assets.definitions.component.forms import AttributesForm, Form
from denorm_assets.model.location import Location

KeyPath = tuple[str | int, ...]
"""Keys and positions from `attributes` to what is meant."""

_NAMED = {"systems": "system", "phases": "phase", "read_models": "read model", "queries": "query", "caches": "cache"}

_OF_FIELDS = ("missing", "extra_forbidden")
_MAPPING = "{field} has to be a mapping; write each of its fields as `field: value`"
_WORDS = {
    "missing": "{field} is missing; add it",
    "extra_forbidden": "there is no field {field}; {instead}",
    "empty": "{field} is empty; give it a value, or remove it",
    "list_type": "{field} has to be a list; write it as [{item}], or as lines that begin with a dash",
    "string_type": "{field} has to be a text; put {value} in quotes",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "union_tag_not_found": "{field} has no `kind`; add one of {kinds}",
    "union_tag_invalid": "{field} has an unknown `kind`; write one of {kinds}",
}
"""Type of a fault, as pydantic has it -> what people read."""


@dataclass(frozen=True)
class YamlFile:
    """The file of a component.

    Attributes:
        positions: where everything below `attributes` stands; None where Dagster does not know.
    """

    path: Path
    positions: SourcePositionTree | None

    def location(self, path: KeyPath) -> Location:
        """Where `path` stands; what it is part of, where it is not there."""
        node = self.positions
        if node is None:
            return Location(self.path, 1)
        for part in path:
            node = node.children.get(part, node)
        return Location(self.path, node.position.start.line)

    def fault(self, attributes: object, path: KeyPath, said: str) -> str:
        """A fault at `path` of `attributes`, with its line and what it is part of."""
        owner = _owner(attributes, path)
        parts = (
            [str(self.location(path)), said]
            if said.startswith(f"`{owner}`")
            else [str(self.location(path)), owner, said]
        )
        return ": ".join(part for part in parts if part)


def form_faults(file: YamlFile, attributes: object, unread: Container[KeyPath]) -> list[str]:
    """What keeps `attributes` from being what the file may say; `unread` are paths whose faults are known."""
    try:
        AttributesForm.model_validate(attributes)
    except ValidationError as error:
        found = [(_real_path(each, attributes), each) for each in error.errors(include_url=False)]
        return [file.fault(attributes, path, _words(path, each)) for path, each in found if path not in unread]
    return []


def _real_path(error: Mapping[str, Any], attributes: object) -> KeyPath:
    """The path of an error without the kinds and types that pydantic puts between."""
    path: list[str | int] = []
    at: object = attributes
    kind: object = None
    for part in error["loc"]:
        inside = _inside(at, part)
        if part == kind:
            kind = None
        elif inside is not None:
            path.append(part)
            [at] = inside
            [kind] = _inside(at, "kind") or (None,)
    return (*path, error["loc"][-1]) if error["type"] == "missing" else tuple(path)


def _inside(value: object, part: str | int) -> tuple[object] | None:
    """What `value` has at `part`; None where it has nothing there."""
    if isinstance(value, Mapping):
        found = cast(Mapping[object, object], value)
        return (found[part],) if part in found else None
    if isinstance(value, list) and isinstance(part, int):
        items = cast(list[object], value)
        return (items[part],) if part < len(items) else None
    return None


def _owner(attributes: object, path: KeyPath) -> str:
    """The innermost of what has a name, for example `read model 'order_totals'`."""
    said, above = "", ""
    at: object = attributes
    for part in path:
        [at] = _inside(at, part) or (None,)
        if isinstance(part, int) and above in _NAMED:
            [name] = _inside(at, "name") or (None,)
            said = f"{_NAMED[above]} {name!r}" if name else f"{above}[{part}]"
        above = str(part)
    return said


def _words(path: KeyPath, error: Mapping[str, Any]) -> str:
    kind, given, loc = error["type"], error["input"], error["loc"]
    if given is None and kind not in _OF_FIELDS:
        kind = "empty"
    return _WORDS.get(kind, "{field} is {value}; {said}").format(
        field=f"`{field_of(path)}`" if path else "attributes",
        value=_short(given),
        item=given if isinstance(given, str) else _short(given),
        instead=_instead(str(loc[-1]), _fields_at(loc[:-1])) if kind == "extra_forbidden" else "",
        kinds=_kinds_at(loc),
        said=error["msg"].replace("Input should be", "it has to be").replace("String should", "it has to"),
    )


def field_of(path: KeyPath) -> str:
    """The last name of a path, with the positions behind it: `key[0]`."""
    names = [n for n, part in enumerate(path) if isinstance(part, str)]
    behind = path[names[-1] :] if names else path
    return str(behind[0]) + "".join(f"[{part}]" for part in behind[1:])


def _instead(field: str, fields: Sequence[str]) -> str:
    close = difflib.get_close_matches(field, fields, n=1)
    return f"write `{close[0]}`" if close else f"remove it, or write one of {', '.join(fields)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _forms_at(loc: Sequence[str | int]) -> list[type[Form]]:
    """The forms of which that place of the file may be one; a kind in `loc` says which."""
    found: list[type[Form]] = [AttributesForm]
    for part in loc:
        if isinstance(part, str):
            of_kind = [form for form in found if part in _kinds(form)]
            found = of_kind or [inner for form in found for inner in _inner_forms(form, part)]
    return found


def _fields_at(loc: Sequence[str | int]) -> list[str]:
    return list(
        dict.fromkeys(field.alias or name for form in _forms_at(loc) for name, field in form.model_fields.items())
    )


def _kinds_at(loc: Sequence[str | int]) -> str:
    return ", ".join(kind for form in _forms_at(loc) for kind in _kinds(form))


def _kinds(form: type[Form]) -> tuple[str, ...]:
    kind = form.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _inner_forms(form: type[Form], field: str) -> Iterator[type[Form]]:
    declared = form.model_fields.get(field)
    return iter(()) if declared is None else _forms_in(declared.annotation)


def _forms_in(annotation: Any) -> Iterator[type[Form]]:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        yield annotation
    for inner in get_args(annotation):
        yield from _forms_in(inner)
