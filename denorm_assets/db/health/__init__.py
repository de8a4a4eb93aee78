"""Checks, status and monitoring."""
