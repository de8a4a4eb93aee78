"""Dagster projects with a `defs` folder, loaded in this process as a code server loads them."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from tests.integration.definitions.conftest import clean_environment

__all__ = ["clean_environment"]

_numbers = itertools.count()
OF_DAGSTER = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]
"""What Dagster says of its own use of its own functions."""
_PROJECT = """\
[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{name}"
"""


@dataclass(frozen=True)
class DagsterProject:
    """A project whose package is importable.

    Attributes:
        shop: the folder `defs/shop`.
    """

    root: Path
    shop: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write files into `defs/shop`."""
        for name, text in files.items():
            (self.shop / name).write_text(text, encoding="utf-8")

    def load(self) -> dg.Definitions:
        """All definitions of the project."""
        return dg.ComponentTree.for_project(self.root).build_defs()

    def fault(self) -> str:
        """What loading is refused with, the folder `defs/shop` left out."""
        with pytest.raises(Exception) as raised:  # noqa: PT011
            self.load()
        # Dagster says which file it was about; the reason is the cause.
        cause = raised.value.__cause__
        assert cause is not None, raised.value
        return str(cause).replace(f"{self.shop}/", "")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: None) -> DagsterProject:
    """An empty project."""
    name = f"project_{os.getpid()}_{next(_numbers)}"
    shop = tmp_path / name / "defs" / "shop"
    shop.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(_PROJECT.format(name=name), encoding="utf-8")
    for package in (tmp_path / name, tmp_path / name / "defs"):
        (package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return DagsterProject(tmp_path, shop)


@pytest.fixture
def load_yaml(project: DagsterProject) -> Callable[[str], dg.Definitions]:
    """Loads a `defs.yaml`."""

    def load(text: str) -> dg.Definitions:
        project.write({"defs.yaml": text})
        return project.load()

    return load
