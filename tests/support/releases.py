"""One system as two releases declare it, for processes that load it by name."""

from __future__ import annotations

from pathlib import Path

from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System


def release(folder: Path, name: str) -> System:
    """A system as the release `name` declares it."""
    model = ReadModel(
        name="amounts",
        definition=SqlFile(folder / f"{name}.sql"),
        key=("id",),
        backfill=IdRanges("items.id"),
        refresh=Debounced(Debounce(quiet=0, max_wait=0)),
    )
    return System(name="shop", schema="shop", phases=(Phase("phase_1", read_models=(model,)),))
