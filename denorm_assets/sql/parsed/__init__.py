"""Reading parsed queries as PostgreSQL keeps them in `pg_rewrite`."""
