"""Reconciliation: find rows that drifted, repair them, and say why they drifted."""
