"""The shipped systems, and the loading of those that a team declares."""
