"""Keepers: threads that invalidate what changed."""
