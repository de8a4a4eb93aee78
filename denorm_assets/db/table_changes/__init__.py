"""Changes that a phase makes to the application's own tables."""
