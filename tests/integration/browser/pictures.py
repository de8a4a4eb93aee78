"""Takes the pictures of the pages anew, from the product as it is: `make pictures`.

Screenshots are those that `test_materialize_in_ui` takes on its way, and those of a walk through the guide of fifteen
minutes. The terminal is recorded from real commands: a definition is edited, planned, applied and checked while the
product runs.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from denorm_assets.systems.topics.declaration import ENTRY_TOPICS
from tests.integration.browser.chromium import NAMES, chromium_path
from tests.integration.browser.guide_pictures import take_pictures
from tests.integration.browser.product import Folder, product_folder
from tests.support.dagster_tree import ROOT
from tests.support.reports import REPORTS

_PICTURES = ROOT / "docs" / "pictures"
_SCREENSHOTS = {"lineage": "lineage", "partitions_half": "partitions", "checks": "checks"}
"""What the test calls a screenshot -> what the pages call it."""

_COLUMNS = 120
_SYSTEM = """\
from dataclasses import replace
from pathlib import Path

from denorm_assets.model.sql_file import SqlFile
from denorm_assets.systems.topics.declaration import ENTRY_TOPICS, SYSTEM as TOPICS

_EDITED = replace(ENTRY_TOPICS, definition=SqlFile(Path(__file__).parent / "entry_topics.sql"), references=())
[_PHASE] = TOPICS.phases
SYSTEM = replace(TOPICS, phases=(replace(_PHASE, read_models=(_EDITED,)),), queries=(), cutover=None)
"""
"""One read model, without foreign keys: what `plan` says of more is too long for a picture."""
_SESSION = (
    "echo 'WHERE e.enabled' >> entry_topics.sql",
    "denorm-assets plan topics",
    "denorm-assets apply topics",
    "denorm-assets check topics/entry_topics",
)


def main() -> None:
    """Take all pictures; what is missing on this machine ends it."""
    chromium = chromium_path()
    if chromium is None:
        sys.exit(f"no Chromium: none of {', '.join(NAMES)} is on PATH")
    _PICTURES.mkdir(exist_ok=True)
    _screenshots()
    take_pictures(chromium, _PICTURES)
    _terminal()
    for picture in sorted(_PICTURES.iterdir()):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")


def _screenshots() -> None:
    test = "tests/integration/browser/test_materialize_in_ui.py"
    # A sample may leave it out.
    environ = {**os.environ, "DENORM_TEST_WHOLE": "1"}
    subprocess.run([sys.executable, "-m", "pytest", "-n", "0", test], cwd=ROOT, env=environ, check=True)
    for taken, name in _SCREENSHOTS.items():
        shutil.copyfile(ROOT / REPORTS / "ui" / f"{taken}.png", _PICTURES / f"{name}.png")


def _terminal() -> None:
    with product_folder(["pressed:SYSTEM"]) as folder:
        folder.root.joinpath("pressed.py").write_text(_SYSTEM, encoding="utf-8")
        folder.root.joinpath("entry_topics.sql").write_text(ENTRY_TOPICS.definition.text, encoding="utf-8")
        with folder.running():
            _record(folder, _PICTURES / "terminal.svg")


def _record(folder: Folder, picture: Path) -> None:
    """Run the session as a person types it, and draw what the terminal shows."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    environ = {
        **folder.environ,
        "PATH": f"{Path(sys.executable).parent}:{folder.environ['PATH']}",
        "COLUMNS": str(_COLUMNS),
        "FORCE_COLOR": "1",
    }
    for command in _SESSION:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder.root,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        output = done.stdout.strip("\n")
        if output:
            console.print(Text.from_ansi(f"{output}\n"))
    console.save_svg(str(picture), title="edit, plan, apply, check")


if __name__ == "__main__":
    main()
