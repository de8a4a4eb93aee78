"""Caches for operators: register, warm up, compare, purge."""
