"""Generation of SQL from declarations, without I/O."""
