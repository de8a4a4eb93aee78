"""Reading definitions: their sources, where output columns come from, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import Analysis, SourceColumn, analyse, analyse_printed


@pytest.fixture
def file(tmp_path: Path) -> SqlFile:
    return SqlFile(tmp_path / "links.sql")


def read(file: SqlFile, text: str) -> Analysis:
    file.path.write_text(text, encoding="utf-8")
    return analyse(file)


def refused(file: SqlFile, text: str) -> str:
    """The refusal of `text`, without the file's folder."""
    with pytest.raises(DefinitionError) as caught:
        read(file, text)
    return str(caught.value).replace(f"{file.path.parent}/", "")


def sources(file: SqlFile, text: str) -> list[str]:
    """Per output column of the only branch: `table.column`, with a question mark where NULL-extended; or a dash."""
    [branch] = read(file, text).branches
    return [_shown(output.source) for output in branch]


def _shown(source: SourceColumn | None) -> str:
    return f"{source.table}.{source.column}{'?' * source.null_extended}" if source else "-"


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("SELECT a.id FROM a", "a"),
        ("SELECT a.id FROM app.a", "app.a"),
        ("SELECT a.id FROM b JOIN a ON true, c", "b a c"),
        ("SELECT x.id FROM a AS x JOIN a AS y ON x.id = y.parent", "a"),
        ("SELECT a.id FROM a WHERE EXISTS (SELECT FROM b WHERE b.id = a.id AND b.c IN (SELECT d.c FROM d))", "a b d"),
        ("SELECT a.id, (SELECT count(*) FROM b) AS n FROM a", "b a"),
        ("SELECT a.id FROM a UNION SELECT b.id FROM b EXCEPT SELECT c.id FROM c", "a b c"),
        ("SELECT l.id FROM a CROSS JOIN LATERAL (SELECT b.id FROM b WHERE b.a = a.id) AS l", "a b"),
        ("SELECT a.id FROM (b JOIN c ON true) JOIN a ON true", "b c a"),
        ("SELECT a.id FROM a, unnest(a.tags) AS t(tag), generate_series(1, 3) AS g", "a"),
        ("SELECT a.id FROM ONLY a", "a"),
        ("SELECT 1 AS id", ""),
    ],
)
def test_analysis_tables_are_listed_once_in_order(file: SqlFile, text: str, tables: str) -> None:
    assert " ".join(str(table) for table in read(file, text).tables) == tables


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("WITH x AS (SELECT a.id FROM a) SELECT x.id FROM x", "a"),
        ("WITH x AS (SELECT 1 AS id FROM a), y AS (SELECT x.id FROM x JOIN b ON true) SELECT y.id FROM y, c", "a b c"),
        # It is another table than the CTE where the schema says so, ...
        ("WITH x AS (SELECT 1 AS id FROM a) SELECT y.id FROM app.x AS y", "app.x a"),
        # ... inside the CTE itself, ...
        ("WITH a AS (SELECT a.id FROM a WHERE a.on) SELECT a.id FROM a", "a"),
        # ... in a CTE before it, ...
        ("WITH x AS (SELECT y.id FROM y), y AS (SELECT b.id FROM b) SELECT y.id FROM x, y", "y b"),
        # ... and outside the query that has the CTE.
        ("SELECT z.id FROM x AS z WHERE z.id IN (WITH x AS (SELECT b.id FROM b) SELECT x.id FROM x)", "x b"),
        ("SELECT x.id FROM (WITH x AS (SELECT b.id FROM b) SELECT x.id FROM x) AS x JOIN a ON true", "b a"),
        (
            "WITH RECURSIVE r AS (SELECT a.id FROM a UNION SELECT b.id FROM r, b WHERE b.up = r.id) SELECT r.id FROM r",
            "a b",
        ),
        ('WITH "X" AS (SELECT 1 AS id FROM a) SELECT "X".id FROM "X"', "a"),
        ('WITH "X" AS (SELECT 1 AS id FROM a) SELECT x.id FROM X', "x a"),
        ("WITH X AS (SELECT 1 AS id FROM a) SELECT x.id FROM x", "a"),
    ],
)
def test_analysis_cte_names_are_not_tables(file: SqlFile, text: str, tables: str) -> None:
    assert set(map(str, read(file, text).tables)) == set(tables.split())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT A.Id, Title AS T FROM A", ("id", "t")),
        ('SELECT a."Id", a."Title" AS "It""s" FROM a', ("Id", 'It"s')),
        # PostgreSQL folds ASCII letters only.
        ("SELECT a.ÉTÉ, a.ID FROM a", ("ÉtÉ", "id")),
    ],
)
def test_analysis_unquoted_columns_are_folded_like_postgresql(file: SqlFile, text: str, names: tuple[str, ...]) -> None:
    assert read(file, text).output_names == names


def test_analysis_unquoted_tables_and_aliases_are_folded(file: SqlFile) -> None:
    assert sources(file, 'SELECT E.ID, "T"."Name" FROM Entries AS e JOIN "Topics" AS "T" ON true') == [
        "entries.id",
        "Topics.Name",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a.id, a.id + 1 AS next, lower(a.name) AS name FROM a", "a.id - -"),
        ("SELECT (a.id) AS x, ((a.name)) AS y FROM a", "a.id a.name"),
        ("SELECT a.id::bigint AS x FROM a", "-"),
        ("SELECT id, name FROM a", "a.id a.name"),
        ("SELECT id FROM app.a", "app.a.id"),
        ("SELECT app.a.id FROM app.a", "app.a.id"),
        # Without an alias a column may come from either; only PostgreSQL knows.
        ("SELECT id FROM a JOIN b ON true", "-"),
        ("SELECT tag FROM a CROSS JOIN unnest(tags) AS t(tag)", "-"),
        ("SELECT n FROM a JOIN LATERAL (SELECT 1 AS n) AS l ON true", "-"),
        ("WITH x AS (SELECT 1 AS n) SELECT n FROM a JOIN x ON true", "-"),
        ("SELECT t.tag, a.id FROM a CROSS JOIN unnest(tags) AS t(tag)", "- a.id"),
        ("WITH x AS (SELECT a.id FROM a) SELECT x.id FROM x", "-"),
        ("SELECT x.id FROM (SELECT a.id FROM a) AS x", "-"),
        ("SELECT x.id, y.id AS parent FROM a AS x JOIN a AS y ON y.id = x.parent", "a.id a.id"),
    ],
)
def test_analysis_plain_columns_are_traced_to_source(file: SqlFile, text: str, expected: str) -> None:
    assert sources(file, text) == expected.split()


@pytest.mark.parametrize(
    ("joins", "expected"),
    [
        ("a JOIN b ON true JOIN c ON true", "a.id b.id c.id"),
        ("a, b, c", "a.id b.id c.id"),
        ("a LEFT JOIN b ON true JOIN c ON true", "a.id b.id? c.id"),
        ("a JOIN b ON true LEFT JOIN c ON true", "a.id b.id c.id?"),
        ("a JOIN b ON true RIGHT JOIN c ON true", "a.id? b.id? c.id"),
        ("a RIGHT JOIN b ON true LEFT JOIN c ON true", "a.id? b.id c.id?"),
        ("a FULL JOIN b ON true JOIN c ON true", "a.id? b.id? c.id"),
        ("a LEFT JOIN b ON true FULL JOIN c ON true", "a.id? b.id? c.id?"),
        ("a LEFT OUTER JOIN b USING (id) CROSS JOIN c", "a.id b.id? c.id"),
        ("a NATURAL LEFT JOIN b NATURAL JOIN c", "a.id b.id? c.id"),
        ("a JOIN b RIGHT JOIN c ON true ON true", "a.id - -"),
    ],
)
def test_analysis_outer_joins_mark_nullable_side(file: SqlFile, joins: str, expected: str) -> None:
    text = f"SELECT a.id, b.id AS b, c.id AS c FROM {joins}"
    assert sources(file, text) == expected.split()


def test_analysis_nested_joins_claim_no_more_than_known(file: SqlFile) -> None:
    assert sources(file, "SELECT a.id, b.id AS b, c.id AS c FROM a LEFT JOIN (b JOIN c ON true) ON true") in (
        ["a.id", "-", "-"],
        ["a.id", "b.id?", "-"],
        ["a.id", "b.id?", "c.id?"],
    )


@pytest.mark.parametrize(
    ("expression", "constant"),
    [
        ("'item'", "'item'"),
        ("'it''s 100%'", "'it''s 100%'"),
        ("('item')", "'item'"),
        ("'item'::text", "CAST('item' AS TEXT)"),
        ("7", "7"),
        ("TRUE", "TRUE"),
        ("NULL", None),
        ("lower('item')", None),
        ("a.id", None),
    ],
)
def test_analysis_constant_output_is_recognized(file: SqlFile, expression: str, constant: str | None) -> None:
    [[_, output]] = read(file, f"SELECT a.id, {expression} AS kind FROM a").branches
    assert output.constant == constant


def test_analysis_set_operation_reads_every_branch(file: SqlFile) -> None:
    analysis = read(
        file,
        "(SELECT a.id, 'a' AS kind FROM a) UNION ALL SELECT b.id, 'b' FROM b"
        " UNION (WITH x AS (SELECT 1 AS n) SELECT c.id, 'c' FROM c JOIN x ON true) ORDER BY 1 LIMIT 5",
    )
    assert analysis.output_names == ("id", "kind")
    assert [_shown(branch[0].source) for branch in analysis.branches] == ["a.id", "b.id", "c.id"]
    assert [branch[1].constant for branch in analysis.branches] == ["'a'", "'b'", "'c'"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SELECT a.id\nFROM a\nWHERE\n  ORDER BY a.id", 4),
        ("-- one\n/* two\n   three */\nSELECT a.id,\n       -- five\n       a.b c d FROM a", 6),
        ("SELECT 'x\n\n\ny' AS id,\nFROM WHERE a", 5),
        ("SELECT a.id FROM a WHERE (a.x = 1", 1),
        ("SELEC a.id FROM a", 1),
    ],
)
def test_analysis_syntax_error_names_file_and_line(file: SqlFile, text: str, line: int) -> None:
    assert refused(file, text).startswith(f"links.sql:{line}: syntax error")


def test_analysis_syntax_error_shows_word_without_parser_terms(file: SqlFile) -> None:
    message = refused(file, "SELECT a.id\nFROM WHERE x")
    assert message == "links.sql:2: syntax error near 'WHERE'. Correct the SELECT there"


@pytest.mark.parametrize("text", ["SELECT 'never FROM a", 'SELECT "never FROM a', "SELECT 1 /* never", "SELECT $$a"])
def test_analysis_unclosed_quote_or_comment_is_refused(file: SqlFile, text: str) -> None:
    assert refused(file, text) == "links.sql: a quotation mark or a comment is opened and never closed. Close it"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.id FROM a; SELECT b.id FROM b",
        "INSERT INTO a SELECT 1",
        "DELETE FROM a RETURNING id",
        "VALUES (1)",
        "CREATE TABLE x AS SELECT 1 AS id",
        "-- nothing",
        "",
    ],
)
def test_analysis_not_one_select_is_refused(file: SqlFile, text: str) -> None:
    expected = "links.sql:1: a definition is one SELECT. Keep one SELECT in the file and remove everything else"
    assert refused(file, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM a",
        "SELECT a.id, a.* FROM a",
        "SELECT (a.pair).* FROM a",
        "SELECT 1 AS id UNION SELECT * FROM b",
        "TABLE a",
        "(TABLE a) EXCEPT SELECT b.id FROM b",
        "SELECT a.id FROM a UNION ALL (VALUES (1))",
    ],
)
def test_analysis_star_is_open(file: SqlFile, text: str) -> None:
    found = read(file, text)
    assert found.is_open
    assert found.output_names == ()


def test_analysis_values_are_refused(file: SqlFile) -> None:
    message = refused(file, "(VALUES (1))")
    assert message.startswith("links.sql: the output columns are not named (VALUES leaves them open). Write SELECT")


@pytest.mark.parametrize(
    ("views", "text", "expected"),
    [
        ({"v": "SELECT a.id, a.x AS y FROM app.a"}, "SELECT v.id, v.y, v.id + 1 AS z FROM v", "app.a.id app.a.x -"),
        (
            {"v": "SELECT a.id FROM app.a", "w": "SELECT b.x, v.id AS k FROM app.b LEFT JOIN app.v ON v.id = b.x"},
            "SELECT w.x, w.k FROM w",
            "app.b.x app.a.id?",
        ),
        ({"v": "SELECT a.id FROM app.a"}, "SELECT v.id FROM b LEFT JOIN v ON true", "app.a.id?"),
        ({"v": "SELECT a.id FROM app.a UNION ALL SELECT b.id FROM app.b"}, "SELECT v.id FROM v", "-"),
        ({"v": "SELECT a.id FROM app.a"}, "SELECT x.n FROM v AS x (n)", "-"),
        ({"v": "SELECT a.id FROM app.a"}, "SELECT v.other FROM v", "-"),
        ({"v": "SELECT a.id FROM app.a"}, "SELECT v.id FROM other.v", "other.v.id"),
    ],
)
def test_analysis_view_columns_are_those_beneath(
    file: SqlFile, views: dict[str, str], text: str, expected: str
) -> None:
    read_views = {TableName(name, "app"): analyse_printed(file, view) for name, view in views.items()}
    [branch] = read(file, text).beneath(read_views, "app").branches
    assert " ".join(_shown(output.source) for output in branch) == expected


def test_analysis_count_star_is_accepted(file: SqlFile) -> None:
    assert sources(file, "SELECT a.id, count(*) AS n FROM a GROUP BY a.id") == ["a.id", "-"]


def test_analysis_branches_with_different_column_counts_are_refused(file: SqlFile) -> None:
    message = refused(file, "SELECT a.id, a.x FROM a UNION ALL SELECT b.id FROM b")
    assert message == (
        "links.sql: branch 2 of the set operation has 1 columns, the first 2. Select the same columns in every branch"
    )


def test_analysis_missing_file_is_named(file: SqlFile) -> None:
    with pytest.raises(DefinitionError, match=r"links\.sql: cannot be read \(No such file or directory\)"):
        analyse(file)


def test_analysis_tables_keep_their_schema(file: SqlFile) -> None:
    assert read(file, "SELECT a.id FROM app.a JOIN b ON true").tables == (TableName("a", "app"), TableName("b"))
