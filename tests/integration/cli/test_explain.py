"""`explain` and `try`: what a change in each source recomputes, and why."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.support.shell import Project, Shell

OF_RANGES = "auto: by key, because `backfill` names ID ranges, which only a table has"


def test_explain_each_source_says_what_change_recomputes(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, tag, (SELECT count(*) FROM items AS every) AS of FROM items")
    out = items_shell.fine("explain").out
    assert "A change in items recomputes all rows (no predicate that must hold leads from there to the anchor)." in out
    assert "Each refresh after such a change reads about" in out
    project.declare("SELECT id, tag FROM items")
    assert items_shell.fine("explain", "shop/links").out == (
        f"shop/links\n  {OF_RANGES}.\n  └── app.items: by key; one change reads about 1 row\n"
        "      A change in items affects the rows with its id.\n\n"
    )
    [explained] = items_shell.fine("explain", "shop", "--json").json
    assert explained["refresh"] == [f"{OF_RANGES}."]
    assert [(source["source"], source["class"]) for source in explained["sources"]] == [("app.items", "by key")]


def test_explain_refused_read_model_shows_reason_and_remedy(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, random() AS r FROM items")
    said = items_shell.refused("explain")
    assert "random: it is volatile" in said
    assert "Compute the value when the row is written" in said


def test_try_select_outside_systems_is_explained(items_shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "by_tag.sql"
    file.write_text("SELECT lower(tag) AS tag, count(*) AS n FROM items GROUP BY 1")
    out = items_shell.fine("try", str(file), "--key", "tag", "--schema", "app").out
    assert "A change in items affects the rows" in out
    file.write_text("SELECT id, tag FROM items ORDER BY id LIMIT 3")
    [tried] = items_shell.fine("try", str(file), "--key", "id", "--schema", "app", "--json").json
    assert (tried["read_model"], [source["class"] for source in tried["sources"]]) == ("try/by_tag", ["whole"])
    [kept] = tried["refresh"]
    assert kept.startswith("auto: by key, because source app.items of about ")
    items_shell.run("ANALYZE app.items; UPDATE pg_class SET reltuples = 300000 WHERE oid = 'app.items'::regclass")
    out = items_shell.fine("try", str(file), "--key", "id", "--schema", "app").out
    assert "  auto: full, because source app.items of about 300,000 rows is whole (" in out


def test_status_auto_says_which_kind_and_why(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, tag FROM items")
    items_shell.fine("apply")
    assert f"shop/links: {OF_RANGES}\n" in items_shell.fine("status").out
    [row] = items_shell.fine("status", "shop/links", "--json").json
    assert row["refresh"] == OF_RANGES


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("SELECT id FROM items ORDER BY tag LIMIT 3", "id", "rows may be equal in its ORDER BY"),
        ("SELECT id FROM item", "id", 'relation "item" does not exist'),
        ("SELECT id FROM items", "tag", "the key column tag is not an output column"),
        ("SELEC id FROM items", "id", "syntax error"),
    ],
)
def test_try_faulty_select_is_refused_with_reason(
    items_shell: Shell, tmp_path: Path, text: str, key: str, said: str
) -> None:
    file = tmp_path / "tried.sql"
    file.write_text(text)
    assert said in items_shell.refused("try", str(file), "--key", key, "--schema", "app")


def test_try_changes_nothing(items_shell: Shell, tmp_path: Path) -> None:
    def relations() -> list[tuple[object, ...]]:
        with psycopg.connect(items_shell.url) as connection:
            return connection.execute("SELECT oid, relname FROM pg_class ORDER BY oid").fetchall()

    file = tmp_path / "tried.sql"
    file.write_text("SELECT id FROM items")
    before = relations()
    items_shell.fine("try", str(file), "--key", "id", "--schema", "app")
    assert relations() == before
