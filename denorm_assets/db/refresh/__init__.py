"""Keeping read models fresh: the scheduler, the worker, and refreshes on demand."""
