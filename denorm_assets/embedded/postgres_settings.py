"""The settings that we give PostgreSQL, as the text of a file that postgresql.conf includes."""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS_FILE = "denorm.conf"

DEVELOPMENT_SETTINGS: Mapping[str, str] = {
    "max_connections": "300",  # pools of 80 for the application, Dagster and workers side by side
    "max_prepared_transactions": "0",
    "max_locks_per_transaction": "256",  # a backfill touches many tables and partitions in one transaction
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "deadlock_timeout": "1s",
    "log_lock_waits": "on",
    "track_io_timing": "on",
    "shared_preload_libraries": "pg_stat_statements",
}


def settings_text(port: int, title: str, has_lz4: bool, extra: Mapping[str, str]) -> str:
    """The content of the settings file.

    Args:
        port: where to listen, on 127.0.0.1 only.
        has_lz4: whether the server can compress its log with lz4; else it does with its own method.
        title: `cluster_name`; every process of the server carries it in its title.
        extra: settings that come on top and win.
    """
    fixed = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        # No socket: nobody needs one, and it would want a short path and a lock file that can go stale.
        "unix_socket_directories": "",
        "cluster_name": title,
        "update_process_title": "on",
        "logging_collector": "off",  # the log is our redirected stderr
        "log_destination": "stderr",
    }
    settings = {"wal_compression": "lz4" if has_lz4 else "on", **DEVELOPMENT_SETTINGS, **extra, **fixed}
    lines = (f"{name} = {_quoted(value)}\n" for name, value in settings.items())
    return "# Written by denorm-assets at each start; changes here are lost. Use ALTER SYSTEM.\n" + "".join(lines)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
