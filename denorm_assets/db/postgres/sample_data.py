"""Creating an example system's application tables and filling them with sample data."""

from __future__ import annotations

from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.system import Example, System
from denorm_assets.sql.ddl.tables import create_schema
from denorm_assets.sql.statement import Statement, name


def create_application_tables(database: Database, system: System, example: Example) -> None:
    """Create the application's schema and tables where they are missing."""
    with database.session() as session:
        session.execute(create_schema(system.schema))
    example.tables[0].metadata.create_all(database.engine, tables=list(example.tables))


def load_sample(database: Database, system: System, scale: int | None) -> bool:
    """Fill the application's tables unless they hold rows already; returns whether they were filled.

    `scale` is the number of rows of the main table (the example's default where None). All or nothing.
    """
    example = system.example
    if example is None:
        raise ConfigurationError(f"the system {system.name} ships no sample data; load its tables yourself")
    wanted = scale or example.default_scale
    if not 1 <= wanted <= example.largest_scale:
        raise ConfigurationError(
            f"--scale {wanted} is outside 1 to {example.largest_scale:,} for {system.name}; give a number within"
        )
    create_application_tables(database, system, example)
    with database.session(system.schema) as session, session.transaction():
        first = example.tables[0]
        filled = session.one(
            Statement(
                "SELECT EXISTS (SELECT FROM {table}) AS filled",
                {"table": name(*([first.schema] if first.schema else []), first.name)},
            )
        )
        if filled["filled"]:
            return False
        session.script(example.sample.text, scale=wanted)
    return True
