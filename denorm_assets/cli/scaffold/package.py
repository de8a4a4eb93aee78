"""The files of a package of read models, and of a project around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent

from denorm_assets.cli.scaffold.declaration import constants, declaration, definition, imports
from denorm_assets.db.scaffold.proposals import Proposal
from denorm_assets.model.system import System

_DAGSTER = """\
# Dagster's own tables, in SQLite below this folder. Read by `dagster dev` here, and by `denorm-assets dev`.
storage:
  sqlite:
    base_dir: .dagster

# Dagster tells its makers how it is used, and asks for your address, unless this says no.
telemetry:
  enabled: false

nux:
  enabled: false
"""
_IGNORED = """\
.env
.dagster/
.denorm/
.hypothesis/
.venv/
__pycache__/
"""


@dataclass(frozen=True)
class Package:
    """Texts of files by path.

    Attributes:
        own: those of the package; never written over what is there.
        project: those of the project around it, for folders that have none yet.
        wanted: what a file of the project has to say where there is one already; nothing where that does not matter.
        references: the systems as DENORM_SYSTEMS names them.
    """

    own: Mapping[str, str]
    project: Mapping[str, str]
    wanted: Mapping[str, str]
    references: str


def package_files(package: str, systems: Mapping[str, System], proposals: Sequence[Proposal]) -> Package:
    """All files of the package."""
    references = ",".join(f"{package}.systems:{constant}" for constant in constants(systems).values())
    entry = f'[tool.dagster]\nmodule_name = "{package}.definitions"\n'
    location = f"  - python_module:\n      module_name: {package}.definitions\n      working_directory: .\n"
    own = {
        f"{package}/__init__.py": f'"""The read models of {package}."""\n',
        f"{package}/systems.py": declaration(package, systems, proposals),
        f"{package}/definitions.py": _definitions(package),
        **{each.model.definition.path.as_posix(): definition(each) for each in proposals},
        f"tests/test_{package}.py": _test(package, references),
    }
    project = {
        "pyproject.toml": _project(package, entry),
        "workspace.yaml": f"load_from:\n{location}",
        "dagster.yaml": _DAGSTER,
        ".env.example": _environment(references),
        ".gitignore": _IGNORED,
    }
    return Package(own, project, {"pyproject.toml": entry, "workspace.yaml": location}, references)


def _definitions(package: str) -> str:
    return (
        f'"""Dagster\'s entry point: assets, checks, sensors and jobs of {package}."""\n\n'
        f"from __future__ import annotations\n\n{imports(['build_definitions'])}\n\n"
        f"from {package}.systems import SYSTEMS\n\ndefs = build_definitions(SYSTEMS)\n"
    )


def _test(package: str, references: str) -> str:
    return dedent(
        f'''\
        """The read models of {package} can be created, and stay right whatever changes."""

        from __future__ import annotations

        import os
        import subprocess
        import sys
        from pathlib import Path

        import pytest
        from denorm_assets.testing import SystemLive
        from hypothesis import given, settings
        from hypothesis import strategies as st

        from {package}.systems import SYSTEMS

        SCHEMA = Path(__file__).parent / "schema.sql"
        NAMES = "{references}"


        @pytest.mark.skipif("DENORM_DATABASE_URL" not in os.environ, reason="DENORM_DATABASE_URL names no database")
        def test_read_models_pass_plan() -> None:
            """Changes nothing in the database."""
            command = [sys.executable, "-m", "denorm_assets", "plan", "--systems", NAMES]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr


        @pytest.mark.skipif(not SCHEMA.exists(), reason="before `apply`: pg_dump -s -O -x ... > tests/schema.sql")
        @settings(max_examples=25, deadline=None)
        @given(data=st.data())
        def test_read_models_stay_right(system_live: SystemLive, data: st.DataObject) -> None:
            """In a database of its own: random changes of the sources, a refresh, and a comparison of all rows."""
            with system_live(SYSTEMS, SCHEMA) as live:
                live.run(data.draw(live.changes()))
                live.drain()
                live.assert_matches_definition()
        '''
    )


def _project(package: str, entry: str) -> str:
    return (
        f'[project]\nname = "{package.strip("_").replace("_", "-")}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["denorm-assets"]\n\n[dependency-groups]\ntest = ["denorm-assets[testing]"]\n\n'
        f'{entry}\n[tool.pytest.ini_options]\npythonpath = ["."]\n'
        'testpaths = ["tests"]\n'
    )


def _environment(references: str) -> str:
    return (
        "# Copy to .env and fill in; keep .env out of version control. Dagster reads .env of the folder that it is\n"
        "# started in. A shell reads it by: set -a; . ./.env; set +a\n"
        "DENORM_DATABASE_URL=postgresql://user:password@host:5432/database\n"
        f"DENORM_SYSTEMS={references}\n"
    )
