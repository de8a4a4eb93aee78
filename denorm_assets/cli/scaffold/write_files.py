"""Writing several files, all or none, over nothing that is there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from denorm_assets.errors import FilesExist, NotWritten


def require_absent(folder: Path, names: Iterable[str]) -> None:
    """Raises FilesExist where something in `folder` has one of `names`."""
    there = [name for name in names if os.path.lexists(folder / name)]
    if there:
        raise FilesExist(str(folder), there)


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write each text to its path below `folder`. Raises FilesExist or NotWritten, after which none is there."""
    require_absent(folder, texts)
    made: list[Path] = []
    try:
        for name, text in texts.items():
            _write(folder / name, name, text, made)
    except BaseException:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        raise


def _write(path: Path, name: str, text: str, made: list[Path]) -> None:
    try:
        _make_folders(path.parent, made)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            made.append(path)
            file.write(text)
    except OSError as error:
        raise NotWritten(name, f"{error.strerror}: {error.filename}" if error.filename else str(error)) from error


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make `folder` and those above it that are missing; adds them to `made`."""
    if not folder.is_dir():
        _make_folders(folder.parent, made)
        folder.mkdir()
        made.append(folder)
