"""The public interface: what is exported, its page, its types, and its examples."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import denorm_assets
from denorm_assets import testing
from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.integration.docs.api_page import PREAMBLE, example_of, page
from tests.integration.docs.pages import ROOT

_PAGE = ROOT / "docs" / "reference" / "api.md"
_ASK_SERVERS = ("AsyncCacheClient", "CacheClient")


def run_example(name: str) -> dict[str, Any]:
    """Run the example after the preamble; returns what it defined."""
    names: dict[str, Any] = {"__file__": __file__}
    exec(PREAMBLE, names)
    exec(example_of(name), names)
    return names


def test_api_every_export_is_there_and_typed() -> None:
    stub = (ROOT / "denorm_assets" / "__init__.pyi").read_text(encoding="utf-8")
    assert all(getattr(denorm_assets, name) is not None for name in denorm_assets.__all__)
    assert sorted(line.rpartition(" as ")[2] for line in stub.splitlines() if " as " in line) == denorm_assets.__all__
    assert (ROOT / "denorm_assets" / "py.typed").is_file()
    with pytest.raises(AttributeError, match="module 'denorm_assets' has no attribute 'nothing'"):
        denorm_assets.nothing  # noqa: B018 # pyright: ignore


def test_api_star_import_is_complete_and_lazy() -> None:
    script = "import sys, denorm_assets; print('dagster' in sys.modules); from denorm_assets import ReadModel; "
    script += "print('dagster' in sys.modules); from denorm_assets import *; print(build_definitions.__name__)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout.split() == ["False", "False", "build_definitions"]


def test_api_page_is_that_of_docstrings() -> None:
    made = page()
    if os.environ.get("DENORM_UPDATE_GOLDEN"):
        _PAGE.write_text(made, encoding="utf-8")
    assert _PAGE.read_text(encoding="utf-8") == made


@pytest.mark.parametrize(
    "name", [name for name in (*denorm_assets.__all__, *testing.__all__) if name not in _ASK_SERVERS]
)
def test_api_example_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert name in example_of(name)
    run_example(name)


def test_api_examples_of_cache_clients_run(
    votes_url: str, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DENORM_HOME", str(tmp_path))
    monkeypatch.setenv("DENORM_DATABASE_URL", votes_url)
    monkeypatch.setenv("DENORM_REDIS_URL", valkey_server.url())
    blocking = run_example("CacheClient")
    assert isinstance(blocking["upvoted"], set)
    assert isinstance(blocking["count"], int)
    assert isinstance(asyncio.run(run_example("AsyncCacheClient")["first_page"]()), set)


def test_existing_project_guide_runs() -> None:
    text = (ROOT / "docs" / "guides" / "existing-dagster-project.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)
    for found in ("defs", "sling", "translated", "both"):
        dg.Definitions.validate_loadable(names[found])
    upstream = names["sling"].resolve_asset_graph().get(dg.AssetKey(["shop", "order_totals"])).parent_keys
    assert dg.AssetKey(["sling", "order_lines"]) in upstream
    assert len(names["both"].resolve_asset_graph().get_all_asset_keys()) == 13
    more = dg.Definitions(assets=[names["report_of_day"]], jobs=[names["own_assets"]])
    merged = dg.Definitions.merge(names["defs"], more)
    dg.Definitions.validate_loadable(merged)
    own = {node.name for node in merged.resolve_job_def("own_assets").nodes}
    assert own == {"raw__order_lines", "report", "report_of_day"}
