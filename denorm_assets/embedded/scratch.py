"""Folders to prepare something in, before one rename puts it in its place: finished or not there at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(parent: Path, purpose: str) -> Generator[Path]:
    """A new folder in `parent`, mode 0700, removed afterwards with all that was not renamed out of it.

    What a killed process left for the same purpose is removed first: the caller holds a lock on `parent`.
    """
    prefix = f".unfinished-{purpose}-"
    for leftover in parent.glob(f"{prefix}*"):
        # A program that outlived the killed process may still write there; the next start tries again.
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
