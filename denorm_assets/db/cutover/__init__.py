"""Timing pages before and after, and turning traffic to the read models."""
