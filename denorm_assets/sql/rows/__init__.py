"""Statements that load, compare, refresh and repair rows."""
