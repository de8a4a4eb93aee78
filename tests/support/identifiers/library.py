"""A library whose identifiers are text, in tables that refer to each other in every way; and the phases for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from denorm_assets.model.schema_change import Contract, Expand, Fill, Identifiers, Switch
from denorm_assets.model.system import Phase, System

IDS = Identifiers("people.id", "books.id", "tags.id")
EXPAND, FILL, SWITCH, CONTRACT = (
    Phase(f"phase_{number}", work=work(IDS)) for number, work in enumerate((Expand, Fill, Switch, Contract), 1)
)
PHASES = (EXPAND, FILL, SWITCH, CONTRACT)
LIBRARY = System(name="library", schema="library", phases=PHASES)

TABLES = """
CREATE SCHEMA library;
CREATE TABLE library.people (id varchar(255) PRIMARY KEY, name text NOT NULL);
CREATE TABLE library.books (
    id varchar(255) PRIMARY KEY,
    owner_id varchar(255) NOT NULL REFERENCES library.people ON DELETE CASCADE,
    lent_to varchar(255) REFERENCES library.people (id)
        ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    sequel_of varchar(255) REFERENCES library.books,
    title text NOT NULL
);
CREATE TABLE library.tags (
    id varchar(255) PRIMARY KEY, owner_id varchar(255) NOT NULL REFERENCES library.people, name text,
    UNIQUE (owner_id, name)
);
CREATE TABLE library.book_tags (
    book_id varchar(255) REFERENCES library.books ON DELETE CASCADE, tag_id varchar(255) REFERENCES library.tags,
    PRIMARY KEY (book_id, tag_id)
);
CREATE INDEX books_owner_id_title_idx ON library.books (owner_id, title) WHERE title <> '';
CREATE INDEX books_sequel_of_idx ON library.books (sequel_of);
CREATE INDEX book_tags_tag_id_idx ON library.book_tags (tag_id);
"""
_ROWS = """
INSERT INTO library.people SELECT md5('p' || n)::uuid::text, 'person ' || n FROM generate_series(1, {people}) AS n;
INSERT INTO library.books
SELECT md5('b' || n)::uuid::text, md5('p' || n % {people} + 1)::uuid::text,
    CASE WHEN n % 3 = 0 THEN md5('p' || n % 7 + 1)::uuid::text END,
    CASE WHEN n % 10 = 7 THEN md5('b1')::uuid::text END, 'book ' || n
FROM generate_series(1, {books}) AS n;
INSERT INTO library.tags
SELECT md5('t' || n)::uuid::text, md5('p' || n % {people} + 1)::uuid::text, 'tag ' || n
FROM generate_series(1, {tags}) AS n;
INSERT INTO library.book_tags
SELECT md5('b' || n)::uuid::text, md5('t' || n % {tags} + 1)::uuid::text FROM generate_series(1, {book_tags}) AS n;
ANALYZE library.people, library.books, library.tags, library.book_tags;
"""
_SHAPE = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'library'::regnamespace AND c.relkind = 'r'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
WHERE connamespace = 'library'::regnamespace
UNION ALL SELECT i.indrelid::regclass::text, c.relname, pg_get_indexdef(c.oid), i.indisvalid FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid WHERE c.relnamespace = 'library'::regnamespace
UNION ALL SELECT tgrelid::regclass::text, tgname, '', true FROM pg_trigger
WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'library.%'
ORDER BY 1, 2, 3
"""


def fill(url: str, *, people: int, books: int, tags: int, book_tags: int) -> None:
    """Create the tables with so many rows each."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute(_ROWS.format(people=people, books=books, tags=tags, book_tags=book_tags).encode())


def shape(url: str) -> Sequence[tuple[Any, ...]]:
    """Columns, constraints, indexes and triggers of the tables, as text."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(_SHAPE).fetchall()
