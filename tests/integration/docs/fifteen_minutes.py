"""Following the guide of fifteen minutes, in an empty folder, on an empty database."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from denorm_assets.embedded.wheels import postgres_install
from tests.integration.docs.pages import read
from tests.support.dagster_tree import DagsterApi, wait_for
from tests.support.walk import Walk, following
from tests.support.wheel import environment

GUIDE = read("docs/guides/fifteen-minutes.md")
SYSTEM = "store"
MODEL = "customer_sales_read_model"
_URL = "postgresql://user:password@localhost:5432/store"
_SHOWN_SECONDS = 180.0
_READY = re.compile(r"^READY (http://\S+)", re.MULTILINE)
_SHOWN = """{
  assetNodes {
    assetKey { path } isMaterializable isPartitioned
    assetMaterializations(limit: 1) { timestamp }
    partitionStats { numMaterialized numPartitions }
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
  }
}"""


@contextmanager
def following_guide(
    database_url: str, path: Path, programs: Path, *, without: Sequence[str] = (), **variables: str
) -> Generator[tuple[Walk, str]]:
    """Follow the guide until the UI is green; yields the reader's shell, and the address of the UI.

    `path` is an empty folder, `programs` where the reader's `python3` is. Lines that begin as `without` are left out.
    """
    notes, folder = path / "notes", path / "reader"
    notes.mkdir(exist_ok=True)
    folder.mkdir()
    own = environment(None)
    # psql is that of the machine, or else that of the wheel.
    own["PATH"] = f"{programs}:{own['PATH']}:{postgres_install() / 'bin'}"
    with following(Walk(folder, {**own, **variables}, notes, {_URL: database_url}, without), GUIDE.text) as walk:
        [url] = _READY.findall(walk.log.read_text())
        wait_for(lambda: not _not_green(DagsterApi(url)), _SHOWN_SECONDS, "the UI shows everything as green", 1.0)
        yield walk, url


def _not_green(api: DagsterApi) -> list[str]:
    """What the UI shows that is not green."""
    nodes = {"/".join(node["assetKey"]["path"]): node for node in api.graphql(_SHOWN)["assetNodes"]}
    found = [] if f"{SYSTEM}/{MODEL}" in nodes else ["the read model is not there"]
    for name, node in nodes.items():
        stats = node["partitionStats"]
        if node["isMaterializable"] and not node["assetMaterializations"]:
            found.append(f"{name} is not materialized")
        if node["isPartitioned"] and stats["numMaterialized"] < stats["numPartitions"]:
            found.append(f"{name}: {stats}")
        for check in node["assetChecksOrError"].get("checks", []):
            status = (check["executionForLatestMaterialization"] or {"status": "not run"})["status"]
            if status != "SUCCEEDED":
                found.append(f"{name} {check['name']}: {status}")
    return found
