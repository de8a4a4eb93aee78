"""S11: files that other users of the machine can read, and what the alert command inherits."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from denorm_assets.alerts.deliver import send_alert
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.model.alert import Alert
from denorm_assets.settings import load_settings
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import BINARIES
from tests.stress.hostile.scenario import scenario


@scenario("S11")
def others_read_our_files(arena: Arena) -> None:
    """Another user of the machine looks through the home folder of embedded servers."""
    folder = Path(tempfile.mkdtemp(prefix="denorm-hostile-home-"))
    # Whoever runs the server as root needs a way in; what lies below is ours to close.
    folder.chmod(0o755)
    home = folder / ".denorm"
    postgres = EmbeddedPostgres(home, PostgresOptions(binaries=BINARIES[arena.realm.version]))
    valkey = EmbeddedValkey(home)
    before = os.umask(0o022)
    try:
        postgres.start()
        valkey.start()
        for path in sorted(home.rglob("*")):
            inside = path.relative_to(home)
            if inside.parts[0] == "postgres" or path.is_symlink():
                continue
            if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
                arena.outcome.privileges.append(f"everybody may read .denorm/{inside}")
        if stat.S_IMODE(home.stat().st_mode) & 0o066:
            arena.outcome.privileges.append("everybody may list .denorm")
    finally:
        os.umask(before)
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder)


@scenario("S11")
def alert_command_looks_at_its_environment(arena: Arena) -> None:
    """The alert command prints what it inherits; a password of the database is none of its business."""
    seen = arena.folder / "inherited"
    script = arena.folder / "alert"
    script.write_text(f"#!/bin/sh\nenv > {seen}\n")
    script.chmod(0o755)
    kept = dict(os.environ)
    os.environ.update(
        DENORM_DATABASE_URL=arena.shell.url,
        DENORM_REDIS_URL="redis://:secret@127.0.0.1:1/0",
        DENORM_DAGSTER_URL=arena.shell.url,
        DENORM_ALERT_WEBHOOK="https://example.invalid/secret",
    )
    try:
        settings = load_settings({"DENORM_ALERT_COMMAND": str(script), "DENORM_HOME": str(arena.folder)})
        send_alert(settings, Alert("check_failed", "orders", "something", "ERROR", None, "/", datetime.now(UTC)))
    finally:
        os.environ.clear()
        os.environ.update(kept)
    for line in seen.read_text().splitlines():
        name, _, value = line.partition("=")
        if ("hostile" in value and "URL" in name) or "secret" in value:
            arena.outcome.privileges.append(f"the alert command inherits {name}")
