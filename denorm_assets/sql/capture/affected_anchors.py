"""The affected-anchor statement: from logged images of one source to the anchors of one read model, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.blocks import Node
from denorm_assets.sql.analysis.paths import Path
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.row_text import anchor_as_text
from denorm_assets.sql.statement import Listing, Name, Raw, Statement, columns, name, table

IMAGES = name("images")
"""The relation that an expansion reads: one column `image text[]`."""
RESOLVED_WITH = name("pg_temp", "images")
"""A table in the place of `IMAGES` while an expansion is resolved; the application may have one called so."""


def logged_columns(paths: Sequence[Path], source: TableName) -> tuple[str, ...]:
    """The columns of `source` whose images the paths need, in order of name."""
    return tuple(sorted({column for path in paths if path.source == source for column in path.columns}))


def expansion(
    paths: Sequence[Path],
    source: TableName,
    logged: Sequence[str],
    types: Mapping[str, str],
    anchor_types: Sequence[str],
    images: Name = IMAGES,
) -> Statement:
    """SELECT of the anchors that changed rows of `source` affect, through any of its occurrences.

    `logged` are the columns of an image in order, `types` their types now, `anchor_types` those of the anchor's
    columns, `images` the relation that holds the images.
    """
    selects = tuple(_one(path, logged, types, anchor_types, images) for path in paths if path.source == source)
    return Statement("{selects}", {"selects": Listing(selects, "\nUNION\n")})


def _one(
    path: Path, logged: Sequence[str], types: Mapping[str, str], anchor_types: Sequence[str], images: Name
) -> Statement:
    items: list[Statement] = [
        Statement(
            "(SELECT {image} FROM {images}) AS {alias}",
            {"image": _image(path.columns, logged, types), "images": images, "alias": name(path.alias)},
        )
    ]
    items += [
        _with_logged(node, path, logged, types, images) if node.alias in path.logged else from_item(node)
        for node in path.nodes
    ]
    predicates = tuple(Raw(f"({printed(predicate)})") for predicate in path.predicates) or (Raw("true"),)
    return Statement(
        "SELECT DISTINCT {anchor} FROM {items} WHERE {predicates}",
        {
            "anchor": printed_anchor(path.anchor, anchor_types),
            "items": Listing(tuple(items)),
            "predicates": Listing(predicates, " AND "),
        },
    )


def _with_logged(node: Node, path: Path, logged: Sequence[str], types: Mapping[str, str], images: Name) -> Statement:
    """Another occurrence of the changed table: its rows, and those that are logged, which may have left together."""
    parts = [path.anchor, *path.predicates, *(each.function for each in path.nodes if each.function is not None)]
    used = {column.name for part in parts for column in part.find_all(exp.Column) if column.table == node.alias}
    assert node.table is not None
    return Statement(
        "(SELECT {columns} FROM {table} UNION ALL SELECT {image} FROM {images}) AS {alias}",
        {
            "columns": columns(tuple(column for column in logged if column in used)),
            "table": table(node.table),
            "image": _image([column for column in logged if column in used], logged, types),
            "images": images,
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
