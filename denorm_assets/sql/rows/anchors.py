"""Which rows an anchor has: WHERE clauses over a read model's own columns, and rows of the definition anchor by anchor.

An anchor is given as text (`anchor_as_text`): one value, NULL among them, or the JSON array of several, which is never
NULL itself. The columns of one of several are of plain types, so that equal values have equal texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.row_text import anchor_as_text, value_of_anchor
from denorm_assets.sql.rows.batch import defined_rows
from denorm_assets.sql.rows.predicates import EVERY_ROW, both, in_partitions
from denorm_assets.sql.statement import Listing, Name, Part, Raw, Statement, columns, name


def anchor_of(described: DescribedModel, row: str | None = None) -> Statement:
    """The anchor of a row, which is called `row`, as text."""
    return anchor_as_text([name(*([row] if row else []), column.name) for column in described.anchor])


def typed_anchor(described: DescribedModel, source: Sequence[Name]) -> Statement:
    """The same of values that stand in the columns `source`, which may have other types."""
    typed = (
        Statement("{value}::{type}", {"value": value, "type": Raw(column.type)})
        for value, column in zip(source, described.anchor, strict=True)
    )
    return anchor_as_text(tuple(typed))


def anchored(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Statement:
    """Rows of these anchors, given as text; with `nulls`, of the NULL anchor too.

    An array, not a subquery: PostgreSQL pushes `= ANY(array)` through grouping, and a semi-join it does not.
    """
    found = _among(described, anchors, nulls=nulls)(_columns(described))
    if len(described.anchor) > 1:
        # Each column by itself, which PostgreSQL pushes through grouping, and then all of them together.
        together = Statement("{anchor} = ANY (%(anchors)s::text[])", {"anchor": anchor_of(described)})
        found = both(found, together.binding(anchors=list(anchors)))
    return in_partitions(described, found)


def anchored_rows(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Statement:
    """SELECT of the definition's rows of these anchors."""
    within = anchored(described, anchors, nulls=nulls)
    return defined_rows(described, within, definition_for(described, _among(described, anchors, nulls=nulls)))


Condition = Callable[[Mapping[int, Part]], Statement]
"""A condition on an anchor, of which some values are given, each with its position; it holds where it does on all."""


def definition_for(described: DescribedModel, condition: Condition) -> Part | None:
    """The definition, with `condition` where PostgreSQL does not carry it by itself; None where it always does."""
    narrowed = described.narrowed
    if narrowed is None:
        return None
    parts: list[Part] = [Raw(narrowed.pieces[0])]
    for values, piece in zip(narrowed.values, narrowed.pieces[1:], strict=True):
        stands = condition({position: Raw(value) for position, value in values})
        parts += [Statement("({stands})", {"stands": stands}), Raw(piece)]
    return Listing(tuple(parts), "")


def _columns(described: DescribedModel) -> dict[int, Part]:
    return {position: name(column.name) for position, column in enumerate(described.anchor)}


def _among(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Condition:
    """That each value is one of these anchors'."""
    several = len(described.anchor) > 1
    rows = [_values(anchor) if several else [anchor] for anchor in anchors]

    def condition(given: Mapping[int, Part]) -> Statement:
        found: list[Statement] = []
        for position, value in given.items():
            column, values = described.anchor[position], [row[position] for row in rows]
            known = list(dict.fromkeys(each for each in values if each is not None))
            parameter = f"anchor_{position}" if several else "anchors"
            equal = Statement(
                f"{{value}} {{equal}} ANY (%({parameter})s::text[]::{{type}}[])",
                {"value": value, "equal": Raw(column.operators.equal), "type": Raw(column.type)},
                {parameter: known},
            )
            if nulls or None in values:
                equal = Statement("({equal} OR {value} IS NULL)", {"equal": equal, "value": value})
            found.append(equal)
        return Statement("{all}", {"all": Listing(tuple(found), " AND ")})

    return condition


def _equal_to(described: DescribedModel, values: Sequence[Part]) -> Condition:
    """That the anchor has these values, none of which is NULL."""

    def condition(given: Mapping[int, Part]) -> Statement:
        equal = tuple(
            Statement(
                "{given} {equal} {value}",
                {"given": each, "equal": Raw(described.anchor[position].operators.equal), "value": values[position]},
            )
            for position, each in given.items()
        )
        return Statement("{equal}", {"equal": Listing(equal, " AND ")})

    return condition


def is_null(given: Mapping[int, Part]) -> Statement:
    """The condition that the anchor, of one column, is NULL."""
    [value] = given.values()
    return Statement("{value} IS NULL", {"value": value})


def _values(anchor: str) -> list[str | None]:
    """The values of an anchor of several columns."""
    return json.loads(anchor)


def rows_one_by_one(described: DescribedModel, anchors: Sequence[str], *, nulls: bool) -> Statement:
    """SELECT of the definition's rows of these anchors, as a subquery for each; with `nulls`, of the NULL anchor too.

    Into that PostgreSQL pushes all columns at once, below grouping: 100 anchors (country, day) of 1 M rows took 28 ms
    so, and 465 ms by `anchored` (design §10.3). Where a join leads to the anchor, it can lose.

    A value compared by `=`, and not by `= ANY`, is carried through joins, too: to the groups that a table is joined to,
    and to both sides of a full join.
    """
    if len(described.anchor) == 1:
        given = Statement("%(anchors)s::text[]", params={"anchors": list(anchors)})
        return rows_of_each_value(described, given, EVERY_ROW if nulls else None)
    rows = {anchor: _values(anchor) for anchor in anchors}
    whole = [values for values in rows.values() if None not in values]
    names = tuple(f"denorm_{position}" for position in range(len(described.anchor)))
    arrays = tuple(
        Statement(f"%(one_{position})s::text[]::{{type}}[]", {"type": Raw(column.type)})
        for position, column in enumerate(described.anchor)
    )
    unnested = Statement(
        "unnest({arrays}) AS denorm_anchor ({names})",
        {"arrays": Listing(arrays), "names": columns(names)},
        {f"one_{position}": [values[position] for values in whole] for position in range(len(names))},
    )
    found = rows_of_each(described, unnested, names)
    rest = [anchor for anchor, values in rows.items() if None in values]
    if not rest:
        return found
    of_rest = anchored_rows(described, rest, nulls=False)
    return Statement("{found}\nUNION ALL\n{rest}", {"found": found, "rest": of_rest})


def rows_of_each_value(described: DescribedModel, anchors: Part, null: Statement | None) -> Statement:
    """The same of `anchors` (text[]) of one column, and of the NULL anchor where the condition `null` holds.

    Anchors that are equal count once, whatever they look like.
    """
    [column] = described.anchor
    collation = (
        Statement(" COLLATE {collation}", {"collation": Name(column.collation)}) if column.collation else Raw("")
    )
    distinct = Statement(
        "(SELECT DISTINCT given.anchor::{type}{collation} FROM unnest({anchors}) AS given (anchor))"
        " AS denorm_anchor (denorm_0)",
        {"type": Raw(column.type), "collation": collation, "anchors": anchors},
    )
    found = rows_of_each(described, distinct, ("denorm_0",))
    if null is None:
        return found
    without = in_partitions(described, both(is_null(_columns(described)), null))
    of_rest = defined_rows(described, without, definition_for(described, is_null))
    return Statement("{found}\nUNION ALL\n{rest}", {"found": found, "rest": of_rest})


def rows_of_each(described: DescribedModel, anchors: Statement, names: tuple[str, ...]) -> Statement:
    """SELECT of the definition's rows of each of `anchors`, in FROM `denorm_anchor` with the columns `names`."""
    values = [name("denorm_anchor", each) for each in names]
    return Statement(
        "SELECT {rows} FROM {anchors}\nCROSS JOIN LATERAL (\n{of_one}\nOFFSET 0) AS denorm_rows",
        {
            "rows": columns(described.column_names, "denorm_rows"),
            "anchors": anchors,
            "of_one": rows_of_one(described, values),
        },
    )


def of_one(described: DescribedModel, values: Sequence[Part]) -> Statement:
    """Rows whose anchor has these values, none of which is NULL."""
    return in_partitions(described, _equal_to(described, values)(_columns(described)))


def rows_of_one(described: DescribedModel, values: Sequence[Part]) -> Statement:
    """SELECT of the definition's rows of the anchor with these values, none of which is NULL."""
    definition = definition_for(described, _equal_to(described, values))
    return defined_rows(described, of_one(described, values), definition)


def anchored_between(described: DescribedModel, after: str | None, up_to: str | None) -> Statement:
    """Rows whose first column of the anchor lies beyond `after` and not beyond `up_to`, as text.

    None is infinity, and NULL is last.
    """
    column = described.anchor[0]
    names: dict[str, Part] = {"column": name(column.name), "type": Raw(column.type)}
    names |= {"greater": Raw(column.operators.greater), "at_most": Raw(column.operators.at_most)}
    bounds: list[Statement] = []
    if after is not None:
        bounds.append(Statement("{column} {greater} %(after)s::text::{type}", names, {"after": after}))
    if up_to is not None:
        bounds.append(Statement("{column} {at_most} %(up_to)s::text::{type}", names, {"up_to": up_to}))
    if not bounds:
        return EVERY_ROW
    within = bounds[0] if len(bounds) == 1 else both(*bounds)
    return within if up_to is not None else Statement("({within} OR {column} IS NULL)", {"within": within, **names})


def settled(described: DescribedModel, model_id: int) -> Statement:
    """Rows of anchors that no pending change explains, in the snapshot of the statement that this stands in.

    Equal as the anchor's type says: PostgreSQL may apply this to a group's rows before it groups them. No row where
    changes to everything are pending.
    """
    if described.blocks:
        return Statement("NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s))", params={"model_id": model_id})
    of_several = len(described.anchor) > 1
    anchor = anchor_of(described) if of_several else name(described.anchor[0].name)
    return Statement(
        "CASE WHEN {anchor} IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s\n"
        "    WHERE s.anchor IS NULL OR s.everything)\n"
        "ELSE {anchor} {unequal} ALL (ARRAY(SELECT s.anchor::{type} FROM denorm.stale_anchors(%(model_id)s) AS s\n"
        "    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s\n"
        "    WHERE s.everything) END",
        {
            "anchor": anchor,
            "unequal": Raw("<>" if of_several else described.anchor[0].operators.unequal),
            "type": Raw("text" if of_several else described.anchor[0].type),
        },
        {"model_id": model_id},
    )


def values_of(described: DescribedModel, text: Part) -> list[Statement]:
    """The values of an anchor of several columns, given as `text`."""
    return [
        Statement("{value}::{type}", {"value": value_of_anchor(text, position), "type": Raw(column.type)})
        for position, column in enumerate(described.anchor)
    ]
