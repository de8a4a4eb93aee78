"""SQL of the changes that a phase makes to the application's own tables."""
