"""Soft deletes: mark, undo and purge."""
