"""Packages that are installed, and looked for in vain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import pytest

from denorm_assets import extras
from denorm_assets.extras import ExtraPackage

EXTRA_PACKAGES = tuple(found for found in vars(extras).values() if isinstance(found, ExtraPackage))
"""All packages of extras that we ask for by name."""


def hide(monkeypatch: pytest.MonkeyPatch, *packages: ExtraPackage) -> None:
    """Have them missing in this process, for one test."""
    for package in packages:
        monkeypatch.setitem(cast(dict[str, Any], sys.modules), package.module, None)


def hiding(folder: Path, *packages: ExtraPackage) -> dict[str, str]:
    """Variables with which Python has them missing from its start on; `folder` is made for that."""
    folder.mkdir()
    hidden = [package.module for package in packages]
    (folder / "sitecustomize.py").write_text(f"import sys\n\nsys.modules.update(dict.fromkeys({hidden!r}))\n")
    return {"PYTHONPATH": str(folder)}
