"""Places to run the commands of a page in: a shell over the sample of `topics`, and what `make dev` sets."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.cli.conftest import clean_environment, loaded, shell, shell_on
from tests.integration.docs.pages import ROOT

__all__ = ["clean_environment", "loaded", "shell", "shell_on"]


@pytest.fixture
def environment(topics_url: str, new_database: Callable[[str], str], tmp_path: Path) -> dict[str, str]:
    """What `make dev` sets, with databases of this test's own; `tmp_path` is the folder to run in."""
    for file in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(ROOT / file, tmp_path / file)
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "DENORM_HOME": str(tmp_path / "home"),
        "DENORM_DATABASE_URL": topics_url,
        "DENORM_SYSTEMS": "denorm_assets.systems.topics:SYSTEM",
        "DENORM_DAGSTER_URL": new_database("template0"),
        "DAGSTER_HOME": str(tmp_path),
    }
