"""What ages: transaction numbers, versions of collations, and extensions that declared indexes need."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.doctor.finding import Finding, Fix, Trouble, by_hand, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import name

_EXTENSIONS = {"gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm"}
"""Operator class -> the extension that has it."""


def look_at_transaction_numbers(patient: Patient) -> Iterator[Finding]:
    """How far the database is from the age at which PostgreSQL refuses writes."""
    with patient.looking() as session:
        found = session.one(query("doctor", "frozen", age=patient.limits.frozen_age))
    for of, most in (("transactions", "most_transactions"), ("row_locks", "most_row_locks")):
        if found[of] > found[most]:
            what = (
                f"its oldest rows are {found[of]:,} {of.replace('_', ' ')} old and not frozen; at 2,000 million "
                "PostgreSQL refuses all writes"
            )
            # The database as a whole, because the oldest table decides.
            yield Trouble("wraparound", what, f"the database {patient.name}", by_sql("VACUUM (FREEZE);"))


def look_at_database_collation(patient: Patient) -> Iterator[Finding]:
    """Whether the operating system sorts texts as it did when indexes were built."""
    with patient.looking() as session:
        found = session.row(query("doctor", "database_collation"))
    if found is not None:
        fix = by_sql(
            statement("REINDEX DATABASE {database}", database=name(patient.name)),
            statement("ALTER DATABASE {database} REFRESH COLLATION VERSION", database=name(patient.name)),
        )
        yield _collation(f"the database {patient.name}", found["recorded"], found["actual"], fix)


def look_at_collations(patient: Patient) -> Iterator[Finding]:
    """The same of collations that columns of sources and read models have."""
    with patient.looking() as session:
        found = session.rows(query("doctor", "collations"))
    for row in found:
        refresh = statement("ALTER COLLATION {of} REFRESH VERSION", of=name(row["schema"], row["name"]))
        fix = by_sql(*row["reindex"], refresh)
        yield _collation(f"the collation {row['schema']}.{row['name']}", row["recorded"], row["actual"], fix)


def _collation(where: str, recorded: str, actual: str, fix: Fix) -> Trouble:
    what = (
        f"its version was {recorded} when indexes were built, and is {actual} now: indexes on texts may miss rows, so "
        "keys may occur twice and refreshes may miss changes"
    )
    return Trouble("collation", what, where, fix)


def look_at_extensions(patient: Patient) -> Iterator[Finding]:
    """Whether there are the operator classes that declared indexes name."""
    wanted = {
        term.opclass
        for system in patient.systems
        for index in (
            *(index for model in system.read_models for index in model.indexes),
            *(found.index for phase in system.phases for found in phase.indexes),
        )
        for term in index.terms
        if term.opclass
    }
    with patient.looking() as session:
        missing = [
            row["name"] for row in session.rows(query("doctor", "missing_operator_classes", names=sorted(wanted)))
        ]
    for opclass in missing:
        extension = _EXTENSIONS.get(opclass)
        create = by_hand(f"create the extension that has the operator class {opclass}")
        if extension is not None:
            create = by_sql(statement("CREATE EXTENSION {extension}", extension=name(extension)))
        what = f"a declared index needs the operator class {opclass}, which is not there: `apply` fails"
        yield Trouble("extension", what, f"the database {patient.name}", create)
