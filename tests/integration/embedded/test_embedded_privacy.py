"""Nobody else reads what we write: files are 0600 and folders 0700 (root's home 0711), whatever the umask."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from denorm_assets.cli.dev_servers.child_process import running_child
from denorm_assets.cli.dev_servers.dagster_ui import prepare_dagster_home
from denorm_assets.embedded.home import claim_home, open_home, write_servers_file
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.valkey import EmbeddedValkey

HOME_MODE = 0o711 if os.geteuid() == 0 else 0o700


@contextmanager
def umask(value: int) -> Generator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(home: Path) -> dict[str, str]:
    """What others may do more than pass through the home: path -> mode."""
    below = [path for path in home.rglob("*") if not path.is_symlink()]
    found = {str(path.relative_to(home)): oct(mode_of(path)) for path in below if mode_of(path) & 0o077}
    return found if mode_of(home) == HOME_MODE else {".": oct(mode_of(home)), **found}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_embedded_files_any_umask_are_closed_to_others(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, home: Path, mask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).mkdir(); pathlib.Path(sys.argv[1], 'run.log').touch()"
    with umask(mask), claim_home(home, "dev"):
        postgres.start()
        valkey.start()
        write_servers_file(home, {"DENORM_REDIS_URL": valkey.url()})
        prepare_dagster_home(home)
        made = str(home / "dagster" / "storage")
        with running_child([sys.executable, "-c", code, made], home / "worker.log"):
            assert wait_until((home / "dagster" / "storage" / "run.log").is_file, 30.0)
        with running_child([sys.executable, "-c", "print('again')"], home / "worker.log"):
            pass
    assert open_to_others(home) == {}
    assert {"dagster", "postgres.log", "valkey.log", "worker.log", "servers.env"} <= {p.name for p in home.iterdir()}
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_embedded_files_left_open_by_older_release_are_closed(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, home: Path
) -> None:
    home.mkdir()
    home.chmod(0o755)
    for name in ("postgres.log", "valkey.log", "dagster.log", "worker.log", "ui.port"):
        (home / name).touch()
        (home / name).chmod(0o644)
    for name in ("dagster", "reports", "valkey"):
        (home / name).mkdir()
        (home / name).chmod(0o755)
    postgres.start()
    valkey.start()
    assert open_to_others(home) == {}


def test_claim_home_shared_folder_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    for name in ("dagster", "valkey"):
        (shared / name).mkdir(mode=0o755)
    for name in ("other.log", "worker.log"):
        (shared / name).touch()
        (shared / name).chmod(0o644)
    shared.chmod(0o1777)
    with claim_home(shared, "dev"):
        pass
    assert mode_of(shared) == 0o1777
    assert mode_of(shared / "dagster") == 0o755
    assert mode_of(shared / "other.log") == 0o644
    assert mode_of(shared / "worker.log") == 0o600


def test_open_home_symlink_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "postgres.log").symlink_to(outside)
    open_home(home)
    assert mode_of(outside) == 0o644


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_claim_home_created_parents_are_closed(tmp_path: Path, mask: int) -> None:
    home = tmp_path / "new" / "deeper" / "home"
    with umask(mask), claim_home(home, "dev"):
        pass
    assert [mode_of(path) for path in (home, home.parent, home.parent.parent)] == [HOME_MODE] * 3
