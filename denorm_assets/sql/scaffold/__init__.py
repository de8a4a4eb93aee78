"""What `denorm-assets init` makes of names and statements that it finds in a database."""
