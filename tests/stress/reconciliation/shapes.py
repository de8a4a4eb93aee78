"""A system whose read models have every kind of key and of column, and scripts that write to its sources.

IDs from `HOT` on are the writers'; nothing below ever changes.
"""

from __future__ import annotations

from pathlib import Path

from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System

_SQL = Path(__file__).parent / "sql"
THINGS = 40_000
HOT = 30_001

WIDE = ReadModel("wide", SqlFile(_SQL / "wide.sql"), ("id",), IdRanges("things.id"))
BY_OWNER = ReadModel("by_owner", SqlFile(_SQL / "by_owner.sql"), ("owner", "label"))
BY_UUID = ReadModel("by_uuid", SqlFile(_SQL / "by_uuid.sql"), ("id",), IdRanges("papers.id"), Realtime())
TAGGED = ReadModel("tagged", SqlFile(_SQL / "tagged.sql"), ("thing_id", "tag"), IdRanges("things.id"), Realtime())
RANKED = ReadModel("ranked", SqlFile(_SQL / "ranked.sql"), ("id",), refresh=Full(Debounce(quiet=1, max_wait=5)))
KEYED = (WIDE, BY_OWNER, BY_UUID, TAGGED)
SYSTEM = System("shapes", "shapes", (Phase("tables", (*KEYED, RANKED)),))

CREATE = (_SQL / "sources.sql").read_text(encoding="utf-8")
WRITES = (
    f"\\set id random({HOT}, {THINGS})\n"
    "UPDATE shapes.things SET label = 'label ' || (:id % 7), price = price + 1, tags = ARRAY['x', 'y ' || (:id % 5)]\n"
    "WHERE id = :id;\n",
    f"\\set id random({HOT}, {THINGS})\n"
    "UPDATE shapes.papers SET body = body || '.', seen = now() WHERE id = lpad(to_hex(:id::integer), 32, 'f')::uuid;\n",
    f"\\set id random({HOT}, {THINGS})\n"
    "DELETE FROM shapes.things WHERE id = :id;\n"
    "INSERT INTO shapes.things (id, owner, label, price) VALUES (:id, :id / 50, NULL, 1) ON CONFLICT DO NOTHING;\n",
)
"""pgbench scripts of single small transactions."""
