"""Comparing read models with their definitions."""
