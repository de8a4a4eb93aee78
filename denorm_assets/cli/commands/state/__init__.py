"""Commands that look at the state of everything around the read models."""
