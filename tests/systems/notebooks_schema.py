"""The phases of `notebooks` in plain SQL, until the schema work of phases does this."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint

from denorm_assets.db.session import Database
from denorm_assets.systems.notebooks.older import APPLICATION_TABLES


def apply_schema_work(database: Database) -> None:
    """`uuid` columns in step with text ones, keys on them, and `deleted_at`."""
    with database.session("notebooks") as session:
        for statement in _statements():
            session.script(statement)


def _statements() -> Iterator[str]:
    for table in APPLICATION_TABLES:
        pairs = {column.name: uuid(column.name) for column in table.columns if uuid(column.name) != column.name}
        adds = ", ".join(f"ADD COLUMN {new} uuid" for new in pairs.values())
        yield f"ALTER TABLE {table.name} {adds}, ADD COLUMN deleted_at timestamptz"
        yield f"UPDATE {table.name} SET " + ", ".join(f"{new} = {old}::uuid" for old, new in pairs.items())
        sync = " ".join(
            f"NEW.{new} := coalesce(NEW.{new}, NEW.{old}::uuid); NEW.{old} := NEW.{new}::text;"
            for old, new in pairs.items()
        )
        yield (
            f"CREATE FUNCTION {table.name}_sync() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {sync} RETURN NEW; END $$;"
            f"CREATE TRIGGER sync BEFORE INSERT OR UPDATE ON {table.name}"
            f" FOR EACH ROW EXECUTE FUNCTION {table.name}_sync()"
        )
        for old, new in pairs.items():
            if not table.columns[old].nullable:
                yield f"ALTER TABLE {table.name} ALTER COLUMN {new} SET NOT NULL"
    for table in APPLICATION_TABLES:
        yield f"ALTER TABLE {table.name} DROP CONSTRAINT {table.name}_pkey CASCADE"
        yield f"ALTER TABLE {table.name} ADD PRIMARY KEY ({_new_columns(table.primary_key.columns.keys())})"
        yield f"ALTER TABLE {table.name} ADD UNIQUE ({', '.join(table.primary_key.columns.keys())})"
        for found in table.constraints:
            if isinstance(found, UniqueConstraint) and len(found.columns) > 1:
                yield f"ALTER TABLE {table.name} ADD UNIQUE ({_new_columns(found.columns.keys())})"
    for table in APPLICATION_TABLES:
        yield from (_foreign_key(table, found) for found in table.foreign_key_constraints)
    yield "ANALYZE"


def _foreign_key(table: Table, found: ForeignKeyConstraint) -> str:
    [column] = found.columns
    return (
        f"ALTER TABLE {table.name} ADD FOREIGN KEY ({uuid(column.name)})"
        f" REFERENCES {found.referred_table.name} ON DELETE {found.ondelete}"
    )


def _new_columns(names: list[str]) -> str:
    return ", ".join(uuid(name) for name in names)


def uuid(name: str) -> str:
    """`uid` for `id`, `owner_uid` for `owner_id`, and any other name as it is."""
    return f"{name[:-2]}uid" if name == "id" or name.endswith("_id") else name
