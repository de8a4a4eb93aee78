"""What our role lacks in this database, each as the GRANT that gives it."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.control.registry import registrations
from denorm_assets.db.doctor.finding import Finding, Trouble, TroubleName, Unseen, by_shell, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.introspection.privileges import needed
from denorm_assets.db.introspection.row_security import hidden_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.roles import Needed
from denorm_assets.sql.ddl.row_security import as_its_owner
from denorm_assets.sql.statement import Raw, name, table

_LACKING: TroubleName = "lacking_privilege"


def look_at_privileges(patient: Patient) -> Iterator[Finding]:
    """Whether our role may do what read models need: on the database, on schemas, on sources."""
    with patient.looking() as session:
        for row in session.rows(query("doctor", "lacking_on_database")):
            privilege = row["privilege"]
            grant = statement(
                "GRANT {privilege} ON DATABASE {database} TO {role}",
                privilege=Raw(privilege),
                database=name(patient.name),
                role=name(patient.role),
            )
            what = f"the role {patient.role} lacks {privilege}, without which `apply` and the checks fail"
            yield Trouble(_LACKING, what, f"the database {patient.name}", by_sql(grant))
    with patient.database.session() as session:
        try:
            wanted = needed(session, patient.systems, patient.role, patient.role)
        except ConfigurationError as error:
            yield Unseen("privileges on sources", str(error), by_shell("denorm-assets plan"))
            return
        yield from _on_schemas(session, patient, wanted)
        yield from _on_tables(session, patient, wanted)


def look_at_row_security(patient: Patient) -> Iterator[Finding]:
    """Whether policies of sources hide rows from those who read these for the read models."""
    seen: set[tuple[TableName, str]] = set()
    for system in patient.systems:
        with patient.database.session(system.schema) as session:
            found = [
                each
                for registered in registrations(session, system).values()
                for each in hidden_sources(session, registered.model_id)
            ]
        for each in found:
            for role in each.hidden_from:
                if (each.table, role) in seen:
                    continue
                seen.add((each.table, role))
                what = f"row-level security hides rows from {role}, so nothing that reads them is refreshed"
                bypass = statement("ALTER ROLE {role} BYPASSRLS", role=name(role))
                instead = as_its_owner(each, role)
                where = str(each.table) + (f" (its owner may instead run {instead})" if instead else "")
                yield Trouble("hidden_rows", what, where, by_sql(bypass))


def _on_schemas(session: Session, patient: Patient, wanted: Needed) -> Iterator[Finding]:
    asked = [
        *((schema, privilege) for schema in wanted.schemas for privilege in ("USAGE", "CREATE")),
        *((schema, "USAGE") for schema in wanted.other_schemas),
    ]
    named = {"schemas": [schema for schema, _ in asked], "privileges": [privilege for _, privilege in asked]}
    for row in session.rows(query("doctor", "lacking_on_schemas", **named)):
        grant = statement(
            "GRANT {privileges} ON SCHEMA {schema} TO {role}",
            privileges=Raw(row["privileges"]),
            schema=name(row["schema"]),
            role=name(patient.role),
        )
        what = (
            f"the role {patient.role} lacks {row['privileges']}: `apply` cannot make read models there, or read sources"
        )
        yield Trouble(_LACKING, what, f"the schema {row['schema']}", by_sql(grant))


def _on_tables(session: Session, patient: Patient, wanted: Needed) -> Iterator[Finding]:
    asked = [
        *((table, privilege) for table in wanted.sources for privilege in ("SELECT", "TRIGGER")),
        *((view, "SELECT") for view in wanted.views),
        *((table, privilege) for table in wanted.referenced for privilege in ("SELECT", "REFERENCES")),
    ]
    named = {
        "schemas": [each.schema for each, _ in asked],
        "tables": [each.name for each, _ in asked],
        "privileges": [privilege for _, privilege in asked],
    }
    for row in session.rows(query("doctor", "lacking_privileges", **named)):
        of = TableName(row["table"], row["schema"])
        grant = statement(
            "GRANT {privileges} ON {table} TO {role}",
            privileges=Raw(row["privileges"]),
            table=table(of),
            role=name(patient.role),
        )
        what = f"the role {patient.role} lacks {row['privileges']}: refreshes fail, or changes are not captured"
        yield Trouble(_LACKING, what, str(of), by_sql(grant))
