"""Random changes of sources: what the catalog says of them, values by type, and the statements."""
