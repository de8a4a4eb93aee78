"""Read models for PostgreSQL: one SELECT each, kept as a Dagster asset graph."""
