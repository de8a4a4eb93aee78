"""What a definition means for keeping it fresh, in words; and how rows are looked up on the way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from denorm_assets.db.postgres.compose import show
from denorm_assets.model.catalog.described import Column, DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.explain import Explanation, explain
from denorm_assets.sql.analysis.index_advice import Lookup, create_index, serves
from denorm_assets.sql.analysis.qualification import parsed, qualified
from denorm_assets.sql.analysis.reach.paths import reach_of
from denorm_assets.sql.analysis.wording import that_one

_COLUMNS: Mapping[TableName, Mapping[str, str]] = {
    TableName(name, schema): dict.fromkeys(columns.split(), "bigint")
    for schema, name, columns in (
        ("app", "users", "id team_id name"),
        ("app", "teams", "id name"),
        ("app", "projects", "id user_id parent_id name tags scores"),
        ("app", "memberships", "project_id user_id role"),
        ("app", "likes", "project_id user_id"),
        ("app", "project_tags", "tag topic"),
        ("app", "status", "id project_id"),
        ("app", "Odd Things", "id Ref"),
        ("crm", "users", "id app_user"),
    )
}
_FEED = "SELECT p.id AS project_id, {more} FROM projects AS p "


def explained(text: str, anchor: str = "project_id") -> tuple[Explanation, ...]:
    """The explanation of a definition over `_COLUMNS`."""
    model = ReadModel("feed", SqlFile(Path("feed.sql")), (anchor,))
    described = DescribedModel(model, "shop", "app", text, (Column(anchor, "bigint"),), (), "0123456789ab")
    reach = reach_of(qualified(parsed(text), _COLUMNS, "app"), _COLUMNS, [anchor])
    return explain(described, reach.paths, reach.whole, ())


def sentences(text: str, anchor: str = "project_id") -> list[str]:
    return [each.sentence for each in explained(text, anchor)]


def looked_up(text: str) -> list[list[tuple[str, str]]]:
    """Per explanation: the tables that are looked up, and by what."""
    return [[(lookup.table.name, lookup.on) for lookup in each.lookups] for each in explained(text)]


def read_back(text: str, anchor: str = "project_id") -> list[list[tuple[str, str]]]:
    """Per explanation: the tables that computing an anchor's rows reads, and by what."""
    return [[(lookup.table.name, lookup.on) for lookup in each.reads] for each in explained(text, anchor)]


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        # The anchor's own column, though no other table is read on the way.
        ("SELECT m.user_id, count(*) AS n FROM memberships AS m GROUP BY m.user_id", [[("memberships", "user_id")]]),
        # From the anchor to what changed: each table by the column that faces the anchor.
        (
            "SELECT p.user_id, count(l.user_id) AS n FROM projects AS p LEFT JOIN likes AS l ON l.project_id = p.id"
            " GROUP BY p.user_id",
            [[("projects", "user_id")], [("projects", "user_id"), ("likes", "project_id")]],
        ),
        # A shorter way to the anchor does without its table.
        (
            "SELECT u.id AS user_id, (SELECT count(*) FROM likes AS l WHERE l.user_id = u.id) AS n FROM users AS u",
            [[("users", "id")], [("likes", "user_id")]],
        ),
        # No column is the anchor, so that an index on columns finds nothing.
        (
            "SELECT lower(p.name) AS user_id, count(*) AS n FROM projects AS p GROUP BY lower(p.name)",
            [list[tuple[str, str]]()],
        ),
    ],
)
def test_explain_rows_of_anchor_are_read_back_from_it(text: str, reads: list[list[tuple[str, str]]]) -> None:
    assert read_back(text, "user_id") == reads


def test_explain_table_of_anchor_affects_its_own_row() -> None:
    text = _FEED.format(more="p.name")
    assert sentences(text) == ["A change in projects affects the rows of that project (project_id)."]
    assert looked_up(text) == [[]]


def test_explain_anchor_of_table_without_singular_names_column() -> None:
    text = "SELECT s.id AS state, count(*) AS n FROM status AS s GROUP BY s.id"
    assert sentences(text, "state") == ["A change in status affects the rows whose state is its id."]


def test_explain_anchor_with_same_name_names_no_other_column() -> None:
    counted = "SELECT m.user_id, count(*) AS n FROM memberships AS m GROUP BY m.user_id"
    assert sentences(counted, "user_id") == ["A change in memberships affects the rows with its user_id."]


def test_explain_join_names_affected_rows_and_join_condition() -> None:
    text = _FEED.format(more="u.name") + "JOIN users AS u ON u.id = p.user_id"
    assert sentences(text)[1] == (
        "A change in users affects the rows of that user's projects (project_id), "
        "found through projects.user_id = users.id."
    )
    assert looked_up(text)[1] == [("projects", "user_id")]


def test_explain_anchor_that_an_outer_join_leaves_null_names_rows_without_it() -> None:
    text = "SELECT {of} AS team, count(*) AS n FROM users AS u LEFT JOIN teams AS t ON t.id = u.team_id GROUP BY 1"
    reached = [
        "A change in users affects the rows of that user's teams (team), found through teams.id = users.team_id.",
        "A change in teams affects the rows of that team (team).",
    ]
    for value, left_out in (("t.name", "team IS NULL"), ("coalesce(t.name, 0)", "team = 0")):
        assert sentences(text.format(of=value), "team") == [
            *reached,
            f"A change in users affects the rows in which {left_out}.",
            f"A change in teams affects the rows in which {left_out}.",
        ]


def test_explain_anchor_of_rows_of_several_tables_names_them_together() -> None:
    joined = "users AS u JOIN projects AS p ON p.user_id = u.id"
    text = f"SELECT u.name || p.name AS both, count(*) AS n FROM {joined} GROUP BY 1"
    assert sentences(text, "both") == [
        "A change in users affects the rows of that user with its projects (both), "
        "found through projects.user_id = users.id.",
        "A change in projects affects the rows of that project with its users (both), "
        "found through users.id = projects.user_id.",
    ]


def test_explain_anchor_of_full_join_names_each_side() -> None:
    text = (
        "SELECT coalesce(u.id, t.id, p.id) AS id FROM users AS u FULL JOIN teams AS t ON t.id = u.id"
        " FULL JOIN projects AS p ON p.id = coalesce(u.id, t.id)"
    )
    assert sentences(text, "id") == [
        "A change in users affects the rows with its id.",
        "A change in teams affects the rows with its id.",
        "A change in projects affects the rows with its id.",
    ]


def test_explain_column_equal_to_anchor_needs_no_lookup() -> None:
    text = _FEED.format(more="count(l.user_id) AS likes") + "LEFT JOIN likes AS l ON l.project_id = p.id GROUP BY p.id"
    assert sentences(text)[1] == (
        "A change in likes affects the rows of that like's projects (project_id), found through likes.project_id."
    )
    assert looked_up(text)[1] == []


def test_explain_anchor_from_function_names_call() -> None:
    text = (
        "SELECT x.tag, count(l.user_id) AS likes FROM projects AS p CROSS JOIN LATERAL unnest(p.tags) AS x (tag)"
        " JOIN likes AS l ON l.project_id = p.id GROUP BY x.tag"
    )
    assert sentences(text, "tag") == [
        "A change in projects affects the rows of that project (tag).",
        "A change in likes affects the rows of that like's projects (tag), "
        "found through projects.id = likes.project_id.",
    ]


def test_explain_long_path_goes_from_change_to_anchor() -> None:
    text = (
        _FEED.format(more="t.name")
        + "JOIN memberships AS m ON m.project_id = p.id JOIN users AS u ON u.id = m.user_id"
        + " JOIN teams AS t ON t.id = u.team_id"
    )
    assert sentences(text)[3] == (
        "A change in teams affects the rows of that team's projects (project_id), found through "
        "users.team_id = teams.id, then memberships.user_id = users.id, then memberships.project_id."
    )
    assert looked_up(text)[3] == [("users", "team_id"), ("memberships", "user_id")]


def test_explain_table_used_twice_gets_two_sentences() -> None:
    text = _FEED.format(more="q.name") + "LEFT JOIN projects AS q ON q.id = p.parent_id"
    assert sentences(text) == [
        "A change in projects affects the rows of that project (project_id).",
        "A change in projects also affects the rows of other projects (project_id), "
        'found through "other projects".parent_id = projects.id.',
    ]


def test_explain_identical_sentences_appear_once() -> None:
    branch = "SELECT p.id AS project_id, u.name FROM projects AS p JOIN users AS u ON u.id = p.user_id"
    assert sentences(f"{branch} UNION ALL {branch} WHERE u.team_id = 1") == sentences(branch)


def test_explain_other_schemas_and_odd_names_are_spelled_out() -> None:
    text = (
        _FEED.format(more='o."Ref"')
        + 'JOIN crm.users AS c ON c.app_user = p.user_id JOIN "Odd Things" AS o ON o."Ref" = p.id'
    )
    assert sentences(text)[1:] == [
        "A change in crm.users affects the rows of that user's projects (project_id), "
        "found through projects.user_id = crm.users.app_user.",
        "A change in Odd Things affects the rows of that Odd Thing's projects (project_id), "
        'found through "Odd Things"."Ref".',
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "l.project_id = p.parent_id AND l.user_id = p.user_id",
        "(l.project_id, l.user_id) = (p.parent_id, p.user_id)",
    ],
)
def test_explain_join_on_several_columns_is_one_lookup(condition: str) -> None:
    text = _FEED.format(more="l.user_id") + f"JOIN likes AS l ON {condition}"
    assert looked_up(text)[1] == [("projects", "parent_id, user_id")]
    assert "projects.parent_id = likes.project_id and projects.user_id = likes.user_id" in sentences(text)[1]


@pytest.mark.parametrize(
    ("joined", "way", "on"),
    [
        ("users AS u ON lower(p.name) = u.name", "lower(projects.name) = users.name", 'lower("name")'),
        ("users AS u ON u.id = p.user_id + 1", "projects.user_id + 1 = users.id", '"user_id" + 1'),
        ("users AS u ON p.user_id IN (u.id, 3)", "projects.user_id IN (users.id, 3)", "user_id"),
        ("project_tags AS t ON p.name = ANY (t.topic)", "projects.name = ANY(project_tags.topic)", "name"),
        ("project_tags AS t ON t.tag = ANY (p.tags)", "project_tags.tag = ANY(projects.tags)", ""),
        ("project_tags AS t ON p.tags && t.topic", "projects.tags && project_tags.topic", ""),
        ("users AS u ON u.id > p.user_id", "users.id > projects.user_id", ""),
        (
            "users AS u ON u.id IS NOT DISTINCT FROM p.user_id",
            "users.id IS NOT DISTINCT FROM projects.user_id",
            "",
        ),
        (
            "LATERAL unnest(p.tags) AS x (tag) ON true JOIN project_tags AS t ON t.tag = btrim(x.tag)",
            "btrim(unnest(projects.tags)) = project_tags.tag",
            "",
        ),
    ],
)
def test_explain_other_join_conditions_are_quoted(joined: str, way: str, on: str) -> None:
    text = _FEED.format(more="1 AS one") + f"JOIN {joined}"
    found = explained(text)[-1]
    assert found.sentence.endswith(f"(project_id), found through {way}.")
    assert [lookup.on for lookup in found.lookups] == [on]
    costly = (
        "Each refresh after such a change reads all of projects: none of its columns is compared by equality there."
    )
    assert found.notes == (() if on else (costly,))


def test_explain_join_without_usable_condition_reads_whole_table() -> None:
    text = (
        _FEED.format(more="l.user_id")
        + "JOIN memberships AS m ON m.role = p.name JOIN likes AS l ON l.user_id = p.user_id + m.user_id"
    )
    found = explained(text)[2]
    assert "found through all of memberships, then " in found.sentence
    assert len(found.notes) == 1


def test_explain_full_refresh_says_whole_view_is_refreshed(tmp_path: Path) -> None:
    path = tmp_path / "ranks.sql"
    path.write_text("SELECT u.id, rank() OVER (ORDER BY u.name) FROM users AS u JOIN crm.users AS c ON true")
    model = ReadModel("ranks", SqlFile(path), ("id",), refresh=Full())
    described = DescribedModel(model, "shop", "app", "", (), (), "0123456789ab")
    watched = (TableName("users", "app"), TableName("users", "crm"))
    assert explain(described, (), {}, watched) == (
        Explanation(TableName("users", "app"), "A change in users refreshes the whole view.", kind="whole"),
        Explanation(TableName("users", "crm"), "A change in crm.users refreshes the whole view.", kind="whole"),
    )


@pytest.mark.parametrize(
    ("table", "one"),
    [
        ("users", "that user"),
        ("entries", "that entry"),
        ("movies", "that movie"),
        ("addresses", "that address"),
        ("boxes", "that box"),
        ("branches", "that branch"),
        ("caches", "that cache"),
        ("cities", "that city"),
        ("prizes", "that prize"),
        ("entry_topics", "that entry_topic"),
        ("status", None),
        ("user", None),
        ("news", None),
        ("series", None),
    ],
)
def test_that_one_regular_plural_has_singular_others_none(table: str, one: str | None) -> None:
    assert that_one(table) == one


def test_explain_table_without_singular_says_its_rows() -> None:
    text = _FEED.format(more="s.id AS status") + "JOIN status AS s ON s.project_id = p.parent_id"
    assert sentences(text)[1] == (
        "A change in status affects the rows of its projects (project_id), "
        "found through projects.parent_id = status.project_id."
    )


def test_index_serves_lookup_when_first_column_is_compared() -> None:
    by_columns = Lookup(TableName("likes", "app"), "", ("project_id", "user_id"))
    assert serves(by_columns, {"user_id"}, set())
    assert not serves(by_columns, {"id"}, {"project_id"})
    by_expression = Lookup(TableName("users", "app"), "", (), ('lower("name")',))
    assert not serves(by_expression, {"name"}, {"upper((name)::text)"})


@pytest.mark.parametrize(
    ("ours", "printed"),
    [
        ('lower("name")', "lower((name)::text)"),
        ("TRIM(\"name\", ' ')", "btrim(name, ' '::text)"),
        ('"user_id" + 1', "(user_id + 1)"),
        ('CAST("id" AS TEXT)', "((id)::text)"),
        ('LOWER("Odd Name")', 'lower("Odd Name")'),
    ],
)
def test_index_serves_lookup_expression_as_postgresql_prints_it(ours: str, printed: str) -> None:
    assert serves(Lookup(TableName("users", "app"), "", (), (ours,)), set(), {printed})


def test_create_index_for_lookup_uses_columns_or_expressions() -> None:
    columns = Lookup(TableName("likes", "app"), "", ("project_id", "user_id"))
    assert show(create_index(columns, concurrently=True)) == (
        'CREATE INDEX CONCURRENTLY ON "app"."likes" ("project_id", "user_id")'
    )
    expression = Lookup(TableName("Odd Things", "app"), "", (), ('LOWER("Ref")',))
    assert show(create_index(expression, concurrently=False)) == 'CREATE INDEX ON "app"."Odd Things" ((LOWER("Ref")))'
