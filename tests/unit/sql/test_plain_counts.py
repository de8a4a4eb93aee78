"""Which counts are how many members a cached set has, so that a client knows what it changes about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.sql.rows.caches import counts_members

SET = "SELECT user_id, project_id FROM votes WHERE value = 1"


def judged(folder: Path, count: str, listed: str = SET) -> bool:
    for name, text in (("set", listed), ("count", count)):
        (folder / f"{name}.sql").write_text(text)
    return counts_members(
        CachedCount("counts", SqlFile(folder / "count.sql"), "project_id", "n"),
        CachedSet("upvotes", SqlFile(folder / "set.sql"), "user_id", "project_id"),
    )


@pytest.mark.parametrize(
    ("count", "listed"),
    [
        ("SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id", SET),
        ("SELECT count(*) AS n, project_id FROM votes\n-- of all\nWHERE value=1 GROUP BY project_id", SET),
        (
            "SELECT v.project_id, count(*) AS n FROM app.votes AS v GROUP BY v.project_id",
            "SELECT v.user_id, v.project_id FROM app.votes AS v",
        ),
        (
            "SELECT p AS project_id, count(*) AS n FROM votes GROUP BY p",
            "SELECT user_id, p AS project_id FROM votes",
        ),
    ],
)
def test_plain_count_same_rows_as_set_is_recognized(tmp_path: Path, count: str, listed: str) -> None:
    assert judged(tmp_path, count, listed)


@pytest.mark.parametrize(
    "count",
    [
        "SELECT project_id, count(*) AS n FROM votes GROUP BY project_id",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 AND project_id > 5 GROUP BY project_id",
        "SELECT project_id, count(*) AS n FROM others WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, count(user_id) AS n FROM votes WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, count(DISTINCT user_id) AS n FROM votes WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, 2 * count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, count(*) FILTER (WHERE x) AS n FROM votes WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, sum(value) AS n FROM votes WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id HAVING count(*) > 1",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id LIMIT 5",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY ROLLUP (project_id)",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id, value",
        "SELECT owner AS project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY owner",
        "SELECT project_id, count(*) AS n FROM votes JOIN x USING (y) WHERE value = 1 GROUP BY project_id",
        "SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id UNION SELECT 1, 2",
        "WITH v AS (SELECT 1) SELECT project_id, count(*) AS n FROM votes WHERE value = 1 GROUP BY project_id",
    ],
)
def test_plain_count_other_rows_than_set_is_not_recognized(tmp_path: Path, count: str) -> None:
    assert not judged(tmp_path, count)


@pytest.mark.parametrize(
    ("select", "rows"),
    [
        ("SELECT DISTINCT user_id", "FROM votes"),
        ("SELECT user_id", "FROM (SELECT DISTINCT user_id, project_id FROM votes) AS v"),
        ("SELECT user_id", "FROM votes_of(1)"),
        ("SELECT user_id", "FROM votes AS a WHERE EXISTS (SELECT FROM votes AS b WHERE b.user_id = a.project_id)"),
    ],
)
def test_plain_count_set_not_from_one_table_is_not_recognized(tmp_path: Path, select: str, rows: str) -> None:
    assert not judged(
        tmp_path, f"SELECT project_id, count(*) AS n {rows} GROUP BY project_id", f"{select}, project_id {rows}"
    )
