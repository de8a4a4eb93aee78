"""Connections, settings, errors and lock waits. Knows nothing of read models."""
