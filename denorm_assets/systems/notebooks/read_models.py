"""The read models of `notebooks`: what its lists show of a notebook and of a conversation, kept by key."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import IdRanges, Index, ReadModel, SqlFile

_SQL = Path(__file__).parent / "sql"

NOTEBOOK_SUMMARIES = ReadModel(
    name="notebook_summaries",
    definition=SqlFile(_SQL / "notebook_summaries.sql"),
    key=("notebook_uid",),
    backfill=IdRanges("notebooks.uid"),
    indexes=(
        Index("owner_uid", "last_activity_at DESC", "notebook_uid DESC"),
        Index("last_activity_at DESC", "notebook_uid DESC"),
        Index("bytes DESC", "notebook_uid DESC"),
        Index("conversations DESC", "notebook_uid DESC"),
    ),
    description="What notebooks hold, and when each was last touched.",
)

CONVERSATION_SUMMARIES = ReadModel(
    name="conversation_summaries",
    definition=SqlFile(_SQL / "conversation_summaries.sql"),
    key=("conversation_uid",),
    backfill=IdRanges("conversations.uid"),
    indexes=(
        Index("user_uid", "last_message_at DESC", "conversation_uid DESC"),
        Index("notebook_uid", "last_message_at DESC", "conversation_uid DESC"),
        Index("tokens DESC", "conversation_uid DESC"),
    ),
    description="How much was said in conversations, and when last.",
)

SUMMARIES = (NOTEBOOK_SUMMARIES, CONVERSATION_SUMMARIES)
