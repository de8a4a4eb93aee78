"""A small system with read models of every kind, and the versions of it that schema work goes between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from denorm_assets.model.cached_set import CachedCount
from denorm_assets.model.index import Index, on, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System

TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.owners (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE shop.items (
    id bigint PRIMARY KEY, owner bigint NOT NULL REFERENCES shop.owners, price int NOT NULL, body text);
CREATE TABLE shop.notes (id bigint PRIMARY KEY, owner bigint NOT NULL, price int NOT NULL, body text)
    PARTITION BY RANGE (id);
CREATE TABLE shop.old_notes PARTITION OF shop.notes FOR VALUES FROM (0) TO (2000);
CREATE TABLE shop.new_notes PARTITION OF shop.notes FOR VALUES FROM (2000) TO (1000000);
INSERT INTO shop.owners SELECT n, 'owner ' || n FROM generate_series(1, 200) AS n;
INSERT INTO shop.items SELECT n, n % 200 + 1, n % 97, 'item ' || n FROM generate_series(1, {rows}) AS n;
INSERT INTO shop.notes SELECT n, n % 200 + 1, n % 89, 'note ' || n FROM generate_series(1, {rows} / 2) AS n;
CREATE INDEX ON shop.items (owner);
CREATE INDEX ON shop.notes (owner);
ANALYZE;
"""
_AT_ONCE = Debounce(quiet=0, max_wait=0)
_NAMED = "SELECT i.id, i.owner, {columns} FROM items AS i JOIN owners AS o ON o.id = i.owner"
_BOTH = "SELECT 'items' AS source, id, {price} AS price FROM items UNION ALL SELECT 'notes', id, {price} FROM notes"
_TOTALS = "SELECT owner, {totals} FROM items GROUP BY owner"
_NOTES_TOO = "count(*) AS items, (SELECT count(*) FROM notes AS n WHERE n.owner = items.owner) AS notes"
_RANKS = "SELECT id, rank() OVER (ORDER BY price {order}, id) AS place FROM items"
_COUNTS = "SELECT owner, count(*) AS items FROM items{also} GROUP BY owner"
_EXTRA = "SELECT owner AS id, count(*) AS notes FROM notes GROUP BY owner"


def versions(folder: Path) -> Mapping[str, System]:
    """The versions by name, their definitions written below `folder`."""
    plain = {"columns": "o.name", "price": "price", "totals": "count(*) AS items", "order": "", "also": ""}
    return {
        "plain": _version(folder, "plain", plain),
        "rewritten": _version(
            folder,
            "rewritten",
            {
                "columns": "upper(o.name) AS name",
                "price": "price * 2",
                "totals": "count(*) + 1 AS items",
                "order": "",
                "also": " WHERE price > 3",
            },
        ),
        "wider": _version(
            folder,
            "wider",
            {
                **plain,
                "columns": "o.name, i.price",
                "totals": "count(*) AS items, sum(price) AS price",
                "order": "DESC",
            },
        ),
        "retyped": _version(
            folder,
            "retyped",
            {
                "columns": "o.name::varchar(40) AS name",
                "price": "price::bigint",
                "totals": "max(id) AS last",
                "order": "",
                "also": "",
            },
        ),
        "indexed": _version(folder, "indexed", plain, indexed=True),
        # One more read model, and one more source for one that is there.
        "extended": _version(folder, "extended", {**plain, "totals": _NOTES_TOO}, extra=True),
    }


def _version(
    folder: Path, name: str, parts: Mapping[str, str], *, indexed: bool = False, extra: bool = False
) -> System:
    def definition(of: str, text: str) -> SqlFile:
        path = folder / f"{name}_{of}.sql"
        path.write_text(text.format(**parts))
        return SqlFile(path)

    more = (Index("name", "id DESC"), Index("owner DESC", "id", name="named_by_owner")) if indexed else ()
    models = [
        ReadModel(
            "named",
            definition("named", _NAMED),
            ("id",),
            IdRanges("items.id"),
            Realtime(_AT_ONCE),
            indexes=(Index("owner", "id"), *more),
            references=(references("id", "items.id", foreign_key=True),),
        ),
        ReadModel(
            "both",
            definition("both", _BOTH),
            ("source", "id"),
            IdRanges("items.id", "notes.id"),
            Debounced(_AT_ONCE),
            indexes=(Index("price"), *((Index("id"),) if indexed else ())),
            partition_by="source",
        ),
        ReadModel("totals", definition("totals", _TOTALS), ("owner",), refresh=Debounced(_AT_ONCE)),
        ReadModel(
            "ranks",
            definition("ranks", _RANKS),
            ("id",),
            refresh=Full(_AT_ONCE),
            indexes=(Index("place"),) if indexed else (),
        ),
    ]
    if extra:
        models.append(ReadModel("extra", definition("extra", _EXTRA), ("id",), refresh=Debounced(_AT_ONCE)))
    of_application = (on("items", Index("price", "id"), query="none"),) if indexed else ()
    counts = CachedCount("counts", definition("counts", _COUNTS), "owner", "items")
    return System("shop", "shop", (Phase("phase_1", tuple(models), indexes=of_application),), caches=(counts,))
