"""Commands over many read models: what is wrong with one of them does not keep the others from their turn."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

import click

from denorm_assets.errors import DenormError, ServerUnreachable


class OneByOne:
    """Collects the errors of single read models, and tells them once everything else is done."""

    def __init__(self, chosen: int) -> None:
        """`chosen` is how many read models the command is about; the error of the only one ends it."""
        self._chosen = chosen
        self._errors: list[DenormError] = []

    @contextmanager
    def each(self) -> Generator[None]:
        """What is done for one read model. Raises ServerUnreachable, which is an error of all of them."""
        try:
            yield
        except ServerUnreachable:
            raise
        except DenormError as error:
            if self._chosen == 1:
                raise
            self._errors.append(error)

    def raise_shared(self) -> None:
        """Raises the first error where every read model failed for a reason of one kind: then it is theirs together."""
        if len(self._errors) == self._chosen and len({type(error) for error in self._errors}) == 1:
            raise self._errors[0]

    def tell(self) -> None:
        """Print the errors, each with its remedy, and end with the exit status of the worst; nothing where none was."""
        for error in self._errors:
            click.echo(f"Error: {error}", err=True)
        if self._errors:
            sys.exit(max(error.exit_status for error in self._errors))
