"""The shell: `denorm-assets`. Exit status 0, 1 (something is wrong with the data), 2 (usage or configuration)."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from denorm_assets.errors import DenormError

_DEBUG = "--debug"
COMMANDS = {
    "abort": ("abort", "Undo what a failed `apply` left half-way."),
    "apply": ("plan_and_apply", "Do what `plan` shows."),
    "audit": ("reconcile_and_audit", "Show which rows were repaired."),
    "backfill": ("backfill", "Load read models by ID range."),
    "bench": ("check_and_bench", "Time pages before and after."),
    "cancel": ("backfill", "Stop running backfills."),
    "check": ("check_and_bench", "Run the checks."),
    "dev": ("dev", "Start everything on this machine."),
    "flag": ("flag", "Show or set a flag."),
    "load": ("load_test", "Let virtual users read pages."),
    "pause": ("backfill", "Make running backfills wait."),
    "plan": ("plan_and_apply", "Show what `apply` would do."),
    "purge": ("purge", "Delete for good what was deleted long ago."),
    "reconcile": ("reconcile_and_audit", "Find what drifted, and repair it."),
    "refresh": ("refresh_and_worker", "Refresh read models now."),
    "resume": ("backfill", "Let paused backfills go on."),
    "roles": ("roles", "Print the SQL of a least-privilege set-up."),
    "status": ("status", "Show where read models and caches stand."),
    "uninstall": ("uninstall", "Drop all that was made, and nothing else."),
    "verify": ("verify", "Verify a schema that phases changed."),
    "worker": ("refresh_and_worker", "Keep read models fresh."),
}
"""Name -> the module that has the command of that name, and the first sentence of its help.

A module is imported when its command is called: all together take seconds.
"""


class _Commands(click.Group):
    """The commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        return getattr(import_module(f"{__name__}.commands.{COMMANDS[cmd_name][0]}"), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in sorted(COMMANDS.items())])


@click.group(cls=_Commands)
@click.version_option(package_name="denorm-assets")
@click.option(_DEBUG, is_flag=True, expose_value=False, help="Show the stack of frames of an unexpected error.")
def commands() -> None:
    """Read models for PostgreSQL: one SELECT each, kept as a Dagster asset graph."""


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
        from denorm_assets.unexpected import one_line

        said = one_line(error, f"denorm-assets {' '.join(words)}")
        click.echo(f"Error: {said}, or see it by `denorm-assets {_DEBUG}`", err=True)
        sys.exit(1)
