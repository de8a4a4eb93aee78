"""The doctor: what is wrong around the read models, where, and what fixes it. Changes nothing."""
