"""What PostgreSQL says of a declaration, as values."""
