"""Loading ranges in batches, and going live."""
