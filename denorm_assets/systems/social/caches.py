"""What pages of `social` ask on every view: what has this builder upvoted, and how many upvotes has a project?"""

from __future__ import annotations

from pathlib import Path

from denorm_assets import CachedCount, CachedSet, SqlFile

_SQL = Path(__file__).parent / "sql"

CACHES = (
    CachedSet(
        name="user_upvotes",
        definition=SqlFile(_SQL / "user_upvotes.sql"),
        owner="user_id",
        member="project_id",
        owners="users.id",
        add=SqlFile(_SQL / "user_upvotes.add.sql"),
        remove=SqlFile(_SQL / "user_upvotes.remove.sql"),
        description="The projects that a builder upvoted.",
    ),
    CachedCount(
        name="project_upvotes",
        definition=SqlFile(_SQL / "project_upvotes.sql"),
        owner="project_id",
        count="upvotes",
        owners="projects.id",
        of="user_upvotes",
        description="How many builders upvoted a project.",
    ),
)
