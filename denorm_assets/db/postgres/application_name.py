"""How our sessions are called in `pg_stat_activity`: with the release, so that others see which one runs."""

from __future__ import annotations

from importlib.metadata import version

RELEASE = version("denorm-assets")
_OURS = "denorm_assets"


def with_release(application_name: str) -> str:
    """`denorm_assets shell` with the release in it; another program's name as it is."""
    ours, _, program = application_name.partition(" ")
    return f"{ours} {RELEASE} {program}".rstrip() if ours == _OURS else application_name
