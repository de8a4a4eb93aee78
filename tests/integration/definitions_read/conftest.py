"""Definitions run against a real server, as the tests of the database layer do it."""

from tests.integration.db.conftest import make_case, set_ups

__all__ = ["make_case", "set_ups"]
