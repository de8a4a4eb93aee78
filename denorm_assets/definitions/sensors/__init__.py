"""Sensors: refreshes, backfill progress and alerts."""
