"""Whether PostgreSQL decides every value of a definition, or one depends on the order in which rows are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from denorm_assets.db.introspection.definition_tree import Parsed
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.catalog import Catalog, Key, Relation
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.parsed.ties import first_tie


def require_order(session: Session, read: Parsed) -> None:
    """Raises Refusal where the rows of a definition depend on the order in which PostgreSQL happens to read.

    The comparison of a read model with its definition would find differences again and again.
    """
    tie = first_tie(parse_tree(read.tree), catalog_of(session, read.tree, read.order))
    if tie is not None:
        raise Refusal(tie.clause, tie.reason, tie.remedy)


def catalog_of(session: Session, tree: str, facts: Mapping[str, Any]) -> Catalog:
    """What the parsed query `tree` names, by what was asked of PostgreSQL (`order_facts` in definitions.sql)."""
    told_apart = session.rows(query("sources", "told_apart", relations=facts["relations"]))
    return Catalog(
        functions={int(function): name for function, name in facts["functions"].items()},
        strict=frozenset(facts["strict"]),
        distinct=frozenset(facts["distinct"]),
        injective=frozenset(facts["injective"]),
        free=frozenset(facts["free"]),
        inexact=frozenset(facts["inexact"]),
        equality=frozenset(facts["equality"]),
        exact=frozenset(facts["exact"]),
        loose=frozenset(facts["loose"]),
        comparable=frozenset(facts["comparable"]),
        relations={
            row["relation"]: Relation(
                [Key(frozenset(key["columns"]), key["nulls_equal"]) for key in row["keys"]], frozenset(row["not_null"])
            )
            for row in told_apart
        },
        views={int(id): parse_tree(view) for id, view in facts["trees"].items() if view != tree},
    )
