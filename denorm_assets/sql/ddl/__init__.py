"""DDL of read models, their indexes, foreign keys and roles."""
