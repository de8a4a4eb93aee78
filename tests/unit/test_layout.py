"""Files that can be read in one sitting, and folders that can be seen at a glance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import denorm_assets

FILES = sorted(Path(denorm_assets.__file__).parent.rglob("*.py"))


def test_layout_no_file_exceeds_300_lines() -> None:
    long = {str(file): lines for file in FILES if (lines := len(file.read_text().splitlines())) > 300}
    assert long == {}


def test_layout_no_folder_exceeds_20_files() -> None:
    assert [folder for folder, files in Counter(file.parent for file in FILES).items() if files > 20] == []
