"""Databases in which systems are live: a template for each set of systems and sources, and a copy for each test."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.model.validation import validate_systems
from denorm_assets.sql.versions import whole_version
from denorm_assets.testing.bring_up import Sources, bring_up, create_sources
from denorm_assets.testing.changes.catalog import Catalog, read_catalog
from denorm_assets.testing.live import LiveSystem
from denorm_assets.testing.server import DatabaseServer

_PROCESS = f"{os.getpid()}_{secrets.token_hex(3)}"
"""Other machines may test on the same server."""
_numbers = itertools.count()


@dataclass(frozen=True)
class _Template:
    """A database that is copied and never changed, and what is known of its systems."""

    database: str
    described: Sequence[tuple[System, DescribedModel]]
    catalog: Catalog


class SystemLive:
    """The fixture `system_live`: makes a database in which systems are live, for a `with` block.

    Its arguments are a system, or several in the order in which they are applied, and what creates their sources: a
    `Path` to a file of SQL, SQL itself, or a function that is called with the database's URL. The first call for the
    same systems and sources creates the sources, applies and loads; each call copies the result, which takes a tenth of
    a second. The copy is dropped after the block.

    Example:
        def test_order_totals_follow_order_lines(system_live: SystemLive) -> None:
            with system_live(SHOP, Path("schema.sql")) as live:
                live.execute("INSERT INTO order_lines (id, order_id) VALUES (1, 7)")
                live.drain()
                live.assert_matches_definition()
    """

    def __init__(self, server: DatabaseServer) -> None:
        """Databases are made on `server`."""
        self._server = server
        self._templates: dict[object, _Template] = {}

    @contextmanager
    def __call__(self, system: System | Sequence[System], sources: Sources) -> Generator[LiveSystem]:
        """A database for the block. Raises what `apply` and `backfill` raise, and what creating the sources does."""
        template = self._template([system] if isinstance(system, System) else system, sources)
        name = _database_name()
        live = LiveSystem(self._server.create(name, template.database), template.described, template.catalog)
        try:
            yield live
        finally:
            live.close()
            self._server.drop(name)

    def close(self) -> None:
        """Drop all databases."""
        for template in self._templates.values():
            self._server.drop(template.database)

    def _template(self, systems: Sequence[System], sources: Sources) -> _Template:
        what = sources.read_bytes() if isinstance(sources, Path) else sources
        key = (tuple((system.name, whole_version(system)) for system in systems), what)
        if key not in self._templates:
            self._templates[key] = self._made(systems, sources)
        return self._templates[key]

    def _made(self, systems: Sequence[System], sources: Sources) -> _Template:
        validate_systems(systems)
        name = _database_name()
        url = self._server.create(name)
        database = Database(url)
        try:
            create_sources(url, sources)
            bring_up(database, *systems)
            described: list[tuple[System, DescribedModel]] = []
            for system in systems:
                with database.session(system.schema) as session:
                    described += [(system, describe(session, system, model)) for model in system.read_models]
            with database.session() as session:
                catalog = read_catalog(session, [system.name for system in systems])
        except BaseException:
            database.close()
            self._server.drop(name)
            raise
        database.close()
        return _Template(name, described, catalog)


def _database_name() -> str:
    return f"denorm_test_{_PROCESS}_{next(_numbers)}"
