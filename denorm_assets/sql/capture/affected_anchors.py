"""The affected-anchor statement: from logged images of one source to the anchors of one read model, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.analysis.reach.paths import Path
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.row_text import anchor_as_text
from denorm_assets.sql.statement import Listing, Literal, Name, Raw, Statement, columns, name, table

IMAGES = name("images")
"""The relation that an expansion reads: one column `image text[]`."""
RESOLVED_WITH = name("pg_temp", "images")
"""A table in the place of `IMAGES` while an expansion is resolved; the application may have one called so."""


def logged_columns(paths: Sequence[Path], source: TableName) -> tuple[str, ...]:
    """The columns of `source` whose images the paths need, in order of name."""
    changed = {column for path in paths if path.source == source for column in path.columns}
    logged = (path.columns_of(node.alias) for path in paths for node in _logged(path) if node.table == source)
    return tuple(sorted(changed.union(*logged)))


def expansion(
    paths: Sequence[Path],
    source: TableName,
    logged: Sequence[str],
    types: SourceColumns,
    anchor_types: Sequence[str],
    images: Name = IMAGES,
) -> Statement:
    """SELECT of the anchors that changed rows of `source` affect, through any of its occurrences.

    `logged` are the columns of an image in order, `types` those of all sources' columns now, `anchor_types` those of
    the anchor's columns, `images` the relation that holds the images.
    """
    selects = tuple(
        _one(path, logged, types, anchor_types, images, left_too)
        for path in paths
        if path.source == source
        # Apart, so that an index finds the rows that are there.
        for count in range(len(_logged(path)) + 1)
        for left_too in combinations(_logged(path), count)
    )
    return Statement("{selects}", {"selects": Listing(selects, "\nUNION\n")})


def _logged(path: Path) -> list[Node]:
    return [node for node in path.nodes if node.alias in path.logged]


def _one(
    path: Path,
    logged: Sequence[str],
    types: SourceColumns,
    anchor_types: Sequence[str],
    images: Name,
    left_too: Sequence[Node],
) -> Statement:
    """The anchors of images, of which the rows of the nodes `left_too` are taken from the log as well."""
    items: list[Statement] = [
        Statement(
            "(SELECT {image} FROM {images}) AS {alias}",
            {"image": _image(path.columns, logged, types[path.source]), "images": images, "alias": name(path.alias)},
        )
    ]
    items += [_of_log(node, path, types) if node in left_too else from_item(node) for node in path.nodes]
    predicates = tuple(Raw(f"({printed(predicate)})") for predicate in path.predicates) or (Raw("true"),)
    return Statement(
        "SELECT DISTINCT {anchor} FROM {items} WHERE {predicates}",
        {
            "anchor": printed_anchor(path.anchor, anchor_types),
            "items": Listing(tuple(items)),
            "predicates": Listing(predicates, " AND "),
        },
    )


def _of_log(node: Node, path: Path, types: SourceColumns) -> Statement:
    """The logged images of another occurrence, whose rows may have left together with the changed one.

    Those of its table are in the log, whether this statement moves them on or not. Where a column stands in them is
    looked up: other read models may have columns added.
    """
    assert node.table is not None
    parts = tuple(
        Statement(
            "l.image[array_position(s.logged_columns, {label})]::{type} AS {column}",
            {"label": Literal(column), "type": Raw(types[node.table][column]), "column": name(column)},
        )
        for column in sorted(path.columns_of(node.alias))
    )
    return Statement(
        "(SELECT {image} FROM denorm.change_log AS l JOIN denorm.source AS s ON s.id = l.source_id"
        " WHERE s.table_schema = {schema} AND s.table_name = {table} AND l.image IS NOT NULL) AS {alias}",
        {
            "image": Listing(parts or (Raw("1"),)),
            "schema": Literal(str(node.table.schema)),
            "table": Literal(node.table.name),
            "alias": name(node.alias),
        },
    )


def _image(read: Sequence[str], logged: Sequence[str], types: Mapping[str, str]) -> Listing:
    """The columns `read` of an image, with their names."""
    return Listing(
        tuple(
            Statement(
                "image[{position}]::{type} AS {column}",
                {"position": Raw(str(logged.index(column) + 1)), "type": Raw(types[column]), "column": name(column)},
            )
            for column in read
        )
        or (Raw("1"),)
    )


def printed_anchor(anchor: exp.Expr, types: Iterable[str]) -> Statement:
    """The anchor, a Tuple where it has several columns of these types, as text."""
    values = anchor.expressions if isinstance(anchor, exp.Tuple) else [anchor]
    return anchor_as_text(
        [
            Statement("({value})::{type}", {"value": Raw(printed(value)), "type": Raw(of_type)})
            for value, of_type in zip(values, types, strict=True)
        ]
    )


def from_item(node: Node) -> Statement:
    """What `node` is in FROM."""
    if node.table is not None:
        return Statement("{table} AS {alias}", {"table": table(node.table), "alias": name(node.alias)})
    assert node.function is not None
    function = f"({printed(node.function)})" if isinstance(node.function, exp.Values) else printed(node.function)
    return Statement(
        "LATERAL {function}{numbered} AS {alias} ({columns})",
        {
            "function": Raw(function),
            "numbered": Raw(" WITH ORDINALITY" if node.numbered else ""),
            "alias": name(node.alias),
            "columns": columns(node.columns),
        },
    )
