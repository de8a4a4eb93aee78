"""Commands that change the schema of read models."""
