"""Capture: triggers on sources that log changes, and whether they are what a declaration needs."""
