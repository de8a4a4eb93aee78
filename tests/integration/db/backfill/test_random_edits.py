"""Whatever is typed, edited, tampered with and interrupted in between: a full backfill makes everything right."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from denorm_assets.db.backfill import one_range
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.postgres.sample_data import create_application_tables
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.systems.topics import SYSTEM
from tests.support.case import Case, pooled
from tests.support.sampling import WHOLE

BLANKS = " \t\r\n\u00a0"
WORDS = ("a", "A", "b", "x y", "ñandú", "🎈", "o'x", '"q"', "100%", "\u2003", "{0}", "\\N")
IDS = st.integers(-3, 24)
TOPICS = st.integers(1, 4)
# Whole words most of the time, then bits of what fingers do.
TYPED = st.none() | st.lists(
    st.sampled_from(WORDS + tuple(f" {word}," for word in WORDS) + (",", ",,", " ", "\t", "\u00a0", "\n", '"', "'")),
    max_size=6,
).map("".join)
BATCH_SIZES = st.sampled_from([1, 2, 3, 5, 1_000])


@dataclass(frozen=True)
class Step:
    """Something that happens, by name and arguments of a method of World."""

    what: str
    arguments: tuple[object, ...]


def steps() -> st.SearchStrategy[list[Step]]:
    kinds: dict[str, tuple[st.SearchStrategy[object], ...]] = {
        "type_tags": (IDS, TYPED),
        "delete_entry": (IDS,),
        "publish": (IDS, st.integers(0, 3)),
        "add_tag": (TOPICS, st.sampled_from(WORDS)),
        "remove_tag": (TOPICS, st.sampled_from(WORDS)),
        "lose_links": (IDS, IDS),
        "alter_links": (IDS, IDS),
        "invent_link": (IDS, TOPICS),
        "load": (IDS, IDS, BATCH_SIZES),
        "load_everything": (BATCH_SIZES, st.booleans()),
        "interrupt": (st.integers(1, 6), BATCH_SIZES),
    }
    return st.lists(
        st.one_of(
            *(
                st.tuples(*arguments).map(lambda given, what=what: Step(what, given))
                for what, arguments in kinds.items()
            )
        ),
        min_size=3,
        max_size=10,
    )


@cache
def loader(case: Case, batch_size: int, pause: float = 0) -> ModelLoader:
    """Made once, for neither the definition nor the ranges change."""
    return case.loader(BackfillOptions(batch_size=batch_size, pause=pause))


class World:
    """The topics application with a handful of entries, and what a person would expect of its links."""

    def __init__(self, case: Case, run: Callable[..., object]) -> None:
        self.case = case
        self.run = run
        self.entries: dict[int, tuple[str | None, int]] = {}
        self.tags: set[tuple[int, str]] = set()
        run("TRUNCATE entries, topic_tags, entry_topics")
        run("UPDATE denorm.range_progress SET done_version = NULL, cursor_id = NULL, cursor_version = NULL")

    def type_tags(self, entry: int, typed: str | None) -> None:
        self.entries[entry] = (typed, self.entries.get(entry, (None, 0))[1])
        self._write(entry)

    def publish(self, entry: int, day: int) -> None:
        if entry in self.entries:
            self.entries[entry] = (self.entries[entry][0], day)
            self._write(entry)

    def _write(self, entry: int) -> None:
        typed, day = self.entries[entry]
        self.run(
            "INSERT INTO entries (id, title, tags, published_at)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, '', %s, timestamptz '2024-01-01 00:00Z' + %s * interval '1 day')"
            " ON CONFLICT (id) DO UPDATE SET tags = excluded.tags, published_at = excluded.published_at",
            (entry, typed, day),
        )

    def delete_entry(self, entry: int) -> None:
        self.entries.pop(entry, None)
        self.run("DELETE FROM entries WHERE id = %s", (entry,))

    def add_tag(self, topic: int, tag: str) -> None:
        self.tags.add((topic, tag))
        self.run("INSERT INTO topic_tags VALUES (%s, %s) ON CONFLICT DO NOTHING", (topic, tag))

    def remove_tag(self, topic: int, tag: str) -> None:
        self.tags.discard((topic, tag))
        self.run("DELETE FROM topic_tags WHERE topic_id = %s AND tag = %s", (topic, tag))

    def lose_links(self, first: int, last: int) -> None:
        self.run("DELETE FROM entry_topics WHERE entry_id BETWEEN %s AND %s", (first, last))

    def alter_links(self, first: int, last: int) -> None:
        self.run("UPDATE entry_topics SET published_at = 'infinity' WHERE entry_id BETWEEN %s AND %s", (first, last))

    def invent_link(self, entry: int, topic: int) -> None:
        self.run("INSERT INTO entry_topics VALUES (%s, %s, now()) ON CONFLICT DO NOTHING", (entry, topic))

    def load(self, first: int, last: int, batch_size: int) -> None:
        low, high = sorted((first, last))
        if any(low <= entry <= high for entry in self.entries):
            list(loader(self.case, batch_size).load_ids(str(low), str(high)))
            held = {link for link in self.held() if low <= link[0] <= high}
            assert held == {link for link in self.expected() if low <= link[0] <= high}

    def load_everything(self, batch_size: int, again: bool) -> None:
        list(loader(self.case, batch_size).load_ids(None, None, again=again))

    def interrupt(self, batches: int, batch_size: int) -> None:
        """Ctrl-C after so many batches, where there are as many."""
        left = batches

        def count_down(_: float) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(one_range.time, "sleep", count_down)
            with suppress(KeyboardInterrupt):
                list(loader(self.case, batch_size, pause=0.001).load_ids(None, None, again=True))

    def expected(self) -> set[tuple[int, int, int]]:
        """The links that there ought to be: (entry, topic, day)."""
        return {
            (entry, topic, day)
            for entry, (typed, day) in self.entries.items()
            for word in (typed or "").split(",")
            for topic, tag in self.tags
            if word.strip(BLANKS) == tag
        }

    def held(self) -> set[tuple[int, int, int]]:
        """The links that there are."""
        rows = self.case.rows(
            "SELECT entry_id, topic_id, CASE WHEN isfinite(published_at)"
            " THEN extract(day FROM published_at - timestamptz '2024-01-01 00:00Z')::int ELSE -1 END FROM entry_topics"
        )
        assert len(rows) == len(set(rows))
        return set(rows)


@pytest.fixture
def empty_topics(database_url: str) -> Generator[Case]:
    """The shipped system without a row, its entries cut into ranges of six IDs."""
    case = Case(pooled(database_url), database_url, SYSTEM, SYSTEM.read_model("entry_topics"))
    assert SYSTEM.example is not None
    create_application_tables(case.database, SYSTEM, SYSTEM.example)
    case.apply()
    case.loader()
    case.run("INSERT INTO topics (id, name) OVERRIDING SYSTEM VALUE SELECT n, n::text FROM generate_series(1, 4) AS n")
    case.run(
        "INSERT INTO denorm.id_range (range_set, key, source, position, lo, hi) SELECT 'topics_entries',"
        " 'entries:' || coalesce(lo::text, 'min') || '-' || hi, 'entries', position, lo, hi"
        " FROM (VALUES (1, NULL, 5), (2, 6, 11), (3, 12, 17)) AS r(position, lo, hi)"
    )
    yield case
    case.close()


@pytest.mark.long
def test_backfill_random_edits_and_interrupts_ends_in_right_rows(empty_topics: Case) -> None:
    case = empty_topics
    with case.connect() as application:
        # The backfill has to find out by itself: the read model is not live, and nothing is drained.
        @settings(
            max_examples=100 if WHOLE else 30,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(happening=steps(), batch_size=BATCH_SIZES)
        def run(happening: list[Step], batch_size: int) -> None:
            world = World(case, application.execute)
            for topic, tag in ((1, "a"), (1, "x y"), (2, "a"), (2, "🎈"), (3, "\u2003"), (4, "100%")):
                world.add_tag(topic, tag)
            for step in happening:
                getattr(world, step.what)(*step.arguments)
            world.load_everything(batch_size, again=True)
            assert world.held() == world.expected()
            case.assert_right()
            assert all(item.done for item in case.progress())
            assert case.value("SELECT count(*) FROM denorm.range_progress WHERE lease_holder IS NOT NULL") == 0

        run()
