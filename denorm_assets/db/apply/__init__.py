"""`plan`, `apply`, `abort` and `uninstall`: the plan of a system and its operations."""
