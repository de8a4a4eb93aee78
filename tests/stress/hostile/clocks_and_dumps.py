"""C13, C14: a clock that is set back, workers without anything to work on, a dump that is restored."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user
from tests.integration.db.refresh.test_clock_set_back import SET_BACK
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import BINARIES
from tests.stress.hostile.scenario import scenario
from tests.stress.hostile.shell import Shell


@scenario("C13")
def clock_is_set_back(arena: Arena) -> None:
    """All that was written down lies a day ahead: pending changes, refreshes, heartbeats."""
    arena.stop_writers()
    arena.shell.stop_worker()
    arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
    with arena.admin() as connection:
        for statement in SET_BACK:
            connection.execute(statement)
    arena.shell.start_worker()
    arena.expect_others_follow()


@scenario("C13")
def worker_starts_before_apply(arena: Arena) -> None:
    """A worker on an empty database, and one on a database that takes no writes, are stopped by SIGTERM."""
    for settings in ("", "default_transaction_read_only = on"):
        name = arena.realm.new_name()
        arena.realm.create(name)
        try:
            if settings:
                with arena.admin() as connection:
                    connection.execute(f"ALTER DATABASE {name} SET {settings}".encode())
            folder = arena.folder / name
            folder.mkdir()
            shell = Shell(arena.realm.url(arena.owner, name), folder)
            shell.declare(arena.system)
            shell.start_worker()
            ends_at = time.monotonic() + 20
            while "level=warning" not in shell.worker_log.read_text() and time.monotonic() < ends_at:
                time.sleep(0.2)
            shell.stop_worker()
            said = shell.worker_log.read_text()
            if not said or "Traceback" in said:
                arena.outcome.crashed.append(f"a worker before apply: {said[-300:] or 'says nothing'}")
        finally:
            arena.realm.drop(name)


def _restore(arena: Arena) -> None:
    """Dump both schemas, drop them, and restore them."""
    folder = BINARIES[arena.realm.version] or find_binaries(None, server_user()).folder
    to = conninfo_to_dict(arena.realm.postgres.url(arena.database))
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    environ = {**os.environ, **{name: str(to[part]) for name, part in names.items()}}
    dump = [Path(folder) / "pg_dump", "-n", "app", "-n", "denorm"]
    dumped = subprocess.run(dump, env=environ, capture_output=True, check=True).stdout
    with arena.admin() as connection:
        connection.execute("DROP SCHEMA app, denorm CASCADE")
    restore = [Path(folder) / "psql", "-q", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(restore, env=environ, input=dumped, check=True, capture_output=True)


@scenario("C14")
def dump_with_pending_changes_is_restored(arena: Arena) -> None:
    """Changes are pending when the database is dumped; it is restored, and the application goes on."""
    arena.stop_writers()
    arena.shell.stop_worker()
    arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
    _restore(arena)
    arena.run("UPDATE orders SET note = note || '?' WHERE id % 5 = 0")
    for model in arena.system.read_models:
        checked = arena.command("check", f"shop/{model.name}", "--json")
        found = {result["name"]: result for result in checked.json()}
        if not found or found["kept_fresh"]["passed"] or "restored from a dump" not in found["kept_fresh"]["summary"]:
            arena.outcome.green.append(f"kept_fresh of {model.name} does not tell of the restored dump")
    arena.must("apply")
    arena.shell.start_worker()
    arena.run("UPDATE orders SET amount = amount + 1 WHERE id % 5 = 0")
    arena.expect_others_follow()
