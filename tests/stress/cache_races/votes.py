"""The votes that are raced over, and their history: what was true when, by the server's own clock."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import psycopg

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import create_application_tables
from denorm_assets.systems.social import SYSTEM

USERS, PROJECTS = 200, 40
_PEOPLE = """
INSERT INTO social.users (id, username, display_name) OVERRIDING SYSTEM VALUE
SELECT n, 'user' || n, 'User' FROM generate_series(1, {users}) AS n;
INSERT INTO social.projects (id, owner_id, slug, title, category) OVERRIDING SYSTEM VALUE
SELECT n, 1, 'slug' || n, 'Project', 'web' FROM generate_series(1, {projects}) AS n;
CREATE SCHEMA race;
CREATE TABLE race.history (
    id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint, project_id bigint, present boolean);
CREATE FUNCTION race.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO race.history (user_id, project_id, present) VALUES (
        coalesce(NEW.user_id, OLD.user_id), coalesce(NEW.project_id, OLD.project_id), coalesce(NEW.value, 0) = 1);
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON social.votes FOR EACH ROW EXECUTE FUNCTION race.note();
"""
SETTINGS = {"track_commit_timestamp": "on", "max_connections": "200"}


def create(database: Database) -> None:
    """Tables, people, the trigger that notes history, and the caches."""
    assert SYSTEM.example is not None, "the system ships its tables"
    create_application_tables(database, SYSTEM, SYSTEM.example)
    with database.session() as session:
        session.script(_PEOPLE.replace("{users}", str(USERS)).replace("{projects}", str(PROJECTS)))
    install_caches(database, SYSTEM)


@dataclass(frozen=True)
class Track:
    """What held from when on; nothing (0) before the first change."""

    times: list[float]
    states: list[int]

    def staleness(self, state: int, began: float, ended: float) -> float | None:
        """How long before `began` the state last held; 0 where it held within, None where it never did until then."""
        position = bisect_right(self.times, ended)
        current = True
        while position >= 0:
            held = self.states[position - 1] if position else 0
            if held == state:
                until = ended if current else self.times[position]
                return max(0.0, began - until)
            current = False
            position -= 1
        return None

    def extremes(self, since: float, until: float) -> tuple[int, int]:
        """Between what a number can have been from `since` to `until`, in whatever order its changes showed.

        Commits are timed before they are flushed, and show afterwards: those of different rows in another order.
        """
        first, last = bisect_right(self.times, since), bisect_right(self.times, until)
        before = self.states[first - 1] if first else 0
        states = [before, *self.states[first:last]]
        steps = [after - state for state, after in pairwise(states)]
        return before + sum(min(step, 0) for step in steps), before + sum(max(step, 0) for step in steps)


@dataclass(frozen=True)
class History:
    """What was true when: of each vote, and of the number of each project's."""

    votes: Mapping[tuple[int, int], Track]
    counts: Mapping[int, Track]
    changes: int


def history(connection: psycopg.Connection[Any]) -> History:
    """All committed changes, by the time of their commit."""
    rows: list[tuple[int, int, bool, datetime]] = connection.execute(
        "SELECT user_id, project_id, present, pg_xact_commit_timestamp(xmin) AS at FROM race.history ORDER BY at, id"
    ).fetchall()
    votes: dict[tuple[int, int], Track] = defaultdict(lambda: Track([], []))
    counts: dict[int, Track] = defaultdict(lambda: Track([], []))
    for user, project, present, at in rows:
        vote, count = votes[user, project], counts[project]
        before = vote.states[-1] if vote.states else 0
        vote.times.append(at.timestamp())
        vote.states.append(int(present))
        count.times.append(at.timestamp())
        count.states.append((count.states[-1] if count.states else 0) + int(present) - before)
    return History(votes, counts, len(rows))
