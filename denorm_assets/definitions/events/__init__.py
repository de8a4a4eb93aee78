"""Dagster events: materializations, observations, metadata and charts."""
