"""The system `topics`: two link tables in place of parsing tags on every page."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import (
    Cutover,
    Example,
    IdRanges,
    Index,
    Phase,
    QueryPair,
    ReadModel,
    Realtime,
    SqlFile,
    System,
    references,
)
from denorm_assets.systems.topics.tables import APPLICATION_TABLES

_SQL = Path(__file__).parent / "sql"
_LINK_INDEXES = (
    Index("topic_id", "entry_id", unique=True),
    Index("topic_id", "published_at DESC", "entry_id DESC"),
)
_LINK_REFERENCES = (
    references("entry_id", "entries.id", foreign_key=True),
    references("topic_id", "topics.id", foreign_key=True),
)
_FIRST_PAGE = {"topic": 1, "limit": 50, "offset": 0}

ENTRY_TOPICS = ReadModel(
    name="entry_topics",
    definition=SqlFile(_SQL / "entry_topics.sql"),
    key=("entry_id", "topic_id"),
    backfill=IdRanges("entries.id"),
    refresh=Realtime(),
    indexes=_LINK_INDEXES,
    references=_LINK_REFERENCES,
    description="Which entries belong to which topics, by their tags.",
)

ENTRY_TITLE_TOPICS = ReadModel(
    name="entry_title_topics",
    definition=SqlFile(_SQL / "entry_title_topics.sql"),
    key=("entry_id", "topic_id"),
    backfill=IdRanges("entries.id"),
    refresh=Realtime(),
    indexes=_LINK_INDEXES,
    references=_LINK_REFERENCES,
    description="Which entries belong to which topics, by the tags of their titles.",
)

SYSTEM = System(
    name="topics",
    schema="topics",
    description="Press monitoring: entries linked to topics by the tags that editors type.",
    owners=("team:press",),
    phases=(
        Phase(
            "phase_1_link_tables",
            (ENTRY_TOPICS, ENTRY_TITLE_TOPICS),
            "Creates the control schema and the two link tables, empty.",
        ),
    ),
    queries=(
        QueryPair(
            "for_topic", SqlFile(_SQL / "for_topic.before.sql"), SqlFile(_SQL / "for_topic.after.sql"), _FIRST_PAGE, 4.4
        ),
        QueryPair(
            "for_topic_title",
            SqlFile(_SQL / "for_topic_title.before.sql"),
            SqlFile(_SQL / "for_topic_title.after.sql"),
            _FIRST_PAGE,
            4.4,
        ),
    ),
    cutover=Cutover(flag="topics_read_models", table="entries", judged_from=100_000),
    example=Example(APPLICATION_TABLES, SqlFile(_SQL / "sample.sql"), default_scale=20_000, largest_scale=1_700_000),
)
