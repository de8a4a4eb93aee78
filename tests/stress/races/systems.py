"""What is kept while writers race: the same tables in several schemas, in each another kind of read models.

Processes load them by name: `tests.stress.races.systems:RACE`.
"""

from __future__ import annotations

from pathlib import Path

from denorm_assets.model.index import Index, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System

SQL = Path(__file__).parent / "sql"
_OFTEN = Debounced(Debounce(quiet=0.2, max_wait=0.6))


def _entry_topics(refresh: Refresh, *, foreign_keys: bool = False) -> ReadModel:
    enforced = (
        references("entry_id", "entries.id", foreign_key=True),
        references("topic_id", "topics.id", foreign_key=True),
    )
    return ReadModel(
        name="entry_topics",
        definition=SqlFile(SQL / "entry_topics.sql"),
        key=("entry_id", "topic_id"),
        backfill=IdRanges("entries.id"),
        refresh=refresh,
        indexes=(Index("topic_id", "entry_id", unique=True),),
        references=enforced if foreign_keys else (),
    )


def _topic_counts(refresh: Refresh) -> ReadModel:
    return ReadModel(
        name="topic_counts",
        definition=SqlFile(SQL / "topic_counts.sql"),
        key=("id",),
        backfill=IdRanges("topics.id"),
        refresh=refresh,
    )


def _feed(refresh: Refresh) -> ReadModel:
    return ReadModel(
        name="feed",
        definition=SqlFile(SQL / "feed.sql"),
        key=("id",),
        backfill=IdRanges("entries.id"),
        refresh=refresh,
    )


def _author_scores(refresh: Refresh) -> ReadModel:
    return ReadModel(
        name="author_scores",
        definition=SqlFile(SQL / "author_scores.sql"),
        key=("author_id",),
        backfill=IdRanges("entries.author_id"),
        refresh=refresh,
    )


def _system(name: str, *models: ReadModel) -> System:
    """A system in a schema of its own name."""
    return System(name, name, (Phase("phase_1", models),))


RACE = _system("race", _entry_topics(_OFTEN), _topic_counts(_OFTEN), _feed(_OFTEN), _author_scores(Debounced()))
RACE_NOW = _system("race_now", _entry_topics(Realtime()), _topic_counts(Realtime()), _feed(Realtime()))
RACE_KEYS = _system("race_keys", _entry_topics(_OFTEN, foreign_keys=True), _feed(_OFTEN))
"""With foreign keys opted in, what the application deletes reaches for rows that drains and others' deletes hold."""
