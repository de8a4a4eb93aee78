"""The statements of caches against golden files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.ids import IdKind
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.sql.rows import caches
from tests.unit.sql.golden import assert_golden


def file(folder: Path, name: str, text: str) -> SqlFile:
    (folder / name).write_text(text)
    return SqlFile(folder / name)


def test_cache_sql_equals_golden(tmp_path: Path) -> None:
    likes = CachedSet(
        "likes",
        file(tmp_path, "likes.sql", "SELECT user_id, \"Item\" FROM likes WHERE note LIKE '%x'"),
        "user_id",
        "Item",
        add=file(tmp_path, "add.sql", "INSERT INTO app.likes VALUES (%(owner)s, %(member)s) ON CONFLICT DO NOTHING"),
        member_ids=IdKind.UUID,
    )
    counts = CachedCount(
        "counts", file(tmp_path, "counts.sql", "SELECT id, count(*) AS n FROM likes GROUP BY id"), "id", "n"
    )
    assert likes.add is not None
    assert_golden(
        "caches",
        {
            "load of a set": caches.load(likes),
            "load of a count": caches.load(counts),
            "matching": caches.matching(likes),
            "write": caches.write(likes.add),
            "owners of the definition": caches.owners_between(likes, "app"),
            "owners of a table": caches.owners_between(replace(counts, owners="app.items.id"), "app"),
        },
    )
