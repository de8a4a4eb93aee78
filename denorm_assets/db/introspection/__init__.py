"""What PostgreSQL says of definitions, sources, privileges and sizes. Changes nothing."""
