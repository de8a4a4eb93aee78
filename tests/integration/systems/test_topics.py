"""The system `topics`: its pages by SQL, by scopes and by relationships say the same; its sample is what it claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.sql_file import Sql, SqlFile
from denorm_assets.systems.topics import SYSTEM
from denorm_assets.systems.topics.tables import (
    Entry,
    EntryTitleTopic,
    EntryTopic,
    Topic,
    TopicTag,
    for_topic,
    for_topic_by_parsing,
    for_topic_title,
    for_topic_title_by_parsing,
)
from tests.support.live import bring_up

Scope = Callable[..., Select[tuple[Entry]]]
PAGES = {
    "for_topic": (for_topic, for_topic_by_parsing),
    "for_topic_title": (for_topic_title, for_topic_title_by_parsing),
}


@pytest.fixture
def orm(topics: Database) -> Generator[Session]:
    """A session of the application over the loaded system, with a few entries of its own."""
    with topics.session("topics") as own, own.resolving():
        own.script(
            "INSERT INTO entries (id, title, tags, title_tags, published_at, enabled) OVERRIDING SYSTEM VALUE VALUES"
            " (900001, 'a', E' Horacio Cartes\\u00a0,,\\tSantiago Peña ', 'Horacio Cartes', '2030-01-01', true),"
            " (900002, 'b', 'Horacio Cartes', NULL, '2030-01-01', true),"
            " (900003, 'c', 'horacio cartes, Horacio  Cartes, \"Horacio Cartes\"', NULL, '2030-01-01', true),"
            " (900004, 'd', 'Horacio Cartes', 'Horacio Cartes', '2030-01-02', false)"
        )
    bring_up(topics, SYSTEM)
    # As applications have it; our own sessions are in autocommit mode.
    with Session(topics.engine.execution_options(isolation_level="READ COMMITTED")) as session:
        yield session


def ids(session: Session, page: Select[tuple[Entry]]) -> list[int]:
    return [entry.id for entry in session.scalars(page)]


def by_sql(session: Session, file: Sql, **params: int) -> Sequence[int]:
    session.execute(text("SET search_path = topics"))
    connection = session.connection().connection.driver_connection
    assert connection is not None
    return [row[0] for row in connection.execute(file.text, params)]


@pytest.mark.parametrize("page", PAGES)
def test_topics_page_links_parsing_and_sql_give_same_rows(orm: Session, page: str) -> None:
    pair = SYSTEM.query(page)
    for topic, limit, offset in ((1, 50, 0), (1, 7, 13), (2, 50, 0), (59, 1000, 0), (424242, 50, 0)):
        found = [ids(orm, scope(topic, limit=limit, offset=offset)) for scope in PAGES[page]]
        found += [
            list(by_sql(orm, file, topic=topic, limit=limit, offset=offset)) for file in (pair.before, pair.after)
        ]
        assert found[0] == found[1] == found[2] == found[3]
        assert len(found[0]) == len(set(found[0])) <= limit
        assert bool(found[0]) == (topic != 424242)


def test_topics_page_shows_newest_enabled_entries_first(orm: Session) -> None:
    assert ids(orm, for_topic(1, limit=3))[:2] == [900002, 900001]
    assert ids(orm, for_topic_title(1, limit=3))[0] == 900001


def test_topics_tags_are_trimmed_and_compared_case_sensitive(orm: Session) -> None:
    linked = set(orm.scalars(select(EntryTopic.entry_id).where(EntryTopic.topic_id == 1, EntryTopic.entry_id > 900000)))
    assert linked == {900001, 900002, 900004}


def test_topics_relationships_lead_from_entries_to_topics_and_back(orm: Session) -> None:
    entry = orm.get_one(Entry, 900001)
    topic = orm.get_one(Topic, 1)
    assert topic.name == "Honor Colorado"
    assert {tag.tag for tag in topic.tags} == {"Horacio Cartes", "Santiago Peña"}
    assert topic in entry.topics
    assert topic in entry.title_topics
    [link] = [link for link in entry.topic_links if link.topic_id == 1]
    assert (link.entry, link.topic, link.published_at) == (entry, topic, entry.published_at)
    assert link in topic.entry_links
    assert [title_link.topic for title_link in entry.title_topic_links] == entry.title_topics
    assert {title_link.entry_id for title_link in topic.title_entry_links} >= {900001, 900004}


def test_topics_link_models_match_created_tables(orm: Session) -> None:
    for model in (EntryTopic, EntryTitleTopic):
        table = model.__table__
        found = orm.execute(
            text(
                "SELECT column_name, is_nullable, data_type FROM information_schema.columns"
                " WHERE table_schema = 'topics' AND table_name = :name ORDER BY ordinal_position"
            ),
            {"name": model.__tablename__},
        ).all()
        assert [(row[0], row[1] == "YES") for row in found] == [(c.name, bool(c.nullable)) for c in table.columns]
        assert [str(c.type).split("(")[0].lower() for c in table.columns] == [
            row[2].removesuffix(" with time zone") for row in found
        ]


def test_topics_sample_is_skewed_with_gaps_and_odd_tags(topics: Database) -> None:
    with Session(topics.engine) as session:
        assert session.scalar(select(func.count(Entry.id))) == 3_000
        assert (session.scalar(select(func.max(Entry.id))) or 0) > 3_100
        for odd in (",,", "⚽", '"La Nación"', ", "):
            assert (session.scalar(select(func.count()).where(Entry.tags.contains(odd))) or 0) > 50, odd
        tags = session.scalars(select(TopicTag.tag).distinct()).all()
        used = {tag: session.scalar(select(func.count()).where(Entry.tags.contains(tag))) or 0 for tag in tags}
        assert used["Horacio Cartes"] > 10 * sorted(used.values())[len(used) // 2]


def test_topics_sample_is_reproducible_and_loaded_once(database: Database, topics: Database) -> None:
    assert load_sample(database, SYSTEM, 3_000)
    digest = text("SELECT count(*), bit_xor(hash_record_extended(e, 0)) FROM topics.entries AS e")
    with Session(database.engine) as here, Session(topics.engine) as there:
        assert here.execute(digest).one() == there.execute(digest).one()
    assert not load_sample(database, SYSTEM, 5_000)


@pytest.mark.parametrize("scale", [-1, 1_700_001])
def test_topics_sample_scale_out_of_bounds_is_refused(database: Database, scale: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"--scale {scale} is outside 1 to 1,700,000 for topics"):
        load_sample(database, SYSTEM, scale)
    with Session(database.engine) as session:
        assert session.scalar(text("SELECT to_regnamespace('topics')")) is None


def test_topics_entry_is_linked_within_its_transaction(orm: Session) -> None:
    colorado = orm.get_one(Topic, 1)
    entry = Entry(title="e", tags="Horacio Cartes, Santiago Peña", published_at=datetime(2031, 1, 1, tzinfo=UTC))
    orm.add(entry)
    orm.flush()
    assert entry.topics == [colorado]
    assert ids(orm, for_topic(1, limit=1)) == [entry.id]
    assert entry.title_topics == []
    entry.tags, entry.title_tags = None, "Santiago Peña"
    orm.flush()
    orm.refresh(entry)
    assert (entry.topics, entry.title_topics) == ([], [colorado])
    orm.rollback()
    assert ids(orm, for_topic_title(1, limit=1)) != [entry.id]


def test_topics_edits_and_deletes_are_followed_by_links(orm: Session) -> None:
    topic = Topic(name="Coffee", tags=[TopicTag(tag="café")])
    entry = Entry(title="e", tags="té, café", title_tags="té", published_at=datetime(2031, 1, 1, tzinfo=UTC))
    orm.add_all([topic, entry])
    orm.flush()
    assert ids(orm, for_topic(topic.id)) == [entry.id]
    topic.tags[0].tag = "té"
    orm.flush()
    assert ids(orm, for_topic(topic.id)) == ids(orm, for_topic_title(topic.id)) == [entry.id]
    topic.tags.clear()
    orm.flush()
    assert ids(orm, for_topic(topic.id)) == ids(orm, for_topic_title(topic.id)) == []
    topic.tags.append(TopicTag(tag="café"))
    orm.flush()
    orm.delete(entry)
    orm.flush()
    assert ids(orm, for_topic(topic.id)) == []
    orm.delete(topic)
    orm.flush()
    assert orm.scalar(select(func.count()).select_from(EntryTopic).where(EntryTopic.topic_id == topic.id)) == 0
    orm.rollback()


def test_topics_read_model_of_guide_can_be_added(orm: Session, topics: Database, tmp_path: Path) -> None:
    guide = Path("docs/guides/adding-a-read-model.md").read_text(encoding="utf-8")
    section = guide.partition("\n## Add the read model\n")[2].partition("\n## ")[0]
    [definition], [declaration, judged] = (
        re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL) for language in ("sql", "python")
    )
    (tmp_path / "topic_newest.sql").write_text(definition)
    names: dict[str, Any] = {"_SQL": tmp_path, "datetime": datetime, "UTC": UTC, "text": text}
    exec(declaration, names | {"ReadModel": ReadModel, "SqlFile": SqlFile}, names)
    phase = replace(SYSTEM.phases[0], read_models=(*SYSTEM.phases[0].read_models, names["TOPIC_NEWEST"]))
    bring_up(topics, replace(SYSTEM, phases=(phase,)))
    exec("from __future__ import annotations\n" + judged, names)
    names["test_topic_newest_after_refresh_has_newest_entry_time"](orm)
