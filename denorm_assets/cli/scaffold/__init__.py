"""The files that `denorm-assets init` writes."""
