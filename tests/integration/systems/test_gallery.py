"""The system `gallery`: pages through the links are those through the arrays, and the links follow the arrays."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, LiteralString, cast

import psycopg
import pytest

from denorm_assets.db.control.ranges import list_ranges
from denorm_assets.db.control.registry import registration
from denorm_assets.db.cutover.query_timing import time_pair
from denorm_assets.db.health.checks import run_checks
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import create_application_tables, load_sample
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.sql_file import Sql
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.gallery import SYSTEM
from denorm_assets.systems.gallery.declaration import CONTENT_TAGS
from denorm_assets.systems.gallery.tables import ContentTag
from tests.conftest import Server
from tests.support.live import bring_up

SCALE, AUTOMATIC = 100, 1_708
"""Rows of content_items, and of content_items_auto that belong to them."""
TEMPLATE = "gallery_template"


@pytest.fixture(scope="module")
def gallery_template(server: Server) -> Generator[str]:
    """Name of a database that holds the sample, its links live."""
    database = Database(server.create(TEMPLATE))
    load_sample(database, SYSTEM, SCALE)
    bring_up(database, SYSTEM)
    database.close()
    yield TEMPLATE
    server.drop(TEMPLATE)


@pytest.fixture(scope="module")
def pages(server: Server, gallery_template: str) -> Generator[Database]:
    """The same for tests that only read."""
    made = Database(server.create("gallery_pages", gallery_template))
    yield made
    made.close()
    server.drop("gallery_pages")


@pytest.fixture
def gallery(new_database: Callable[[str], str], gallery_template: str) -> Generator[Database]:
    made = Database(new_database(gallery_template))
    yield made
    made.close()


@pytest.fixture
def application(gallery: Database) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection of the application, which ends each transaction itself."""
    with gallery.engine.connect() as pooled:
        connection = cast("psycopg.Connection[tuple[Any, ...]]", pooled.connection.driver_connection)
        connection.rollback()
        connection.set_autocommit(False)
        connection.execute("SET search_path = gallery")
        connection.commit()
        yield connection
        connection.rollback()
        connection.set_autocommit(True)


Application = psycopg.Connection[tuple[Any, ...]]


def run(application: Application, statement: str) -> None:
    application.execute(cast(LiteralString, statement))


def rows(application: Application, query: str) -> list[tuple[Any, ...]]:
    return application.execute(cast(LiteralString, query)).fetchall()


def tag(number: int) -> str:
    """The ID of a tag of the sample, as SQL."""
    return f"md5('gallery tag {number}')::uuid"


def differences(gallery: Database) -> list[Any]:
    """Rows on one side only, in a fresh connection; what the arrays say is written down here in another way."""
    by_arrays = " UNION ALL ".join(
        f"SELECT DISTINCT '{table}', c.id, u.tag_id FROM {table} AS c, unnest(c.tags) AS u (tag_id)"
        " WHERE u.tag_id IN (SELECT id FROM tags)"
        for table in ("content_items", "content_items_auto")
    )
    by_links = "SELECT content_source, content_id, tag_id FROM content_tags"
    query = f"(({by_arrays}) EXCEPT ALL {by_links}) UNION ALL ({by_links} EXCEPT ALL ({by_arrays})) LIMIT 5"
    with psycopg.connect(gallery.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")) as fresh:
        fresh.execute("SET search_path = gallery")
        return fresh.execute(query).fetchall()


def assert_in_step(gallery: Database) -> None:
    refresh_now(gallery, SYSTEM, CONTENT_TAGS)
    assert differences(gallery) == []


def checks(gallery: Database) -> dict[str, CheckResult]:
    with gallery.session("gallery") as session:
        described = describe(session, SYSTEM, CONTENT_TAGS)
        found = run_checks(session, described, registration(session, SYSTEM, CONTENT_TAGS))
        return {result.name: result for result in found}


# --------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("query", [pair.name for pair in SYSTEM.queries])
def test_gallery_page_arrays_and_links_give_same_rows(pages: Database, query: str) -> None:
    pair = SYSTEM.query(query)
    timing = time_pair(pages, SYSTEM, pair, {"limit": "500"} if "limit" in pair.parameters else {})
    assert timing.equal
    assert timing.rows or query in ("single_rare_tag", "all_tags_one_rare")


TAGS = ("warm sky", "bright street,warm sky,far flower,dark river", "daguerreotype", "warm sky,pinhole", "green flash")


@pytest.mark.parametrize("tags", [*TAGS, "no such tag", "", "warm sky,no such tag"])
@pytest.mark.parametrize("query", ["gallery_page", "mine", "community", "all_tags", "none_of_tags", "single_tag"])
def test_gallery_page_any_tags_arrays_and_links_give_same_rows(pages: Database, query: str, tags: str) -> None:
    pair = SYSTEM.query(query)
    given = {"tag" if query == "single_tag" else "tags": tags}
    with pages.session("gallery") as session, session.resolving():
        found = [by(session.connection, file, {**pair.parameters, **given}) for file in (pair.before, pair.after)]
    assert found[0] == found[1]
    assert len(found[0]) <= 50


def by(connection: psycopg.Connection[Any], file: Sql, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    return connection.execute(cast(LiteralString, file.text), params).fetchall()


def test_gallery_next_page_walks_all_content_once(application: Application) -> None:
    pair = SYSTEM.query("next_page")
    params = {**pair.parameters, "limit": 100, "before_created_at": "infinity"}
    seen: list[tuple[str, int]] = []
    while page := by(application, pair.after, params):
        seen += [(row[0], row[1]) for row in page]
        last = page[-1]
        params |= {"before_source": last[0], "before_id": last[1], "before_created_at": str(last[3])}
    matching = rows(
        application,
        "SELECT DISTINCT content_source, content_id FROM content_tags JOIN tags ON id = tag_id"
        f" WHERE name = ANY (string_to_array('{pair.parameters['tags']}', ','))",
    )
    assert len(seen) == len(set(seen))
    assert set(seen) == set(matching)


def test_gallery_tag_counts_arrays_and_links_are_equal(application: Application) -> None:
    pair = SYSTEM.query("tag_counts")
    counts = by(application, pair.after, {})
    assert counts == by(application, pair.before, {})
    assert len(counts) == 106
    assert dict(counts)["green flash"] == 0
    assert 74 < sum(count for _, count in counts) / (SCALE + AUTOMATIC) < 77


# --------------------------------------------------------------------------------------------------------------- links


def test_gallery_links_partitions_have_foreign_keys_to_their_tables(application: Application) -> None:
    found = rows(
        application,
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        " AND connamespace = 'gallery'::regnamespace AND convalidated ORDER BY 1, 2",
    )
    assert found == [
        (f"content_tags_{table}", f"FOREIGN KEY ({column}) REFERENCES {to}(id) ON UPDATE CASCADE ON DELETE CASCADE")
        for table in ("content_items", "content_items_auto")
        for column, to in (("content_id", table), ("tag_id", "tags"))
    ]
    parts = rows(application, "SELECT DISTINCT tableoid::regclass::text, content_source FROM content_tags ORDER BY 1")
    assert parts == [
        ("content_tags_content_items", "content_items"),
        ("content_tags_content_items_auto", "content_items_auto"),
    ]
    indexes = rows(
        application,
        "SELECT regexp_replace(pg_get_indexdef(indexrelid), '.*btree ', '') FROM pg_index"
        " WHERE indrelid = 'content_tags'::regclass AND indisvalid ORDER BY 1",
    )
    assert indexes == [("(content_source, content_id, tag_id)",), ("(tag_id, content_source, content_id)",)]


def test_gallery_ranges_of_both_tables_are_one_set(gallery: Database) -> None:
    with gallery.session("gallery") as session:
        described = describe(session, SYSTEM, CONTENT_TAGS)
        registered = registration(session, SYSTEM, CONTENT_TAGS)
        ranges = list_ranges(session, registered.range_set, described.drivers)
    assert {id_range.source for id_range in ranges} == {"content_items", "content_items_auto"}
    assert registered.range_set == "gallery_content_items_content_items_auto"


def test_gallery_checks_after_apply_pass_with_figures_of_each_source(
    gallery: Database, application: Application
) -> None:
    found = checks(gallery)
    assert {name: check.summary for name, check in found.items() if not check.passed} == {}
    figures = found["matches_definition"].figures
    for source in ("content_items", "content_items_auto"):
        [held] = rows(
            application,
            f"SELECT count(*), min(content_id), max(content_id) FROM content_tags WHERE content_source = '{source}'",
        )
        assert held == tuple(figures[f"{what} of {source}"] for what in ("rows", "smallest ID", "greatest ID"))


def test_gallery_content_tag_model_matches_created_table(application: Application) -> None:
    found = rows(
        application,
        "SELECT column_name, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'gallery' AND table_name = 'content_tags' ORDER BY ordinal_position",
    )
    assert found == [(column.name, "NO") for column in ContentTag.__table__.columns]


# -------------------------------------------------------------------------------------------------------------- writes


def links_of(application: Application, source: str, content: int) -> set[str]:
    return {
        name
        for (name,) in rows(
            application,
            "SELECT name FROM content_tags JOIN tags ON id = tag_id"
            f" WHERE content_source = '{source}' AND content_id = {content}",
        )
    }


@pytest.mark.parametrize("source", ["content_items", "content_items_auto"])
def test_gallery_writer_reads_its_own_links_before_commit(
    gallery: Database, application: Application, source: str
) -> None:
    write = (
        f"INSERT INTO {source} (id, creator_id, created_at, title, tags) OVERRIDING SYSTEM VALUE"
        " VALUES (900001, 7, now(), 'new', ARRAY[{tags}]::uuid[])"
    )
    run(application, write.format(tags=f"{tag(1)}, {tag(1)}, NULL, {tag(2)}"))
    assert links_of(application, source, 900001) == {"bright portrait", "bright street"}
    run(application, f"UPDATE {source} SET tags = ARRAY[{tag(2)}, {tag(3)}, md5('no tag')::uuid] WHERE id = 900001")
    assert links_of(application, source, 900001) == {"bright street", "bright forest"}
    run(application, f"UPDATE {source} SET tags = NULL WHERE id = 900001")
    assert links_of(application, source, 900001) == set()
    run(application, f"UPDATE {source} SET tags = ARRAY[{tag(3)}] WHERE id = 900001")
    application.commit()
    assert_in_step(gallery)
    run(application, f"DELETE FROM {source} WHERE id = 900001")
    assert links_of(application, source, 900001) == set()
    application.rollback()
    assert links_of(application, source, 900001) == {"bright forest"}


EDITS = {
    "all rows": [f"UPDATE content_items_auto SET tags = array_append(array_remove(tags, {tag(1)}), {tag(106)})"],
    "both tables": [
        f"UPDATE content_items SET tags = array_remove(tags, {tag(2)})",
        "UPDATE content_items_auto SET tags = tags[1:3]",
    ],
    "new IDs": ["UPDATE content_items SET id = id + 1000000 WHERE id <= 20"],
    "some rows go": ["DELETE FROM content_items_auto WHERE id % 3 = 0", "DELETE FROM content_items WHERE id % 2 = 0"],
    "one table is emptied": ["TRUNCATE content_items CASCADE"],
    "both are emptied": ["TRUNCATE content_items, content_items_auto CASCADE"],
    "many rows come": [
        "INSERT INTO content_items_auto (creator_id, created_at, title, tags)"
        " SELECT creator_id, now(), title, tags || tags FROM content_items_auto WHERE id <= 1100"
    ],
    "a tag goes": [f"DELETE FROM tags WHERE id = {tag(5)}"],
    "a tag comes that arrays hold already": [
        "UPDATE content_items SET tags = tags || md5('late')::uuid WHERE id < 50",
        "INSERT INTO tags VALUES (md5('late')::uuid, 'late')",
    ],
    "a tag is renamed": [f"UPDATE tags SET name = 'renamed' WHERE id = {tag(5)}"],
}


@pytest.mark.parametrize("edit", EDITS)
def test_gallery_links_any_array_edit_stay_in_step(gallery: Database, application: Application, edit: str) -> None:
    for statement in EDITS[edit]:
        run(application, statement)
        application.commit()
    assert_in_step(gallery)
    assert {name: check.summary for name, check in checks(gallery).items() if not check.passed} == {}


def test_gallery_backfill_odd_arrays_give_right_links(database: Database) -> None:
    assert SYSTEM.example is not None
    create_application_tables(database, SYSTEM, SYSTEM.example)
    arrays = ("NULL", "'{}'", "'{NULL}'", f"ARRAY[{tag(1)}, {tag(1)}, NULL, NULL]", f"ARRAY[[{tag(1)}], [{tag(2)}]]")
    with database.session("gallery") as session, session.resolving():
        session.script(f"INSERT INTO tags VALUES ({tag(1)}, 'one'), ({tag(2)}, 'two')")
        for table in ("content_items", "content_items_auto"):
            for array in (*arrays, "ARRAY[md5('no tag')::uuid]"):
                session.script(
                    f"INSERT INTO {table} (creator_id, created_at, title, tags) VALUES (1, now(), '', {array}::uuid[])"
                )
    bring_up(database, SYSTEM)
    assert differences(database) == []
    assert all(check.passed for check in checks(database).values())


def test_gallery_sample_has_declared_size_and_is_reproducible(gallery: Database, database: Database) -> None:
    load_sample(database, SYSTEM, SCALE)
    digests = [digest(made) for made in (gallery, database)]
    assert digests[0] == digests[1]
    assert [count for count, _ in digests[0]] == [SCALE, AUTOMATIC, 106]


def digest(database: Database) -> list[tuple[int, int]]:
    """Row count and checksum of each table of the application."""
    query = " UNION ALL ".join(
        f"SELECT count(*), bit_xor(hashtextextended(c::text, 0))::bigint FROM {table} AS c"
        for table in ("content_items", "content_items_auto", "tags")
    )
    with database.session("gallery") as session, session.resolving():
        return [(row["count"], row["bit_xor"]) for row in session.rows(Statement(query))]
