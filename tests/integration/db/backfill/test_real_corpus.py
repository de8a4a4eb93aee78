"""Debian's packages as entries: the links equal those that plain Python computes, knowing nothing of our SQL."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

import pytest

from denorm_assets.db.postgres.sample_data import create_application_tables
from denorm_assets.systems.topics import SYSTEM
from tests.support.case import Case, pooled

CORPUS = Path(__file__).parents[4].parent / "shared/data/debian_packages.jsonl.gz"
_SEPARATORS = (",", ", ", " , ", ",,", ",\t", ", ,", "\u00a0,", ",\r\n")
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

Link = tuple[int, int, datetime]


class Package(TypedDict):
    name: str
    section: str
    tags: list[str]
    maintainer_id: int


def packages() -> Iterator[Package]:
    if not CORPUS.is_file():
        pytest.skip(f"the corpus {CORPUS} is not here")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Entry:
    """A package as editors would type it."""

    def __init__(self, number: int, package: Package) -> None:
        # IDs have gaps, small ones and large ones.
        self.id = number + number // 7 + number // 5_000 * 100_000
        self.title = package["name"]
        # Real tags, the maintainer as one more, and some of them twice.
        self.tags = [*package["tags"], f"maintainer {package['maintainer_id']}", *package["tags"][: number % 3]]
        self.sections = package["section"].split("/")
        self.published_at = _EPOCH + timedelta(seconds=number * 7_919 % 60_000_000)

    def typed(self, words: list[str]) -> str | None:
        """`words` with stray blanks and commas; None where there are none."""
        if not words:
            return None
        text = words[0]
        for place, word in enumerate(words[1:]):
            text += _SEPARATORS[(self.id + place) % len(_SEPARATORS)] + word
        return text + (",", "  ", "", ", ")[self.id % 4]


class Topics:
    """A topic per facet (`game::...`), per group of maintainers, and per letter of sections; their tags overlap."""

    def __init__(self, entries: list[Entry]) -> None:
        tags: defaultdict[str, set[str]] = defaultdict(set)
        for entry in entries:
            for tag in entry.tags:
                facet, separator, value = tag.partition("::")
                if separator:
                    tags[f"facet {facet}"].add(tag)
                    tags[f"ending {value[-2:]}"].add(tag)
                else:
                    tags[f"maintainers {int(tag.split()[1]) % 50}"].add(tag)
            for section in entry.sections:
                tags[f"section {section[0]}"].add(section)
        self.tags = dict(enumerate(tags.values(), 1))
        self.names = dict(enumerate(tags, 1))
        self.of_tag: defaultdict[str, set[int]] = defaultdict(set)
        for topic, wanted in self.tags.items():
            for tag in wanted:
                self.of_tag[tag].add(topic)

    def links(self, entries: list[Entry], *, by_section: bool) -> set[Link]:
        """What the read model has to hold, from the words themselves and not from what was typed."""
        return {
            (entry.id, topic, entry.published_at)
            for entry in entries
            for word in (entry.sections if by_section else entry.tags)
            for topic in self.of_tag[word]
        }


def copy_in(case: Case, entries: list[Entry], topics: Topics) -> None:
    with case.connect() as connection, connection.transaction():
        with connection.cursor().copy("COPY entries (id, title, tags, title_tags, published_at) FROM STDIN") as copy:
            for entry in entries:
                row = (entry.id, entry.title, entry.typed(entry.tags), entry.typed(entry.sections), entry.published_at)
                copy.write_row(row)
        with connection.cursor().copy("COPY topics (id, name) FROM STDIN") as copy:
            for topic, name in topics.names.items():
                copy.write_row((topic, name))
        with connection.cursor().copy("COPY topic_tags (topic_id, tag) FROM STDIN") as copy:
            for topic, wanted in topics.tags.items():
                for tag in wanted:
                    copy.write_row((topic, tag))
    case.run("ANALYZE entries; ANALYZE topics; ANALYZE topic_tags")


def test_backfill_debian_packages_equals_links_computed_in_python(database_url: str) -> None:
    entries = [Entry(number, package) for number, package in enumerate(packages(), 1)]
    topics = Topics(entries)
    assert len(entries) > 60_000
    assert len(topics.names) > 250

    database = pooled(database_url)
    assert SYSTEM.example is not None
    create_application_tables(database, SYSTEM, SYSTEM.example)
    for model, by_section in (("entry_topics", False), ("entry_title_topics", True)):
        case = Case(database, database_url, SYSTEM, SYSTEM.read_model(model))
        if not by_section:
            copy_in(case, entries, topics)
        case.apply()
        results = case.load()
        held = case.rows(f"SELECT entry_id, topic_id, published_at FROM {model}")
        computed = topics.links(entries, by_section=by_section)
        assert set(held) == computed
        assert len(held) == len(computed) == sum(result.row_count for result in results) > 50_000
        case.finish()
        assert all(check.passed for check in case.checks({"topic_id": "1"}).values())
        case.close()
