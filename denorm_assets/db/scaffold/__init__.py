"""What `denorm-assets init` finds in a database, and the read models that it proposes."""
