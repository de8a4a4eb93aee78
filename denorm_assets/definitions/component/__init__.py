"""A system declared in `defs.yaml`, as a Dagster component."""
