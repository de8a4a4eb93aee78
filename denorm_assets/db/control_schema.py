"""The control schema `denorm` in the application's database, and its migrations."""

from __future__ import annotations

from denorm_assets.db.session import Session
from denorm_assets.errors import ControlSchemaTooNew
from denorm_assets.sql.control import migrations, query


def migrate(session: Session) -> list[str]:
    """Bring the control schema to this release's version, in one transaction; returns the migrations applied.

    Called within a transaction, it keeps others from changing schemas until that ends.
    Raises ControlSchemaTooNew or MissingPrivilege.
    """
    with session.transaction():
        session.execute(query("schema", "lock_schema_changes"))
        if not session.one(query("schema", "has_migration_table"))["present"]:
            session.execute(query("schema", "create_schema"))
            session.execute(query("schema", "create_migration_table"))
        applied = _applied_version(session)
        pending = [migration for migration in migrations() if migration[0] > applied]
        for version, name, text in pending:
            session.script(text)
            session.execute(query("schema", "record_migration", version=version, name=name))
    return [name for _, name, _ in pending]


def installed(session: Session) -> bool:
    """Whether the control schema is there at this release's version. Raises ControlSchemaTooNew."""
    if not session.one(query("schema", "has_migration_table"))["present"]:
        return False
    return _applied_version(session) == migrations()[-1][0]


def _applied_version(session: Session) -> int:
    applied: int = session.one(query("schema", "applied_version"))["version"]
    known = migrations()[-1][0]
    if applied > known:
        raise ControlSchemaTooNew(applied, known)
    return applied
