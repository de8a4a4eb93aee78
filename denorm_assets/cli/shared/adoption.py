"""The option `--adopt` of `plan` and `apply`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from denorm_assets.cli.shared.targets import chosen_models
from denorm_assets.errors import ConfigurationError

adopt_option = click.option(
    "--adopt",
    multiple=True,
    metavar="SYSTEM/MODEL",
    help="Let a read model take over the table that has its name. The backfill makes its rows those of the definition; "
    "how many differ is shown before.",
)


def adopted_models(systems: str | None, names: Sequence[str]) -> frozenset[str]:
    """The read models that are to adopt a table. Raises UnknownName or ConfigurationError."""
    for name in names:
        if "/" not in name:
            raise ConfigurationError(f"--adopt {name} does not name a read model; write it as system/model")
    return frozenset(f"{system.name}/{model.name}" for name in names for system, model in chosen_models(systems, name))
