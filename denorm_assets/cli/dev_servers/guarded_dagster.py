"""`dagster dev` with our guard before its webserver: `python -m denorm_assets.cli.dev_servers.guarded_dagster dev ...`.

Dagster offers no way to add middleware, and `dagster dev` starts its webserver as a program of its own. So this module
is both: it starts `dagster dev` with itself in the place of that program, and as that program it guards the app. Where
a release of Dagster does either in another way, `wait_for_ui` finds no guard, and `dev` fails.
"""

# Dagster offers neither of the two functions that are replaced here, and leaves their types partly open.
# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

from denorm_assets.cli.dev_servers.ui_guard import UiGuard

MODULE = "denorm_assets.cli.dev_servers.guarded_dagster"
_WEBSERVER = "dagster_webserver"


def _dev() -> None:
    """`dagster dev`."""
    from dagster import SupersessionWarning
    from dagster._cli import dev

    start = dev.open_ipc_subprocess

    def start_guarded(parts: Sequence[str], **options: Any) -> Any:
        guarded = [MODULE, "webserver"]
        return start([word for part in parts for word in (guarded if part == _WEBSERVER else [part])], **options)

    dev.open_ipc_subprocess = start_guarded
    # `dg dev` calls the same function, and guards nothing.
    warnings.simplefilter("ignore", SupersessionWarning)
    dev.dev_command()


def _webserver() -> None:
    """`dagster-webserver`."""
    from dagster_webserver import cli

    create = cli.create_app_from_workspace_process_context

    def create_guarded(*arguments: Any, **options: Any) -> Any:
        return UiGuard(create(*arguments, **options))

    cli.create_app_from_workspace_process_context = create_guarded
    cli.main()


if __name__ == "__main__":
    {"dev": _dev, "webserver": _webserver}[sys.argv.pop(1)]()
