"""The lock file: exact versions with hashes, from no index in particular, and nothing is installed without one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = re.sub(r"\\\n\s*", "", LOCK).splitlines()
ENTRY = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)( ; [^\\]+?)?( --hash=sha256:[0-9a-f]{64})+")


def test_lock_file_every_line_has_version_and_hashes() -> None:
    assert len(ENTRIES) > 100
    assert [line for line in ENTRIES if not ENTRY.fullmatch(line)] == []


def test_lock_file_names_no_index_or_url() -> None:
    assert re.findall(r"(?m)^\s*-.*index.*|.*\b(?:https?|file)://.*", LOCK) == []


def test_lock_file_holds_all_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *(project["dependency-groups"][group] for group in ("build", "dev")),
        project["build-system"]["requires"],
    ]
    declared = {re.split(r"[\[<>=]", requirement)[0] for group in groups for requirement in group}
    locked = {match["name"] for line in ENTRIES if (match := ENTRY.fullmatch(line))}
    # One of the extras is made of the others.
    assert declared - locked == {"denorm-assets"}


def test_makefile_pip_install_requires_hashes() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    # Comments stand in recipes, too.
    installs = [line for line in lines if "pip install" in line and not line.lstrip("\t@ ").startswith("#")]
    assert ["--require-hashes" in line or "--no-build-isolation -e ." in line for line in installs] == [True, True]
    assert all("--no-deps" in line for line in installs)
