"""Indexes and references as declarations write them."""

from __future__ import annotations

import pytest

from denorm_assets.model.index import Index, IndexTerm, references
from denorm_assets.model.table_name import TableName


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("topic_id", IndexTerm("topic_id")),
        ("  topic_id  ", IndexTerm("topic_id")),
        ("published_at DESC", IndexTerm("published_at", "DESC")),
        ("published_at   desc", IndexTerm("published_at", "DESC")),
        ("score ASC NULLS FIRST", IndexTerm("score", "ASC NULLS FIRST")),
        ("score nulls last", IndexTerm("score", "NULLS LAST")),
        ("Score", IndexTerm("Score")),
        ("descending", IndexTerm("descending")),
        ("größe DESC", IndexTerm("größe", "DESC")),
    ],
)
def test_index_column_with_order_is_parsed(text: str, term: IndexTerm) -> None:
    assert Index(text).terms == (term,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "lower(title)",
        "a b",
        "a DESC NULLS",
        "a NULLS DESC",
        "a DESCNULLS LAST",
        "a DESC; DROP TABLE x",
        "a\nb",
    ],
)
def test_index_malformed_term_raises_with_expected_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not of the form: column \[opclass\] \[ASC\|DESC\] \[NULLS FIRST\|LAST\]"):
        Index(text)


def test_index_without_columns_raises() -> None:
    with pytest.raises(ValueError, match="at least one column"):
        Index()


def test_index_name_holds_table_columns_and_kind() -> None:
    assert Index("topic_id", "published_at DESC").name_for("links") == "links_topic_id_published_at_idx"
    assert Index("topic_id", unique=True).name_for("links") == "links_topic_id_key"
    assert Index("topic_id", name="by_topic").name_for("links") == "by_topic"


@pytest.mark.parametrize("column", ["c" * 80, "ß" * 80, "c" + "ß" * 80, "😀" * 40])
def test_index_name_too_long_is_cut_as_postgresql_cuts(column: str) -> None:
    for name in (Index(column).name_for("t"), references(column, "topics.id").constraint_name("t")):
        assert 60 <= len(name.encode()) <= 63
        assert f"t_{column}".startswith(name)


def test_references_target_gives_table_column_and_constraint_name() -> None:
    assert references("topic_id", "topics.id").to == TableName("topics")
    reference = references("topic_id", "app.topics.id", foreign_key=True)
    assert (reference.to, reference.to_column, reference.foreign_key) == (TableName("topics", "app"), "id", True)
    assert reference.constraint_name("links") == "links_topic_id_fkey"


def test_references_target_without_column_raises() -> None:
    with pytest.raises(ValueError, match=r"write the target of 'topic_id' as table\.column, not 'topics'"):
        references("topic_id", "topics")
