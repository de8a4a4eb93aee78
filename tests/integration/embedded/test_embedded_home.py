"""The claim on a home, and the file that tells where its servers are."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.embedded.home import claim_home, remove_servers_file, write_servers_file
from denorm_assets.errors import AlreadyRunning
from denorm_assets.settings import SERVERS_FILE, load_settings

CLAIM = """
import sys
from pathlib import Path
from denorm_assets.embedded.home import claim_home
with claim_home(Path(sys.argv[1]), "dev"):
    print("claimed", flush=True)
    sys.stdin.read()
"""


def test_claim_home_second_claim_raises_with_holder(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    with claim_home(home, "dev"):
        with (
            pytest.raises(AlreadyRunning, match=rf"process {os.getpid()} \(dev\), since \d{{4}}-") as refusal,
            claim_home(home, "dev"),
        ):
            pass
        assert str(home) in str(refusal.value)
    with claim_home(home, "dev"):
        pass


def test_claim_home_killed_holder_is_released(tmp_path: Path, run_python: Callable[..., subprocess.Popen[str]]) -> None:
    holder = run_python(CLAIM, tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "claimed\n"
    with pytest.raises(AlreadyRunning, match=rf"process {holder.pid} "), claim_home(tmp_path, "dev"):
        pass
    holder.kill()
    holder.communicate(timeout=10)
    with claim_home(tmp_path, "dev"):
        pass


def test_servers_file_is_private_and_read_by_settings(tmp_path: Path) -> None:
    variables = {
        "DENORM_DATABASE_URL": r"postgresql://denorm:it's #1 \o/@127.0.0.1:5432/app",
        "DENORM_REDIS_URL": "redis://:secret@127.0.0.1:6379/0",
    }
    write_servers_file(tmp_path, {"DENORM_DATABASE_URL": "an older one"})
    write_servers_file(tmp_path, variables)
    assert stat.S_IMODE((tmp_path / SERVERS_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [SERVERS_FILE]
    settings = load_settings({"DENORM_HOME": str(tmp_path)})
    assert settings.optional_database_url == variables["DENORM_DATABASE_URL"]
    assert settings.optional_redis_url == variables["DENORM_REDIS_URL"]
    remove_servers_file(tmp_path)
    remove_servers_file(tmp_path)
    assert not any(tmp_path.iterdir())
