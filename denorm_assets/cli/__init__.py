"""The shell: `denorm-assets`. Exit status 0, 1 (something is wrong with the data), 2 (usage or configuration)."""

from __future__ import annotations

import sys

import click

from denorm_assets.cli.aborting import abort
from denorm_assets.cli.checking import bench, check
from denorm_assets.cli.dev import dev
from denorm_assets.cli.flags import flag
from denorm_assets.cli.load import load
from denorm_assets.cli.loading import backfill, cancel, pause, resume
from denorm_assets.cli.purging import purge
from denorm_assets.cli.reconciling import audit, reconcile
from denorm_assets.cli.roles import roles
from denorm_assets.cli.schema import apply, plan
from denorm_assets.cli.status import status
from denorm_assets.cli.uninstalling import uninstall
from denorm_assets.cli.verifying import verify
from denorm_assets.cli.working import refresh, worker
from denorm_assets.errors import DenormError
from denorm_assets.unexpected import one_line

_DEBUG = "--debug"


@click.group()
@click.version_option(package_name="denorm-assets")
@click.option(_DEBUG, is_flag=True, expose_value=False, help="Show the stack of frames of an unexpected error.")
def commands() -> None:
    """Read models for PostgreSQL: one SELECT each, kept as a Dagster asset graph."""


for command in (
    *(dev, plan, apply, backfill, pause, resume, cancel, check, bench, status, refresh, worker, flag, load),
    *(reconcile, audit, purge, verify, abort, roles, uninstall),
):
    commands.add_command(command)


def main() -> None:
    """Run a command. Errors made for people are printed as they are; of others, the stack of frames goes to a file."""
    try:
        commands(prog_name="denorm-assets")
    except DenormError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    except Exception as error:
        words = sys.argv[1:]
        if _DEBUG in words:
            raise
        said = one_line(error, f"denorm-assets {' '.join(words)}")
        click.echo(f"Error: {said}, or see it by `denorm-assets {_DEBUG}`", err=True)
        sys.exit(1)
