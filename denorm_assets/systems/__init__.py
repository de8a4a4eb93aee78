"""Example systems, and the loading of those that a team declares."""
