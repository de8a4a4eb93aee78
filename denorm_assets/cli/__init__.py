"""The shell: `denorm-assets`. Exit status 0, 1 (something is wrong with the data), 2 (usage or configuration)."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from denorm_assets.cli.shared.log_lines import log_lines
from denorm_assets.errors import DenormError

_DEBUG = "--debug"
COMMANDS = {
    "abort": "Undo what a failed `apply` left half-way.",
    "apply": "Do what `plan` shows.",
    "audit": "Show which rows were repaired.",
    "backfill": "Load read models by ID range.",
    "bench": "Time pages before and after.",
    "cancel": "Stop running backfills.",
    "check": "Run the checks.",
    "dev": "Start everything on this machine.",
    "doctor": "Find what is wrong, and what fixes it.",
    "explain": "Explain how read models are kept fresh.",
    "flag": "Show or set a flag.",
    "init": "Write read models for a database.",
    "load": "Let virtual users read pages.",
    "pause": "Make running backfills wait.",
    "plan": "Show what `apply` would do.",
    "purge": "Delete for good what was deleted long ago.",
    "reconcile": "Find what drifted, and repair it.",
    "refresh": "Refresh read models now.",
    "rename": "Rename read models, or move them elsewhere.",
    "resume": "Let paused backfills go on.",
    "roles": "Print the SQL of a least-privilege set-up.",
    "status": "Show where read models and caches stand.",
    "try": "Explain how a SELECT would be kept fresh.",
    "uninstall": "Drop all that was made, and nothing else.",
    "verify": "Verify a schema that phases changed.",
    "worker": "Keep read models fresh.",
}
"""Name -> the first sentence of its help. Each module is imported when its command is called: all take seconds."""
_IN_ONE_MODULE = {
    "audit": "reconcile",
    "bench": "pages",
    "cancel": "running_backfills",
    "doctor": "state.doctor",
    "load": "pages",
    "pause": "running_backfills",
    "rename": "schema.rename",
    "resume": "running_backfills",
    "try": "explain",
}
_NAMED_OTHERWISE = {"try": "try_definition"}


class _Commands(click.Group):
    """The commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = _IN_ONE_MODULE.get(cmd_name, cmd_name)
        return getattr(import_module(f"{__name__}.commands.{module}"), _NAMED_OTHERWISE.get(cmd_name, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_Commands)
@click.version_option(package_name="denorm-assets")
@click.option(_DEBUG, is_flag=True, expose_value=False, help="Show the stack of frames of an unexpected error.")
@click.pass_context
def shell(context: click.Context) -> None:
    """Read models for PostgreSQL: one SELECT each, kept as a Dagster asset graph."""
    context.with_resource(log_lines(context.invoked_subcommand))


def main() -> None:
    """Run a command. Errors made for people are printed as they are; of others, the stack of frames goes to a file."""
    try:
        shell(prog_name="denorm-assets")
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
