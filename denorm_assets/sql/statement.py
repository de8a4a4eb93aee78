"""SQL as data: text with `{names}` that the driver quotes and `%(params)s` that it binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from denorm_assets.model.table_name import TableName

_NOTHING: Mapping[str, Part] = MappingProxyType({})


@dataclass(frozen=True)
class Name:
    """An identifier, quoted when rendered; several parts are joined by dots."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Literal:
    """A value written into DDL, where PostgreSQL takes no parameters; escaped when rendered."""

    value: str


@dataclass(frozen=True)
class Raw:
    """SQL written by a person (a definition) or by PostgreSQL (a type); rendered as it stands."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Parts joined by `separator`."""

    parts: tuple[Part, ...]
    separator: str = ", "


@dataclass(frozen=True)
class Quoted:
    """The text of a function or of a DO block, without parameters; rendered in dollar quotes.

    Attributes:
        tag: the name in the quotes, unless the text contains it.
    """

    text: Statement
    tag: str


@dataclass(frozen=True)
class Statement:
    """A statement or a fragment of one.

    Attributes:
        text: SQL with `{name}` for each of `names` and `%(name)s` for each of `params`.
        names: identifiers, literals and nested statements; their params count as this statement's.
        params: values for the driver to bind.
    """

    text: str
    names: Mapping[str, Part] = field(default_factory=lambda: _NOTHING)
    params: Mapping[str, object] = field(default_factory=dict[str, object])

    def binding(self, **params: object) -> Statement:
        """The same statement with more parameters."""
        return Statement(self.text, self.names, {**self.params, **params})


Part = Name | Literal | Raw | Listing | Quoted | Statement


def name(*parts: str) -> Name:
    """An identifier of one or more parts."""
    return Name(parts)


def verbatim(text: str) -> Statement:
    """`text`, which people wrote or PostgreSQL printed, as it is."""
    return Statement("{text}", {"text": Raw(text)})


def table(of: TableName) -> Name:
    """A table's identifier, with its schema where it has one."""
    return Name((of.schema, of.name) if of.schema else (of.name,))


def columns(names: tuple[str, ...], qualifier: str | None = None) -> Listing:
    """A comma-separated list of columns, each qualified where a qualifier is given."""
    return Listing(tuple(Name((qualifier, column) if qualifier else (column,)) for column in names))
