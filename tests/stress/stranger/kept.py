"""What was downloaded, kept below `.denorm` so that the next run is fast."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

from denorm_assets.embedded.private_files import make_private_folder
from tests.stress.stranger.application import Missing
from tests.support.wheel import Venv, new_venv, pip

_KEPT = Path(".denorm/stranger").absolute()
PIP_CACHE = _KEPT / "pip"


def source_of(package: str, version: str, sha256: str) -> Path:
    """The unpacked source of a package, which has that hash. Raises Missing."""
    name = f"{package}-{version}"
    archive = _KEPT / f"{name}.tar.gz"
    if not archive.exists():
        make_private_folder(_KEPT)
        wanted = _KEPT / f"{name}.txt"
        wanted.write_text(f"{package}=={version} --hash=sha256:{sha256}\n")
        try:
            pip("download", "--no-deps", "--no-binary", package, "--dest", str(_KEPT), "--requirement", str(wanted))
        except AssertionError as error:
            raise Missing(f"the source of {name} cannot be had from where pip finds packages: {error}") from error
    with tarfile.open(archive) as found:
        found.extractall(_KEPT, filter="data")
    return _KEPT / name


def venv_with(name: str, *requirements: str) -> Venv:
    """An environment of that name which holds packages. Raises Missing."""
    folder = _KEPT / name
    venv = Venv(folder) if (folder / "bin" / "python").exists() else new_venv(folder)
    try:
        venv.install("--cache-dir", str(PIP_CACHE), *requirements)
    except (AssertionError, subprocess.CalledProcessError) as error:
        raise Missing(f"{' and '.join(requirements)} cannot be installed: {error}") from error
    return venv
