"""The order in which read models are refreshed or loaded: each after those that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DeclarationError
from denorm_assets.sql.analysis.reading_order import Declared, in_reading_order, read_by
from denorm_assets.sql.control import query


class RefreshOrder:
    """The order of some read models: by what their definitions name, and by what is registered of views that they read.

    A definition's text does not tell which read models stand beneath a view.
    """

    def __init__(self, models: Iterable[Declared]) -> None:
        """Raises DeclarationError where read models read each other."""
        self._models = list(models)
        self._declared = read_by(self._models)
        self._merged: dict[str, list[str]] = {name: [*read] for name, read in self._declared.items()}
        self._ordered = in_reading_order(self._models)

    @property
    def known(self) -> tuple[list[Declared], dict[str, list[str]]]:
        """The read models in order, and each as `system/model` with those that it reads, as of the last look.

        Enough where nothing is pending: most looks find nothing, and each of their statements counts.
        """
        return self._ordered, self._merged

    def look(self, session: Session) -> tuple[list[Declared], dict[str, list[str]]]:
        """The same as of now. Needs the control schema."""
        merged = {name: [*read] for name, read in self._declared.items()}
        for row in session.rows(query("models", "readings")):
            reader, read = row["reader"], row["read"]
            if reader in merged and read in merged and read not in merged[reader]:
                merged[reader].append(read)
        if merged != self._merged:
            self._merged = merged
            try:
                self._ordered = in_reading_order(self._models, merged)
            except DeclarationError:
                # What is registered is of an earlier declaration, until `apply` has run.
                self._ordered = in_reading_order(self._models)
        return self.known


def in_refresh_order(database: Database, models: Iterable[Declared]) -> list[Declared]:
    """`models` in the order in which they are loaded and refreshed. Raises DeclarationError."""
    declared = list(models)
    order = RefreshOrder(declared)
    with database.session() as session:
        return order.look(session)[0] if control_schema.installed(session) else declared
